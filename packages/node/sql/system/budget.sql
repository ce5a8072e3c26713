-- The budget: what one transaction may use, the same on every node. Time, memory and plan costs decide
-- nothing, because they differ between nodes; what is counted here does not.
--
-- `bucordo contract build` writes the calls of these functions into a contract's source: a loop pays for
-- its turns, a function that others call for its entry, a declared scan for the rows of its table, and a
-- value that grows is measured. Contracts may call them and nothing else of the budget. Each returns what
-- it was given or has counted, so that its call can stand in an assignment: PERFORM would set FOUND and
-- the row count that the author's next statement may ask for.

-- The limits of the network, from its genesis and changed by decision of the members.
CREATE TABLE bucordo.limits (
  only_row     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  budget       int4 NOT NULL CHECK (budget BETWEEN 1 AND 1000000),               -- units of a transaction
  rows         int4 NOT NULL CHECK (rows BETWEEN 100 AND 10000),                 -- rows that it may write
  value_bytes  int4 NOT NULL CHECK (value_bytes BETWEEN 262144 AND 1048576)      -- bytes of a value that grows
);

-- What is left of the budget, in the lower 20 bits, of the transaction whose position has the 43 bits
-- above. A transaction that finds another's number here has its whole budget left, so nothing is to be
-- done for the many that have no loops. Whoever sets the position of a transaction that may have run
-- before (a chunk of a block that is executed again, a dry run) sets this one to -1: nobody's.
CREATE UNLOGGED SEQUENCE bucordo.budget MINVALUE -1 START -1;

-- Makes the register of the rows end where the limits say.
CREATE FUNCTION bucordo.limit_rows() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE pg_catalog.format('ALTER SEQUENCE bucordo.rows MAXVALUE %s', (SELECT l.rows FROM bucordo.limits AS l));
END $$;

-- Sets the limits for transactions from now on; NULL leaves one as it is.
CREATE FUNCTION bucordo.set_limits(new_budget int4, new_rows int4, new_value_bytes int4) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF new_budget NOT BETWEEN 1 AND 1000000
     OR new_rows NOT BETWEEN 100 AND 10000
     OR new_value_bytes NOT BETWEEN 262144 AND 1048576 THEN
    RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = 'proposal_invalid',
      DETAIL = 'limits are: budget 1 to 1000000, rows 100 to 10000, value_bytes 262144 to 1048576';
  END IF;
  UPDATE bucordo.limits AS l
     SET budget = coalesce(new_budget, l.budget),
         rows = coalesce(new_rows, l.rows),
         value_bytes = coalesce(new_value_bytes, l.value_bytes);
  IF NOT FOUND THEN
    INSERT INTO bucordo.limits (budget, rows, value_bytes) VALUES (new_budget, new_rows, new_value_bytes);
  END IF;
  PERFORM bucordo.limit_rows();
END $$;

-- Takes `units` off what is left of the transaction's budget; ends the transaction when that is less.
CREATE FUNCTION bucordo.charge(units int4) RETURNS int4
LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
DECLARE
  place  CONSTANT int8 := (pg_catalog.currval('bucordo.context') & 8796093022207) << 20;
  rest   int8 := pg_catalog.currval('bucordo.budget') - place;
BEGIN
  IF rest NOT BETWEEN 0 AND 1048575 THEN
    SELECT l.budget INTO STRICT rest FROM bucordo.limits AS l;
  END IF;
  IF units BETWEEN 0 AND rest THEN
    rest := pg_catalog.setval('bucordo.budget', place + rest - units);
    RETURN units;
  END IF;
  -- The rest is gone, also when something catches the error.
  rest := pg_catalog.setval('bucordo.budget', place);
  RAISE EXCEPTION USING ERRCODE = 'BC901', MESSAGE = 'budget_exceeded',
    DETAIL = 'the transaction has used up its budget of loop turns, calls and rows scanned';
END $$;

-- Pays for reading a whole table, one unit for each row. `scanned` is its qualified name, `rows_max` the
-- number of rows up to which the contract declares that it may be read so.
CREATE FUNCTION bucordo.charge_scan(scanned text, rows_max int4) RETURNS int4
LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
DECLARE
  row_count int8;
BEGIN
  EXECUTE pg_catalog.format('SELECT count(*) FROM (SELECT FROM %s LIMIT %s) AS counted', scanned::pg_catalog.regclass, rows_max::int8 + 1)
     INTO STRICT row_count;
  IF row_count > rows_max THEN
    RAISE EXCEPTION USING ERRCODE = 'BC901', MESSAGE = 'budget_exceeded',
      DETAIL = pg_catalog.format('the table %s has more than the %s rows up to which it may be read without an index', scanned, rows_max);
  END IF;
  RETURN bucordo.charge(row_count::int4);
END $$;

-- Ends the transaction when a value of so many bytes is larger than a value may grow.
CREATE FUNCTION bucordo.check_size(bytes int4) RETURNS int4
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  bytes_max int4;
BEGIN
  SELECT l.value_bytes INTO STRICT bytes_max FROM bucordo.limits AS l;
  IF bytes > bytes_max THEN
    RAISE EXCEPTION USING ERRCODE = 'BC901', MESSAGE = 'budget_exceeded',
      DETAIL = pg_catalog.format('a value has grown to %s bytes, above %s', bytes, bytes_max);
  END IF;
  RETURN bytes;
END $$;

-- The same for an array, by the bytes that it takes in memory. A parameter is in memory, never
-- compressed, so that the size is the same wherever the array comes from.
CREATE FUNCTION bucordo.check_array(elements anyarray) RETURNS int4
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  bytes int4 := pg_catalog.pg_column_size(elements);
BEGIN
  RETURN CASE WHEN bytes > 262144 THEN bucordo.check_size(bytes) ELSE bytes END;
END $$;

-- Ends the transaction when a number has more than 1,000 digits: products take the square of that.
CREATE FUNCTION bucordo.check_digits(digits int4) RETURNS int4
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  IF digits > 1000 THEN
    RAISE EXCEPTION USING ERRCODE = 'BC901', MESSAGE = 'budget_exceeded',
      DETAIL = pg_catalog.format('a number has grown to %s digits, above 1000', digits);
  END IF;
  RETURN digits;
END $$;
