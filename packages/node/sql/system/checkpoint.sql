-- Checkpoints: what members' nodes have signed about the state. They come as transactions of the
-- built-in contract `bucordo`, so every node stores the same ones in the same order.

CREATE TABLE bucordo.checkpoint (
  member      text COLLATE "C" NOT NULL,
  height      int8  NOT NULL,
  block_hash  bytea NOT NULL,
  state_hash  bytea NOT NULL,
  node_key    bytea NOT NULL,
  signature   bytea NOT NULL,   -- over H("checkpoint", the checkpoint's bytes); judged by the nodes, not here
  position    int8  NOT NULL,   -- of the transaction that brought it
  PRIMARY KEY (member, height)
);
CREATE INDEX checkpoint_height ON bucordo.checkpoint (height);
-- A running node reads what a block has brought.
CREATE INDEX checkpoint_position ON bucordo.checkpoint (position);

-- Stores a checkpoint (its bytes and its signature in hex). A second equal one changes nothing.
-- Refused as
--   argument_invalid  when the bytes are not a checkpoint of this network and of a height below this block's
--   not_permitted     when it is of another member or key than the one that signed the transaction
--   failed            when the member has stored a different checkpoint for this height
CREATE FUNCTION bucordo.checkpoint(checkpoint text, signature text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  bytes         bytea := pg_catalog.decode(checkpoint, 'hex');
  member_length int4;
  at            int8 := pg_catalog.currval('bucordo.context');
  signer        record;
  stored        bucordo.checkpoint;
  given         bucordo.checkpoint;
BEGIN
  -- version 1, network 32, height 8, block hash 32, state hash 32, length of the member 1, member, node key 32
  IF pg_catalog.octet_length(bytes) > 106 THEN
    member_length := pg_catalog.get_byte(bytes, 105);
  END IF;
  IF member_length IS NULL OR pg_catalog.octet_length(bytes) <> 138 + member_length OR pg_catalog.get_byte(bytes, 0) <> 1
     OR pg_catalog.octet_length(pg_catalog.decode(signature, 'hex')) <> 64
     OR pg_catalog.substr(bytes, 2, 32) <> (SELECT n.id FROM bucordo.network AS n) THEN
    RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = 'argument_invalid';
  END IF;
  given.member     := pg_catalog.convert_from(pg_catalog.substr(bytes, 107, member_length), 'UTF8');
  given.height     := ('x' || pg_catalog.encode(pg_catalog.substr(bytes, 34, 8), 'hex'))::pg_catalog.bit(64)::int8;
  given.block_hash := pg_catalog.substr(bytes, 42, 32);
  given.state_hash := pg_catalog.substr(bytes, 74, 32);
  given.node_key   := pg_catalog.substr(bytes, 107 + member_length, 32);

  SELECT i.member, i.key INTO STRICT signer
    FROM bucordo.transaction AS t JOIN bucordo.identity AS i ON i.key = pg_catalog.substr(t.payload, 37, 32)
   WHERE t.position = at;
  IF given.member <> signer.member OR given.node_key <> signer.key THEN
    RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = 'not_permitted';
  END IF;
  IF given.height < 1 OR given.height >= at >> 20 THEN
    RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = 'argument_invalid';
  END IF;

  SELECT c.* INTO stored FROM bucordo.checkpoint AS c WHERE c.member = given.member AND c.height = given.height;
  IF NOT FOUND THEN
    INSERT INTO bucordo.checkpoint (member, height, block_hash, state_hash, node_key, signature, position)
    VALUES (given.member, given.height, given.block_hash, given.state_hash, given.node_key,
            pg_catalog.decode(checkpoint.signature, 'hex'), at);
  ELSIF (stored.block_hash, stored.state_hash) <> (given.block_hash, given.state_hash) THEN
    RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = 'failed', DETAIL = 'the member has signed another state for this height';
  END IF;
END $$;
