-- What transactions can call. Function numbers stand in `bucordo.transaction.calls` and in the
-- dispatcher; they are the same on every node because they follow from the genesis.

CREATE TABLE bucordo.contract (
  name          text COLLATE "C" PRIMARY KEY,
  version       text NOT NULL,
  schema_text   text NOT NULL,   -- tables, constraints, indexes, as approved
  source_text   text NOT NULL    -- functions, as approved
);

CREATE TABLE bucordo.function (
  number          int4 PRIMARY KEY,
  contract        text COLLATE "C" NOT NULL REFERENCES bucordo.contract (name),
  name            text COLLATE "C" NOT NULL,
  roles           text[] NOT NULL,   -- the caller needs one of them; empty = any identity
  classes         text[] NOT NULL,   -- the caller's member belongs to one of them; empty = any member
  parameter_names text[] NOT NULL,   -- the keys of the JSON object of arguments, in the function's order
  parameter_types text[] NOT NULL,   -- 'int8', 'text[]', …
  returns_value   boolean NOT NULL,  -- false for void
  UNIQUE (contract, name)
);
