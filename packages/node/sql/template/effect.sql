-- What a transaction does: its effect in 32 bytes, and for a dry run the rows one by one and the budget.
--
-- Generated from the catalogue, because most of it reads every table or its history. Placeholders:
-- effects, changes, rows (one branch per table), effectTag.
-- Columns are always qualified, for one of a contract may have the name of a variable here.

-- H("effect", …) of the transaction at this position, over the row changes it has made so far. The
-- position is not part of it, so that a transaction has the same effect wherever it stands.
CREATE OR REPLACE FUNCTION bucordo.effect_of(transaction_position int8) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $effect$
#variable_conflict use_variable
DECLARE
  changes_counted CONSTANT boolean := current_setting('track_counts') = 'on';
  change_hashes   bytea[] := '{}';
  changes         bytea;
BEGIN
{{effects}}
  changes := (SELECT string_agg(hash, ''::bytea ORDER BY hash) FROM unnest(change_hashes) AS hash);
  RETURN sha256('\x{{effectTag}}'::bytea || int4send(coalesce(octet_length(changes), 0) / 32) || coalesce(changes, ''::bytea));
END $effect$;

-- The row changes of the transaction at this position in the order in which it made them. `row_values`
-- are the new row's columns as text, of the old row where it was deleted; `key_values` those of the
-- primary key. Of a table that not everybody may read all of, the values are left out (NULL).
CREATE OR REPLACE FUNCTION bucordo.changes_of(transaction_position int8, rows_max int4)
RETURNS TABLE (ordinal int4, operation text, contract text, table_name text, column_names text[],
               row_values text[], key_names text[], key_values text[])
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $changes$
#variable_conflict use_variable
BEGIN
  RETURN QUERY
    SELECT c.* FROM (
{{changes}}
    ) AS c (ordinal, operation, contract, table_name, column_names, row_values, key_names, key_values)
    ORDER BY c.ordinal, c.contract, c.table_name
    LIMIT rows_max;
END $changes$;

-- The present rows of tables by their primary keys, columns as text; NULL where there is none.
-- `places` is a JSON array of [contract, table, [key value, …]]. Ends before the row with which there would
-- be more than `bytes_max` bytes of values.
CREATE OR REPLACE FUNCTION bucordo.rows_at(places text, bytes_max int4) RETURNS TABLE (place int8, row_values text[])
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $rows$
#variable_conflict use_variable
DECLARE
  this       record;
  key_values text[];
  bytes      int8 := 0;
BEGIN
  FOR this IN
    SELECT e.number, e.value ->> 0 AS contract, e.value ->> 1 AS table_name, e.value -> 2 AS key
      FROM jsonb_array_elements(places::jsonb) WITH ORDINALITY AS e (value, number)
     ORDER BY e.number
  LOOP
    key_values := ARRAY(SELECT k.value FROM jsonb_array_elements_text(this.key) WITH ORDINALITY AS k (value, number) ORDER BY k.number);
    place := this.number;
    row_values := NULL;
{{rows}}
    bytes := bytes + coalesce(octet_length(array_to_string(row_values, '')), 0);
    IF bytes > bytes_max THEN
      RETURN;
    END IF;
    RETURN NEXT;
  END LOOP;
END $rows$;

-- Units of its budget that the transaction at this position, the last one that ran, has used.
CREATE OR REPLACE FUNCTION bucordo.budget_used(transaction_position int8) RETURNS int4
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $budget$
#variable_conflict use_variable
DECLARE
  used int8;
BEGIN
  SELECT s.last_value - bucordo.unused_budget(transaction_position) INTO STRICT used FROM bucordo.budget AS s;
  RETURN CASE WHEN used = bucordo.lower_part(used) THEN used ELSE 0 END;
END $budget$;

REVOKE EXECUTE ON FUNCTION bucordo.effect_of(int8), bucordo.changes_of(int8, int4), bucordo.rows_at(text, int4), bucordo.budget_used(int8)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bucordo.effect_of(int8), bucordo.changes_of(int8, int4), bucordo.rows_at(text, int4), bucordo.budget_used(int8)
  TO bucordo_node;
