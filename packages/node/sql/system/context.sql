-- Context functions: what a contract may know about the transaction that runs. They replace clocks,
-- session variables and randomness, and give the same values on every node.
-- Read them into a variable before they stand in a predicate: there they are asked once per row.
-- All run with the owner's rights, also those that need none of them: rights are checked when an
-- expression is prepared, and one that was prepared for a caller with fewer rights would fail or
-- not by what ran before.

-- Identity that signed, as `member/name`.
CREATE FUNCTION bucordo.caller() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  at   int8 := pg_catalog.currval('bucordo.context');
  name text;
BEGIN
  SELECT i.member || '/' || i.name INTO STRICT name
    FROM bucordo.transaction AS t JOIN bucordo.identity AS i ON i.key = bucordo.signer_of(t.payload)
   WHERE t.position = at;
  RETURN name;
END $$;

-- Id of the member whose identity signed.
CREATE FUNCTION bucordo.member() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  at        int8 := pg_catalog.currval('bucordo.context');
  member_id text;
BEGIN
  SELECT i.member INTO STRICT member_id
    FROM bucordo.transaction AS t JOIN bucordo.identity AS i ON i.key = bucordo.signer_of(t.payload)
   WHERE t.position = at;
  RETURN member_id;
END $$;

-- Whether the identity that signed has the role.
CREATE FUNCTION bucordo.has_role(role text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  at  int8 := pg_catalog.currval('bucordo.context');
  has boolean;
BEGIN
  SELECT role = ANY (CASE WHEN i.has_timed_roles THEN bucordo.roles_at(i.key, bucordo.height_of(at), bucordo.block_time_ms()) ELSE i.roles END)
    INTO STRICT has
    FROM bucordo.transaction AS t JOIN bucordo.identity AS i ON i.key = bucordo.signer_of(t.payload)
   WHERE t.position = at;
  RETURN has;
END $$;

-- Id of the transaction, 32 bytes.
CREATE FUNCTION bucordo.tx_id() RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  at             int8 := pg_catalog.currval('bucordo.context');
  transaction_id bytea;
BEGIN
  SELECT t.id INTO STRICT transaction_id FROM bucordo.transaction AS t WHERE t.position = at;
  RETURN transaction_id;
END $$;

-- Height of the block.
CREATE FUNCTION bucordo.height() RETURNS int8
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  RETURN bucordo.height_of(pg_catalog.currval('bucordo.context'));
END $$;

-- Place of the transaction in the total order: height * 2^20 + index.
CREATE FUNCTION bucordo.position() RETURNS int8
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  RETURN pg_catalog.currval('bucordo.context');
END $$;

-- A number that rises with every use and every written row within the transaction, from 1.
CREATE FUNCTION bucordo.ordinal() RETURNS int4
LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
BEGIN
  RETURN pg_catalog.nextval('bucordo.rows');
END $$;

-- Time of the block in milliseconds since the epoch: later than that of every block before.
CREATE FUNCTION bucordo.block_time_ms() RETURNS int8
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  at            int8 := bucordo.height_of(pg_catalog.currval('bucordo.context'));
  time_of_block int8;
BEGIN
  SELECT b.time INTO STRICT time_of_block FROM bucordo.block AS b WHERE b.height = at;
  RETURN time_of_block;
END $$;

-- Time of the block.
CREATE FUNCTION bucordo.block_time() RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  RETURN bucordo.add_seconds('1970-01-01T00:00:00Z', 0) + (bucordo.block_time_ms() * '1 millisecond'::pg_catalog.interval);
END $$;

-- A point in time `seconds` later (or earlier, when negative).
CREATE FUNCTION bucordo.add_seconds(moment timestamptz, seconds int8) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS $$
BEGIN
  RETURN moment + seconds * '1 second'::pg_catalog.interval;
END $$;

-- Seconds from one point in time to a later one, with six decimals; negative where it is earlier.
CREATE FUNCTION bucordo.seconds_between(earlier timestamptz, later timestamptz) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS $$
BEGIN
  RETURN extract(epoch FROM later) - extract(epoch FROM earlier);
END $$;

-- `YYYY-MM-DDThh:mm:ss[.f]Z` with one to six digits of fraction, as a point in time; nothing else is read.
CREATE FUNCTION bucordo.timestamp_utc(moment text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS $$
BEGIN
  IF moment !~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$' THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_datetime_format', MESSAGE = 'not a time in UTC: ' || moment;
  END IF;
  RETURN moment::pg_catalog.timestamptz;
END $$;

-- A whole number as JSON and people write it, `-12`; nothing else is read. What Postgres reads as one grows with
-- its versions: `0x10` and `1_000` are numbers for some nodes and errors for others.
CREATE FUNCTION bucordo.whole_number(value text) RETURNS int8
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS $$
BEGIN
  IF value !~ '^-?[0-9]+$' OR pg_catalog.octet_length(value) > 100 THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
      MESSAGE = 'not a whole number: ' || pg_catalog.left(value, 100);
  END IF;
  RETURN value::pg_catalog.int8;
END $$;

-- A number as JSON and people write it, `-12.50`, of at most 1,000 characters; nothing else is read.
CREATE FUNCTION bucordo.decimal_number(value text) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS $$
BEGIN
  IF value !~ '^-?[0-9]+(\.[0-9]+)?$' OR pg_catalog.octet_length(value) > 1000 THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
      MESSAGE = 'not a number: ' || pg_catalog.left(value, 100);
  END IF;
  RETURN value::pg_catalog.numeric;
END $$;

-- Bytes that nobody can know before the transaction is signed; the same on every node, so no secret.
-- `count` is 1 to 1,024.
CREATE FUNCTION bucordo.random_bytes(count int4) RETURNS bytea
LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
DECLARE
  seed  bytea := bucordo.tx_id() || pg_catalog.int8send(pg_catalog.nextval('bucordo.rows'));
  bytes bytea := '';
BEGIN
  IF count IS NULL OR count < 1 OR count > 1024 THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'random_bytes gives 1 to 1024 bytes';
  END IF;
  FOR part IN 0 .. (count - 1) / 32 LOOP
    bytes := bytes || bucordo.tagged_hash('random', seed || pg_catalog.int4send(part));
  END LOOP;
  RETURN pg_catalog.substr(bytes, 1, count);
END $$;

-- A new id, a UUID of version 8 (RFC 9562) made of the transaction's id and a running number.
CREATE FUNCTION bucordo.new_id() RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
DECLARE
  bytes bytea := bucordo.random_bytes(16);
BEGIN
  bytes := pg_catalog.set_byte(bytes, 6, (pg_catalog.get_byte(bytes, 6) & 15) | 128);
  bytes := pg_catalog.set_byte(bytes, 8, (pg_catalog.get_byte(bytes, 8) & 63) | 128);
  RETURN pg_catalog.encode(bytes, 'hex')::pg_catalog.uuid;
END $$;
