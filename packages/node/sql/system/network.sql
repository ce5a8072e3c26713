-- Who takes part: the network, its members and their identities. Filled from the genesis, changed by
-- transactions (members.sql, identities.sql, role-grants.sql).

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
  number        int4 NOT NULL UNIQUE,  -- given once, in the order of admission
  status        text COLLATE "C" NOT NULL DEFAULT 'active' CHECK (status IN ('invited', 'active', 'left', 'expelled')),
  administrators_needed int4 NOT NULL DEFAULT 1,  -- how many of its administrators a change of its own needs
  authority     text NOT NULL DEFAULT '',  -- certificate (PEM) that signs those of its nodes; empty = known from the genesis on
  admitted_by   int8                       -- proposal; NULL = the genesis
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
  member_class  text COLLATE "C" NOT NULL,  -- the class of its member, here so that a call needs one look-up
  has_timed_roles boolean NOT NULL DEFAULT false,  -- bucordo.roles_at says which roles it has now; `roles` are all it ever may have
  former_names  text[] NOT NULL DEFAULT '{}'  -- which nobody else of its member may have
);
CREATE INDEX identity_member ON bucordo.identity (member, name);
-- What quotas count: keys without an end, and those that a member has enrolled of late.
CREATE INDEX identity_lasting ON bucordo.identity (member) WHERE valid_to IS NULL;
CREATE INDEX identity_enrolled ON bucordo.identity (member, valid_from);
