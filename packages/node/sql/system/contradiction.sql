-- What this node can prove against the node that orders: two headers that it has signed and that
-- contradict each other. Local knowledge, in no hash; a few are enough to show, so few are kept.

CREATE TABLE bucordo.contradiction (
  height        int8  NOT NULL,   -- where the histories part
  header        bytea NOT NULL,
  signature     bytea NOT NULL,   -- by the ordering node, over H("block", header); the node has verified both
  other_header  bytea NOT NULL,
  other_signature bytea NOT NULL,
  found_at      timestamptz NOT NULL DEFAULT pg_catalog.now(),
  PRIMARY KEY (height, header, other_header)
);

-- Keeps one, unless 16 are kept or it is among them.
CREATE FUNCTION bucordo.keep_contradiction(
  at_height int8, one_header bytea, one_signature bytea, other_header bytea, other_signature bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO bucordo.contradiction (height, header, signature, other_header, other_signature)
  SELECT at_height, one_header, one_signature, other_header, other_signature
   WHERE (SELECT count(*) FROM bucordo.contradiction AS c) < 16
  ON CONFLICT (height, header, other_header) DO NOTHING
$$;

GRANT EXECUTE ON FUNCTION bucordo.keep_contradiction(int8, bytea, bytea, bytea, bytea) TO bucordo_node;
