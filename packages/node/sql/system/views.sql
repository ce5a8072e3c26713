-- What readers see of the chain.

-- Milliseconds since the epoch as a time.
CREATE FUNCTION bucordo.time_of(milliseconds int8) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT '1970-01-01T00:00:00Z'::pg_catalog.timestamptz + milliseconds * '1 millisecond'::pg_catalog.interval
$$;

-- The functions that a transaction called, in order, as `contract.function`; many calls as `contract.function (100)`.
-- Views name the function of a single call by a join, which costs a hundredth.
CREATE FUNCTION bucordo.functions_called(calls int4[]) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN (
    SELECT pg_catalog.string_agg(
             coalesce(f.contract || '.' || f.name, 'unknown') || CASE WHEN c.times > 1 THEN ' (' || c.times || ')' ELSE '' END,
             ', ' ORDER BY c.first_call)
      FROM (SELECT calls[call_at] AS number, pg_catalog.count(*) AS times, pg_catalog.min(call_at) AS first_call
              FROM pg_catalog.generate_series(1, pg_catalog.cardinality(calls), 3) AS call_at
             GROUP BY calls[call_at]) AS c
      LEFT JOIN bucordo.function AS f ON f.number = c.number
  );
END $$;

-- A call with its arguments. Those that are no JSON (the transaction was refused for it) are shown as NULL.
CREATE FUNCTION bucordo.call_and_arguments(contract text, function text, payload bytea, args_at int4, args_length int4, refusal text)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT pg_catalog.jsonb_build_object('contract', contract, 'function', function,
           'args', CASE WHEN refusal IS NULL
                     THEN pg_catalog.convert_from(pg_catalog.substr(payload, args_at + 1, args_length), 'UTF8')::pg_catalog.jsonb END)
$$;

-- The calls of a transaction with their arguments: [{"contract", "function", "args"}].
CREATE FUNCTION bucordo.calls_and_arguments(payload bytea, calls int4[], refusal text) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN (
    SELECT pg_catalog.jsonb_agg(
             bucordo.call_and_arguments(f.contract, f.name, payload, calls[call_at + 1], calls[call_at + 2], refusal) ORDER BY call_at)
      FROM pg_catalog.generate_series(1, pg_catalog.cardinality(calls), 3) AS call_at
      LEFT JOIN bucordo.function AS f ON f.number = calls[call_at]
  );
END $$;

-- What this node knows of a rejection beyond its receipt, as JSON: sqlstate, table, constraint, column and the text of
-- Postgres, as far as there is each; NULL for nothing. The text may quote any row that the contract has touched, so
-- it is left out where a contract keeps rows from some readers; names are those of the document, which everybody has.
CREATE FUNCTION bucordo.rejection_detail(rejection bucordo.rejection) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  is_limit CONSTANT boolean := rejection.code IN ('budget_exceeded', 'block_full');
  words    text;
BEGIN
  IF rejection.sqlstate IS NULL OR NOT (is_limit OR rejection.code = 'failed' AND rejection.sqlstate <> 'BC900') THEN
    RETURN NULL;
  END IF;
  words := CASE
    WHEN is_limit AND rejection.sqlstate = 'BC901' THEN pg_catalog.split_part(rejection.detail, E'\n', 2)
    WHEN is_limit AND rejection.sqlstate = '2200H' THEN
      'the transaction writes more rows than the ' || (SELECT l.rows FROM bucordo.limits AS l) || ' that one may'
    WHEN is_limit AND rejection.code = 'budget_exceeded' THEN 'the transaction writes more bytes than one may'
    WHEN is_limit THEN 'the transactions of this block together write more bytes than they may; sign and send it again'
    WHEN NOT EXISTS (SELECT FROM bucordo.restricted_contract AS c) THEN pg_catalog.left(rejection.detail, 1000)
  END;
  RETURN pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
    'sqlstate', CASE WHEN NOT is_limit THEN rejection.sqlstate END,
    'table', nullif(CASE WHEN NOT is_limit THEN rejection.table_name END, ''),
    'constraint', nullif(rejection.constraint_name, ''),
    'column', nullif(rejection.column_name, ''),
    'text', nullif(words, '')))::text;
END $$;

-- In the views a transaction is joined with its block by both ways of saying so: by the block's height, so
-- that a transaction finds its block, and by the range of its positions, so that a block finds its transactions.

-- What every transaction came to. `status` is committed or rejected; code and message are empty when committed.
-- `call` is the index of the call that failed, from 0; NULL for none. `detail` is what the node that is asked knows of a
-- failure, see bucordo.rejection_detail. Message, result and detail are NULL where a contract keeps its rows from this reader.
CREATE VIEW bucordo.receipts AS
SELECT b.height, bucordo.index_of(t.position) AS index, pg_catalog.encode(t.id, 'hex') AS transaction,
       i.member || '/' || i.name AS identity,
       CASE WHEN pg_catalog.cardinality(t.calls) = 3 THEN coalesce(f.contract || '.' || f.name, 'unknown')
         ELSE bucordo.functions_called(t.calls) END AS function,
       CASE WHEN r.position IS NULL THEN 'committed' ELSE 'rejected' END AS status,
       coalesce(r.code, '') AS code,
       CASE WHEN (SELECT bucordo.may_read_everything()) OR bucordo.may_read_calls(t.calls, i.member) THEN coalesce(r.message, '') END AS message,
       CASE WHEN (SELECT bucordo.may_read_everything()) OR bucordo.may_read_calls(t.calls, i.member) THEN v.value END AS result,
       bucordo.time_of(b.time) AS time, t.position, r.call,
       CASE WHEN r.sqlstate IS NOT NULL AND ((SELECT bucordo.may_read_everything()) OR bucordo.may_read_calls(t.calls, i.member))
         THEN bucordo.rejection_detail(r)::pg_catalog.jsonb END AS detail
  FROM bucordo.block AS b
  JOIN bucordo.transaction AS t
    ON t.position >= bucordo.first_position(b.height) AND t.position < bucordo.first_position(b.height + 1) AND b.height = bucordo.height_of(t.position)
  LEFT JOIN bucordo.function AS f ON f.number = t.calls[1]
  LEFT JOIN bucordo.identity AS i ON i.key = bucordo.signer_of(t.payload)
  LEFT JOIN bucordo.rejection AS r ON r.position = t.position
  LEFT JOIN bucordo.result AS v ON v.position = t.position;

-- Transactions under the column names of the network's founding design. `proc_and_args` is NULL where
-- a contract keeps its rows from this reader.
CREATE VIEW bucordo.transactions AS
SELECT i.member || '/' || i.name AS client_uname,
       CASE WHEN (SELECT bucordo.may_read_everything()) OR bucordo.may_read_calls(t.calls, i.member) THEN
         CASE WHEN pg_catalog.cardinality(t.calls) = 3
           THEN pg_catalog.jsonb_build_array(bucordo.call_and_arguments(f.contract, f.name, t.payload, t.calls[2], t.calls[3], t.refusal))
           ELSE bucordo.calls_and_arguments(t.payload, t.calls, t.refusal) END
       END AS proc_and_args,
       b.height AS block_id,
       t.id AS hash_a_b_c,
       t.signature AS sig_a_b_c_d_client_priv_key
  FROM bucordo.block AS b
  JOIN bucordo.transaction AS t
    ON t.position >= bucordo.first_position(b.height) AND t.position < bucordo.first_position(b.height + 1) AND b.height = bucordo.height_of(t.position)
  LEFT JOIN bucordo.function AS f ON f.number = t.calls[1]
  LEFT JOIN bucordo.identity AS i ON i.key = bucordo.signer_of(t.payload);

-- Blocks under the column names of the network's founding design. `tx_set` holds the transactions' ids in order.
CREATE VIEW bucordo.blocks AS
SELECT b.height AS id,
       ARRAY(SELECT t.id FROM bucordo.transaction AS t
              WHERE t.position >= bucordo.first_position(b.height) AND t.position < bucordo.first_position(b.height + 1) ORDER BY t.position) AS tx_set,
       pg_catalog.jsonb_build_object(
         'time', b.time, 'transactions', b.transaction_count,
         -- What stands in the header behind its hashes and numbers: the kind of ordering.
         'ordering', pg_catalog.get_byte(b.header, 117), 'evidence', pg_catalog.encode(b.evidence, 'hex')) AS consensus_metadata,
       b.previous_hash AS prev_block_hash,
       b.hash AS curr_block_hash_a_b_c_d,
       b.signature AS sig_on_hash_curr_block_by_order_node
  FROM bucordo.block AS b;
