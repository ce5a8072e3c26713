-- Which errors are the transaction's own, and what its receipt says.

-- The code for the receipt of a transaction that raised this error; NULL when the error is this
-- node's trouble and the block must not be committed.
--
-- SQLSTATE alone cannot tell: a contract may raise any code itself, which shows in the first line of
-- the context ending in "at RAISE"; a genuine one never does. An allocation that no machine grants is
-- the contract's doing although Postgres calls it internal.
CREATE FUNCTION bucordo.rejection_code(sqlstate text, message text, context text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  place  text    := pg_catalog.split_part(context, E'\n', 1);
  raised boolean := place LIKE '%at RAISE';
BEGIN
  -- The system's own refusals carry the code as their message.
  IF raised AND sqlstate = 'BC900' AND place LIKE 'PL/pgSQL function bucordo.%' THEN
    RETURN message;
  END IF;
  IF raised AND sqlstate = 'BC901' AND place LIKE 'PL/pgSQL function bucordo.%' THEN
    RETURN CASE message WHEN 'block_full' THEN message ELSE 'budget_exceeded' END;
  END IF;
  -- The register of the rows written has reached its end. A contract has no sequence of its own.
  IF NOT raised AND sqlstate = '2200H' THEN
    RETURN 'budget_exceeded';
  END IF;
  -- The same for the register of the bytes written.
  IF NOT raised AND sqlstate = '22003' AND message LIKE 'setval: value % is out of bounds for sequence "bytes"%' THEN
    RETURN 'budget_exceeded';
  END IF;
  IF raised AND sqlstate ~ '^BC[0-8][0-9][0-9]$' THEN
    RETURN sqlstate;
  END IF;
  IF NOT raised
     AND (pg_catalog.left(sqlstate, 2) IN ('40', '53', '57', '58', 'XX', 'F0') OR sqlstate = '55P03')
     AND message NOT LIKE 'invalid memory alloc request size%' THEN
    RETURN NULL;
  END IF;
  RETURN 'failed';
END $$;
