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
  -- Where the parts of its bytes begin, counted from 1: behind the version's byte come the network's id, the height,
  -- two hashes, a byte with the length of the member's id, that id, and the 32 bytes of the node's key.
  network_at    CONSTANT int4 := 2;
  height_at     CONSTANT int4 := 34;
  block_hash_at CONSTANT int4 := 42;
  state_hash_at CONSTANT int4 := 74;
  length_at     CONSTANT int4 := 106;
  member_at     CONSTANT int4 := 107;
  bytes         bytea := pg_catalog.decode(checkpoint, 'hex');
  member_length int4;
  at            int8 := pg_catalog.currval('bucordo.context');
  signer        record;
  stored        bucordo.checkpoint;
  given         bucordo.checkpoint;
BEGIN
  IF pg_catalog.octet_length(bytes) > length_at THEN
    member_length := pg_catalog.get_byte(bytes, length_at - 1);
  END IF;
  IF member_length IS NULL OR pg_catalog.octet_length(bytes) <> member_at - 1 + member_length + 32 OR pg_catalog.get_byte(bytes, 0) <> 1
     OR pg_catalog.octet_length(pg_catalog.decode(signature, 'hex')) <> 64
     OR pg_catalog.substr(bytes, network_at, 32) <> (SELECT n.id FROM bucordo.network AS n) THEN
    RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = 'argument_invalid';
  END IF;
  given.member     := pg_catalog.convert_from(pg_catalog.substr(bytes, member_at, member_length), 'UTF8');
  given.height     := ('x' || pg_catalog.encode(pg_catalog.substr(bytes, height_at, 8), 'hex'))::pg_catalog.bit(64)::int8;
  given.block_hash := pg_catalog.substr(bytes, block_hash_at, 32);
  given.state_hash := pg_catalog.substr(bytes, state_hash_at, 32);
  given.node_key   := pg_catalog.substr(bytes, member_at + member_length, 32);

  SELECT i.member, i.key INTO STRICT signer
    FROM bucordo.transaction AS t JOIN bucordo.identity AS i ON i.key = bucordo.signer_of(t.payload)
   WHERE t.position = at;
  IF given.member <> signer.member OR given.node_key <> signer.key THEN
    RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = 'not_permitted';
  END IF;
  IF given.height < 1 OR given.height >= bucordo.height_of(at) THEN
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
