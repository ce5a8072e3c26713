-- Who takes part: the network, its members and their identities. Filled from the genesis.

-- The one network of this database.
CREATE TABLE bucordo.network (
  only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id            bytea NOT NULL CHECK (octet_length(id) = 32),  -- H("genesis", document)
  name          text  NOT NULL,
  document      bytea NOT NULL                                 -- the genesis, byte for byte as received
);
ALTER TABLE bucordo.network ALTER COLUMN document SET STORAGE EXTERNAL;

-- An organisation.
CREATE TABLE bucordo.member (
  id            text COLLATE "C" PRIMARY KEY,
  name          text NOT NULL,
  class         text COLLATE "C" NOT NULL,
  number        int4 NOT NULL UNIQUE
);

-- A person, device or service of a member: a public key. A key is enrolled once and never comes back
-- after it was revoked.
CREATE TABLE bucordo.identity (
  key           bytea PRIMARY KEY CHECK (octet_length(key) = 32),
  member        text COLLATE "C" NOT NULL REFERENCES bucordo.member (id),
  name          text COLLATE "C" NOT NULL,
  roles         text[] NOT NULL,
  valid_from    int8 NOT NULL,   -- first height at which the key may act
  valid_to      int8,            -- first height at which it no longer may; NULL = it still may
  member_class  text COLLATE "C" NOT NULL  -- the class of its member, here so that a call needs one look-up
);
CREATE INDEX identity_member ON bucordo.identity (member, name);
