-- The chain: what was ordered and what executing it came to.
-- A position is height * 2^20 + index within the block.

-- What the bytes and bits of positions and payloads mean. The planner puts the bodies in place of the
-- calls, so that conditions on positions and keys find their indexes.

-- Height of the block in which a transaction stands.
CREATE FUNCTION bucordo.height_of(at int8) RETURNS int8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT at OPERATOR(pg_catalog.>>) 20
$$;

-- Index of a transaction within its block.
CREATE FUNCTION bucordo.index_of(at int8) RETURNS int4
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (at OPERATOR(pg_catalog.&) 1048575)::int4
$$;

-- Position of the first transaction of a block; those of the block are below that of the next height.
CREATE FUNCTION bucordo.first_position(height int8) RETURNS int8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT height OPERATOR(pg_catalog.<<) 20
$$;

-- The greatest height that there can be: a position has 63 bits.
CREATE FUNCTION bucordo.height_max() RETURNS int8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT 8796093022207
$$;

-- Key of the identity that signed: a payload begins with the network's id, and the key lies behind it.
CREATE FUNCTION bucordo.signer_of(payload bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT pg_catalog.substr(payload, 37, 32)
$$;

CREATE TABLE bucordo.block (
  height            int8 PRIMARY KEY CHECK (height > 0),
  time              int8  NOT NULL,   -- milliseconds since the epoch
  hash              bytea NOT NULL,   -- H("block", header)
  previous_hash     bytea NOT NULL,
  header            bytea NOT NULL,   -- 150 bytes, as built or received
  evidence          bytea NOT NULL,   -- of the ordering engine; its hash is in the header
  signature         bytea NOT NULL,   -- of the ordering node over the hash, or empty
  transaction_count int4  NOT NULL
);

-- The columns stand in the order of the rows that verification writes for COPY (chain/transaction-row.ts).
-- The payload is stored uncompressed so that a part of it can be read without the rest.
CREATE TABLE bucordo.transaction (
  position      int8   PRIMARY KEY,
  id            bytea  NOT NULL,      -- H("tx", payload)
  payload       bytea  NOT NULL,
  signature     bytea  NOT NULL,
  calls         int4[] NOT NULL,      -- per call: number of the function, offset and length of the arguments in the payload
  refusal       text,                 -- ordered, but must not run: the code for its receipt
  effect        bytea,                -- the only effect that it may have; NULL = any
  refused_call  int4                  -- index of the call for which it must not run; NULL = for none of them
);
ALTER TABLE bucordo.transaction ALTER COLUMN payload SET STORAGE EXTERNAL;
-- A transaction executes at most once: a block that brings an id again cannot be stored.
CREATE UNIQUE INDEX transaction_id ON bucordo.transaction (id);

-- Transactions that were ordered but changed nothing. `code`, `message` and `call` are in the receipt's
-- hash, the codes of limits as `failed`; all else is this node's own knowledge and may differ between Postgres versions.
CREATE TABLE bucordo.rejection (
  position      int8 PRIMARY KEY,
  code          text NOT NULL,
  message       text NOT NULL,
  sqlstate      text,
  detail        text,                 -- what Postgres said: message and detail
  call          int4,                 -- index of the call that failed, from 0; NULL = rejected as a whole
  context       text,                 -- where: functions and statements, the innermost first
  table_name    text,                 -- contract.table
  constraint_name text,
  column_name   text
);

-- What calls returned, as JSON text. No row when all calls of a transaction return void.
CREATE TABLE bucordo.result (
  position      int8 PRIMARY KEY,
  value         text NOT NULL
);

-- The state after each block, chained by hash. Height 0 is the genesis; both its hashes are the network's id.
CREATE TABLE bucordo.state (
  height        int8  PRIMARY KEY,
  block_time    int8  NOT NULL,
  block_hash    bytea NOT NULL,
  state_hash    bytea NOT NULL,   -- H("state", state header)
  receipts_root bytea NOT NULL,
  changes_root  bytea NOT NULL
);
