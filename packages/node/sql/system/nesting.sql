-- How deep documents may be nested. From 6,900 levels on Postgres 15 runs out of its stack when it changes one
-- (jsonb_set, jsonb_insert, #-), from 8,200 on when it compares two (@>), from 13,100 on when it makes one; newer
-- versions, and servers that are built otherwise, do so at other depths. So 500 levels are the most that a variable
-- of a contract and a column may hold: with what one function can add to that, all stay far below.

-- The document; ends the transaction when it is nested deeper than 500 levels.
CREATE FUNCTION bucordo.check_nesting(document jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  IF pg_catalog.jsonb_path_exists(document, '$.**{501}') THEN
    RAISE EXCEPTION USING ERRCODE = 'BC901', MESSAGE = 'budget_exceeded',
      DETAIL = 'a document is nested deeper than 500 levels';
  END IF;
  RETURN document;
END $$;
