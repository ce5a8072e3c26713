-- Hashes with their domain, and trees of them.

-- H(tag, data) of the protocol.
CREATE FUNCTION bucordo.tagged_hash(tag text, data bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT pg_catalog.sha256(pg_catalog.convert_to('bucordo/' || tag || '/v1', 'UTF8') || '\x00'::pg_catalog.bytea || data)
$$;

-- Root of the RFC 6962 tree over leaf hashes that stand one behind the other (32 bytes each).
-- Level by level; a node without a partner goes up as it is, which gives the tree of the RFC, whose
-- left part is always the largest power of two. No leaves: the hash of nothing.
CREATE FUNCTION bucordo.merkle_root(leaf_hashes bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  level  bytea := COALESCE(leaf_hashes, ''::pg_catalog.bytea);
  nodes  int4  := pg_catalog.octet_length(level) / 32;
  pairs  int4;
BEGIN
  IF nodes = 0 THEN
    RETURN pg_catalog.sha256(''::pg_catalog.bytea);
  END IF;
  WHILE nodes > 1 LOOP
    pairs := nodes / 2;
    level := (
      SELECT pg_catalog.string_agg(pg_catalog.sha256('\x01'::pg_catalog.bytea || pg_catalog.substr(level, pair * 64 + 1, 64)), ''::pg_catalog.bytea ORDER BY pair)
        FROM pg_catalog.generate_series(0, pairs - 1) AS pair
    ) || pg_catalog.substr(level, pairs * 64 + 1);
    nodes := nodes - pairs;
  END LOOP;
  RETURN level;
END $$;
