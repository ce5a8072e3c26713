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

-- What a transaction has used, in the lower 20 bits, by the transaction whose position has the 43 bits
-- above. A transaction that finds another's number here has used nothing, so nothing is to be done for
-- the many that are charged nothing. Whoever sets the position of a transaction that may have run
-- before (a chunk of a block that is executed again, a dry run) sets this one to -1: nobody's.
CREATE UNLOGGED SEQUENCE bucordo.budget MINVALUE -1 START -1;

-- What the transactions of a block have in common, above the lower 20 bits, and in these the budget of
-- one transaction. Without the first, a block of 1,000 transactions at their limit would keep every
-- node for minutes. The first 1,000 units of a transaction are its own: an ordinary one never asks
-- what its neighbours have used. Set at the beginning of a block, see run_block.
CREATE UNLOGGED SEQUENCE bucordo.block_budget MINVALUE 0 START 0;

-- What a register holds in its lower 20 bits, and above them. The planner puts the bodies in place of the calls.
CREATE FUNCTION bucordo.lower_part(register int8) RETURNS int8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT register OPERATOR(pg_catalog.&) 1048575
$$;
CREATE FUNCTION bucordo.upper_part(register int8) RETURNS int8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT register OPERATOR(pg_catalog.>>) 20
$$;
-- A number in the place above the lower 20 bits.
CREATE FUNCTION bucordo.as_upper_part(number int8) RETURNS int8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT number OPERATOR(pg_catalog.<<) 20
$$;
-- What bucordo.budget holds for a transaction that has used nothing: 43 bits of its position, above.
CREATE FUNCTION bucordo.unused_budget(at int8) RETURNS int8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (at OPERATOR(pg_catalog.&) bucordo.height_max()) OPERATOR(pg_catalog.<<) 20
$$;

-- The register of a block: ten transactions that use their whole budget.
CREATE FUNCTION bucordo.new_block_budget() RETURNS int8
LANGUAGE plpgsql STABLE AS $$
DECLARE
  whole int8;
BEGIN
  SELECT l.budget INTO STRICT whole FROM bucordo.limits AS l;
  RETURN bucordo.as_upper_part(10 * whole) + whole;
END $$;

-- The register of a block behind a transaction that was rejected. What such a one has used up to its
-- error, and whether that was a limit, can depend on the order in which a statement came upon its rows,
-- so it counts what does not: the whole budget where it failed or met a limit, a tenth of it where the
-- contract or the system refused it.
CREATE FUNCTION bucordo.block_budget_after_rejection(register int8, code text) RETURNS int8
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  whole CONSTANT int8 := bucordo.lower_part(register);
  taken CONSTANT int8 := CASE WHEN code IN ('failed', 'budget_exceeded', 'block_full') THEN whole ELSE whole / 10 END;
BEGIN
  RETURN bucordo.as_upper_part(greatest(bucordo.upper_part(register) - taken, 0)) + whole;
END $$;

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

-- Takes `units` off what is left of the transaction's budget, and what goes beyond its own 1,000 off
-- what the block has in common; ends the transaction when either is less: as budget_exceeded, or as
-- block_full where the others have left too little.
CREATE FUNCTION bucordo.charge(units int4) RETURNS int4
LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
DECLARE
  own       CONSTANT int8 := 1000;
  place     CONSTANT int8 := bucordo.unused_budget(pg_catalog.currval('bucordo.context'));
  in_common CONSTANT int8 := pg_catalog.currval('bucordo.block_budget');
  whole     CONSTANT int8 := bucordo.lower_part(in_common);
  used      int8 := pg_catalog.currval('bucordo.budget') - place;
  used_before int8;
  taken     int8;
BEGIN
  IF used <> bucordo.lower_part(used) THEN
    used := 0;
  END IF;
  used_before := used;
  taken := greatest(used + units - own, 0) - greatest(used - own, 0);
  IF units BETWEEN 0 AND whole - used AND taken <= bucordo.upper_part(in_common) THEN
    IF taken > 0 THEN
      used := used + 0 * pg_catalog.setval('bucordo.block_budget', in_common - bucordo.as_upper_part(taken));
    END IF;
    used := pg_catalog.setval('bucordo.budget', place + used + units);
    RETURN units;
  END IF;
  -- The rest is gone, also when something catches the error.
  used := pg_catalog.setval('bucordo.budget', place + whole);
  -- Alone in its block it would not have lacked what others have used.
  IF units BETWEEN 0 AND whole - used_before THEN
    RAISE EXCEPTION USING ERRCODE = 'BC901', MESSAGE = 'block_full',
      DETAIL = 'the transactions of this block have used up what they have in common; sign and send it again';
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'BC901', MESSAGE = 'budget_exceeded',
    DETAIL = 'the transaction has used up its budget of loop turns, calls, rows read and bytes worked through';
END $$;

-- Takes what a statement will cost off the budget, where it is more than `free`: rows that it looks at, and a
-- thousandth of the steps that its functions take over long values. NULL is nothing.
CREATE FUNCTION bucordo.charge_work(units numeric, free int4) RETURNS int4
LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
BEGIN
  RETURN CASE WHEN units > free THEN bucordo.charge(least(units, 1048576)::int4) ELSE 0 END;
END $$;

-- What the transaction may still use: nothing reads more rows than that to count them.
CREATE FUNCTION bucordo.units_left() RETURNS int4
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  place     CONSTANT int8 := bucordo.unused_budget(pg_catalog.currval('bucordo.context'));
  in_common CONSTANT int8 := pg_catalog.currval('bucordo.block_budget');
  used      int8 := pg_catalog.currval('bucordo.budget') - place;
BEGIN
  IF used <> bucordo.lower_part(used) THEN
    used := 0;
  END IF;
  RETURN least(bucordo.lower_part(in_common) - used, bucordo.upper_part(in_common) + greatest(1000 - used, 0));
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

-- Ends the transaction when a number has more than 250 digits: products take the square of that, 2 µs each.
CREATE FUNCTION bucordo.check_digits(digits int4) RETURNS int4
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  IF digits > 250 THEN
    RAISE EXCEPTION USING ERRCODE = 'BC901', MESSAGE = 'budget_exceeded',
      DETAIL = pg_catalog.format('a number has grown to %s digits, above 250', digits);
  END IF;
  RETURN digits;
END $$;

-- Changes of rows that were made in the same block already, counted row by row; a change is a new row here, for
-- one that were changed would itself be what this guards against. Rows of earlier blocks are removed now
-- and then (run_block), and mean nothing.
CREATE UNLOGGED TABLE bucordo.changed_again (
  height     int8 NOT NULL,
  table_name text NOT NULL,
  row_key    text NOT NULL,
  number     int4 NOT NULL,
  position   int8 NOT NULL,   -- of the transaction that made it
  PRIMARY KEY (height, table_name, row_key, number)
);

-- Whether history is written for a transaction, which pays for it: what a genesis or a migration writes
-- has limits of its own.
CREATE FUNCTION bucordo.is_charged() RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN pg_catalog.currval('bucordo.context') > 0 AND pg_catalog.currval('bucordo.rows') <= 100000;
END $$;

-- Pays for one more change of a row within one block: a fifth of a unit for every one before, from the
-- tenth on. A version that was made in a block cannot be removed while the block runs, and whoever looks
-- the row up walks over all of them: a whole budget pays for 1,000 changes of one row. Where it is what others
-- have changed in the block that a transaction cannot pay, it is block_full.
CREATE FUNCTION bucordo.charge_change(changed text, key_of_row text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
DECLARE
  at           CONSTANT int8 := pg_catalog.currval('bucordo.context');
  block_height CONSTANT int8 := bucordo.height_of(at);
  key_hash     CONSTANT text := pg_catalog.md5(key_of_row);
  place        int4;
BEGIN
  IF NOT bucordo.is_charged() THEN
    RETURN;
  END IF;
  SELECT a.number + 1 INTO place FROM bucordo.changed_again AS a
   WHERE a.height = block_height AND a.table_name = changed AND a.row_key = key_hash
   ORDER BY a.number DESC LIMIT 1;
  place := coalesce(place, 2);
  INSERT INTO bucordo.changed_again (height, table_name, row_key, number, position) VALUES (block_height, changed, key_hash, place, at);
  IF place < 10 THEN
    RETURN;
  END IF;
  IF place / 5 > bucordo.units_left() AND at <> (
       SELECT a.position FROM bucordo.changed_again AS a
        WHERE a.height = block_height AND a.table_name = changed AND a.row_key = key_hash
        ORDER BY a.number LIMIT 1) THEN
    RAISE EXCEPTION USING ERRCODE = 'BC901', MESSAGE = 'block_full',
      DETAIL = 'other transactions of this block have changed the same rows again and again; sign and send it again';
  END IF;
  place := bucordo.charge(place / 5);
END $$;

-- Pays for writing a large row, which is kept twice and read once more for the hashes of the block: one
-- unit for each 100 bytes.
CREATE FUNCTION bucordo.charge_row(bytes int4) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
DECLARE
  paid int4;
BEGIN
  IF bucordo.is_charged() THEN
    paid := bucordo.charge(bytes / 100);
  END IF;
END $$;
