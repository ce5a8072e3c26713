-- Contracts as they run, and what transactions can call. Function numbers stand in
-- `bucordo.transaction.calls` and in the dispatcher; they are the same on every node because they
-- follow from the genesis and the members' decisions. A number is never given to another function.

CREATE TABLE bucordo.contract (
  name          text COLLATE "C" PRIMARY KEY,
  number        int4 NOT NULL UNIQUE,   -- in the order of installation; its role is bucordo_c_<number>; 0 = the system itself
  version       text NOT NULL,
  hash          bytea NOT NULL,         -- H("contract", document)
  document      text NOT NULL,          -- as approved, byte for byte
  is_retired    boolean NOT NULL DEFAULT false  -- nothing of it can be called; its data stay readable
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
  is_retired      boolean NOT NULL DEFAULT false,  -- its contract has it no longer
  UNIQUE (contract, name)
);

-- Since when the functions are as they are: what was judged by older ones is judged again.
CREATE TABLE bucordo.functions_state (
  only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  height        int8 NOT NULL   -- of the block that last changed one; 0 = the genesis
);
INSERT INTO bucordo.functions_state (height) VALUES (0);

-- What the schemas of a contract held when the members' last decision about it was carried out, and what later
-- ones about others changed there, as report/reflection.sql lists it. This node's own: it is in no hash.
CREATE TABLE bucordo.contract_shape (
  contract      text COLLATE "C" PRIMARY KEY REFERENCES bucordo.contract (name),
  postgres      int4 NOT NULL,          -- major version of the server
  objects       jsonb NOT NULL
);
