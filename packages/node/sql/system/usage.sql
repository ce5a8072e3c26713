-- Who used the network how much, per calendar month of block time (UTC): what a vendor's bill is made of.
--
-- Counted from the chain, so every member comes to the same figures. Counting beside the execution of
-- blocks would cost every block; instead the node counts what has been added from time to time
-- (bucordo.count_usage), and the view adds the few blocks since. Checkpoints, which nodes sign on
-- their own, are not counted.

-- Usage of one key in one month, up to the height in bucordo.usage_height.
CREATE TABLE bucordo.usage_of_key (
  month         text COLLATE "C" NOT NULL,  -- 2026-11
  key           bytea NOT NULL,
  transactions  int8 NOT NULL,              -- ordered, whether they were committed or rejected
  rejected      int8 NOT NULL,
  calls         int8 NOT NULL,
  bytes         int8 NOT NULL,              -- of payloads and signatures
  PRIMARY KEY (month, key)
);

-- Up to which height, this one included, usage_of_key counts.
CREATE TABLE bucordo.usage_height (
  only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  height        int8 NOT NULL
);
INSERT INTO bucordo.usage_height (height) VALUES (0);

-- Usage of the keys in the blocks from `from_height` to `to_height`, both included.
CREATE FUNCTION bucordo.usage_in(from_height int8, to_height int8)
RETURNS TABLE (month text, key bytea, transactions int8, rejected int8, calls int8, bytes int8)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
  WITH counted AS (
    SELECT b.height, to_char(bucordo.time_of(b.time) AT TIME ZONE 'UTC', 'YYYY-MM') AS month,
           t.key, t.transactions, t.calls, t.bytes
      FROM bucordo.block AS b
      -- Block by block: rows of one block lie together.
      CROSS JOIN LATERAL (
             SELECT bucordo.signer_of(e.payload) AS key, count(*) AS transactions, sum(cardinality(e.calls) / 3) AS calls,
                    sum(octet_length(e.payload) + 64) AS bytes
               FROM bucordo.transaction AS e
              WHERE e.position >= bucordo.first_position(b.height) AND e.position < bucordo.first_position(b.height + 1)
                AND e.calls[1] IS DISTINCT FROM (SELECT f.number FROM bucordo.function AS f WHERE f.contract = 'bucordo' AND f.name = 'checkpoint')
              GROUP BY bucordo.signer_of(e.payload)
           ) AS t
     WHERE b.height >= from_height AND b.height <= to_height
  ), refused AS (
    SELECT bucordo.height_of(r.position) AS height, bucordo.signer_of(e.payload) AS key, count(*) AS transactions
      FROM bucordo.rejection AS r
      JOIN bucordo.transaction AS e ON e.position = r.position
     WHERE r.position >= bucordo.first_position(from_height) AND r.position < bucordo.first_position(to_height + 1)
     GROUP BY bucordo.height_of(r.position), bucordo.signer_of(e.payload)
  )
  SELECT c.month, c.key, sum(c.transactions)::int8, coalesce(sum(r.transactions), 0)::int8, sum(c.calls)::int8, sum(c.bytes)::int8
    FROM counted AS c
    LEFT JOIN refused AS r ON r.height = c.height AND r.key = c.key
   GROUP BY c.month, c.key
$$;

-- Counts up to `blocks_max` blocks more, and returns how many it has counted. It never counts beyond the chain:
-- where the height that was remembered lies ahead of it, what was counted is worth nothing, and counting begins anew.
CREATE FUNCTION bucordo.count_usage(blocks_max int4) RETURNS int4
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  counted int8;
  head    int8;
  target  int8;
BEGIN
  SELECT h.height INTO STRICT counted FROM bucordo.usage_height AS h FOR UPDATE;
  -- A network without a block stands at height 0: least() passes over a NULL. Read after the lock, so that it is
  -- not older than what another session has counted.
  head := coalesce((SELECT max(b.height) FROM bucordo.block AS b), 0);
  IF counted > head THEN
    DELETE FROM bucordo.usage_of_key;
    UPDATE bucordo.usage_height SET height = 0;
    counted := 0;
  END IF;
  target := least(counted + blocks_max, head);
  IF target <= counted THEN
    RETURN 0;
  END IF;
  INSERT INTO bucordo.usage_of_key AS u (month, key, transactions, rejected, calls, bytes)
  SELECT * FROM bucordo.usage_in(counted + 1, target)
  ON CONFLICT (month, key) DO UPDATE
    SET transactions = u.transactions + excluded.transactions, rejected = u.rejected + excluded.rejected,
        calls = u.calls + excluded.calls, bytes = u.bytes + excluded.bytes;
  UPDATE bucordo.usage_height SET height = target;
  RETURN target - counted;
END $$;

-- Usage of every identity and month.
CREATE VIEW bucordo.usage_by_identity AS
WITH all_usage AS (
  SELECT u.month, u.key, u.transactions, u.rejected, u.calls, u.bytes FROM bucordo.usage_of_key AS u
  UNION ALL
  SELECT n.month, n.key, n.transactions, n.rejected, n.calls, n.bytes
    FROM bucordo.usage_height AS h
    CROSS JOIN LATERAL bucordo.usage_in(h.height + 1, (SELECT pg_catalog.max(b.height) FROM bucordo.block AS b)) AS n
)
SELECT u.month, i.member, i.name, pg_catalog.sum(u.transactions)::int8 AS transactions, pg_catalog.sum(u.rejected)::int8 AS rejected,
       pg_catalog.sum(u.calls)::int8 AS calls, pg_catalog.sum(u.bytes)::int8 AS bytes
  FROM all_usage AS u
  JOIN bucordo.identity AS i ON i.key = u.key
 GROUP BY u.month, i.member, i.name;

-- Usage of every member and month. `users` are its identities that signed a transaction.
CREATE VIEW bucordo.usage AS
SELECT u.month, u.member, pg_catalog.count(*) AS users, pg_catalog.sum(u.transactions)::int8 AS transactions,
       pg_catalog.sum(u.rejected)::int8 AS rejected, pg_catalog.sum(u.calls)::int8 AS calls, pg_catalog.sum(u.bytes)::int8 AS bytes
  FROM bucordo.usage_by_identity AS u
 GROUP BY u.month, u.member;

GRANT EXECUTE ON FUNCTION bucordo.usage_in(int8, int8) TO bucordo_node, bucordo_reader;
GRANT EXECUTE ON FUNCTION bucordo.count_usage(int4) TO bucordo_node;
