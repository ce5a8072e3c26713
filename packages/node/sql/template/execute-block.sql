-- bucordo.execute_block: stores the head of a block, executes its transactions in order, and chains
-- the state hash. The transactions themselves were copied in by the same message, so that log,
-- state, history, receipts and hashes are one commit.
--
-- Generated from the catalogue. Placeholders: profileIsSet and restoreProfile (the session profile),
-- network (hex), dispatch (one branch per function), changes (per table, the hashes of its row changes).
--
-- Transactions run in chunks, each inside one subtransaction. When a transaction fails, its chunk is
-- rolled back, the rejection is written down, and the chunk is executed again up to the one that
-- failed: the same inputs in the same state give the same result, so nothing but time is different
-- from a subtransaction each, and subtransactions are the dearest part of a small transaction.
-- Chunks double as long as nothing fails.
--
-- Returns JSON text: {"state": hex, "rejections": [[index, code, message]], "results": [[index, value]]}.
-- Raises an error when the block does not follow the last one, or when this node is in trouble
-- (disk, memory, cancel): then nothing of the block is stored.

CREATE OR REPLACE FUNCTION bucordo.execute_block(
  block_height         int8,
  block_time           int8,
  block_header         bytea,
  block_hash           bytea,
  previous_block_hash  bytea,
  block_evidence       bytea,
  block_signature      bytea,
  transaction_count    int4
) RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $execute_block$
DECLARE
  chunk_max         CONSTANT int4 := 256;
  first_position    CONSTANT int8 := block_height << 20;
  end_position      CONSTANT int8 := first_position + transaction_count;
  next_position     int8 := first_position;
  chunk_end         int8;
  chunk_size        int4 := 16;
  rejected_position int8 := -1;
  previous          record;
  this              record;
  registers         int8;
  call_count        int4;
  call_number       int4;
  call_at           int4;
  arguments         jsonb;
  returned_null     boolean;
  call_value        text;
  call_values       text[];
  has_rejections    boolean := false;
  has_results       boolean := false;
  error_state       text;
  error_message     text;
  error_detail      text;
  error_context     text;
  error_code        text;
  -- What all receipts of the block begin with: that they are leaves, their version, the height.
  receipt_head      CONSTANT bytea := '\x0001'::bytea || int8send(block_height);
  leaf_hashes       bytea;
  receipts_root     bytea;
  changes_counted   boolean;
  change_hashes     bytea[] := '{}';
  changes           bytea;
  changes_root      bytea;
  state_hash        bytea;
BEGIN
  SELECT s.block_hash, s.block_time, s.state_hash INTO previous FROM bucordo.state AS s WHERE s.height = block_height - 1;
  IF previous.block_hash IS DISTINCT FROM previous_block_hash OR block_time <= previous.block_time THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = 'block ' || block_height || ' does not follow the last block of this database',
      DETAIL = 'its predecessor is missing, has another hash, or is not earlier';
  END IF;
  INSERT INTO bucordo.block (height, time, hash, previous_hash, header, evidence, signature, transaction_count)
  VALUES (block_height, block_time, block_hash, previous_block_hash, block_header, block_evidence, block_signature, transaction_count);

  WHILE next_position < end_position LOOP
    IF next_position = rejected_position THEN
      next_position := next_position + 1;
      CONTINUE;
    END IF;
    chunk_end := least(next_position + chunk_size, end_position);
    BEGIN
      FOR this IN
        -- What was stored out of line is brought in once here and not again for every call.
        SELECT t.position, i.roles, i.member_class,
               CASE WHEN octet_length(t.payload) > 1024 THEN t.payload || ''::bytea ELSE t.payload END AS payload,
               CASE WHEN octet_length(t.payload) > 1024 THEN t.calls || '{}'::int4[] ELSE t.calls END AS calls,
               CASE
                 WHEN t.refusal IS NOT NULL THEN t.refusal
                 WHEN i.key IS NULL THEN 'identity_unknown'
                 WHEN i.valid_from > block_height OR i.valid_to <= block_height THEN 'identity_revoked'
               END AS refusal
          FROM bucordo.transaction AS t
          LEFT JOIN LATERAL (
                 SELECT e.key, e.roles, e.member_class, e.valid_from, e.valid_to
                   FROM bucordo.identity AS e
                  WHERE e.key = substr(t.payload, 37, 32)
                  LIMIT 1  -- a look-up per transaction, whatever the planner thinks of the tables' sizes
               ) AS i ON true
         WHERE t.position >= next_position AND t.position < chunk_end
         ORDER BY t.position
      LOOP
        IF this.refusal IS NOT NULL THEN
          INSERT INTO bucordo.rejection (position, code, message) VALUES (this.position, this.refusal, '');
          has_rejections := true;
          CONTINUE;
        END IF;
        registers := setval('bucordo.context', this.position) + setval('bucordo.rows', 1, false);
        call_count := cardinality(this.calls) / 3;
        call_value := NULL;
        FOR call_number IN 1 .. call_count LOOP
          call_at := 3 * call_number;
          arguments := convert_from(substr(this.payload, this.calls[call_at - 1] + 1, this.calls[call_at]), 'UTF8')::jsonb;
{{dispatch}}
        END LOOP;
        IF call_value IS NOT NULL THEN
          IF call_count > 1 THEN
            call_value := '[' || array_to_string(call_values, ',', 'null') || ']';
            call_values := NULL;
          END IF;
          IF octet_length(call_value) > 1048576 THEN
            RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded', MESSAGE = 'the result is larger than 1 MiB';
          END IF;
          INSERT INTO bucordo.result (position, value) VALUES (this.position, call_value);
          has_results := true;
        END IF;
      END LOOP;
      next_position := chunk_end;
      chunk_size := least(chunk_size * 2, chunk_max);
    EXCEPTION WHEN OTHERS OR assert_failure OR query_canceled THEN
      GET STACKED DIAGNOSTICS error_state = RETURNED_SQLSTATE, error_message = MESSAGE_TEXT,
        error_detail = PG_EXCEPTION_DETAIL, error_context = PG_EXCEPTION_CONTEXT;
      error_code := bucordo.rejection_code(error_state, error_message, error_context);
      IF error_code IS NULL THEN
        RAISE;
      END IF;
      INSERT INTO bucordo.rejection (position, code, message, sqlstate, detail)
      VALUES (this.position, error_code, CASE WHEN error_code = error_state THEN left(error_message, 1024) ELSE '' END,
              error_state, left(concat_ws(E'\n', error_message, NULLIF(error_detail, ''), error_context), 4096));
      has_rejections := true;
      call_values := NULL;
      rejected_position := this.position;
      chunk_size := greatest(rejected_position - next_position, 1);
    END;
  END LOOP;

  -- The session has had the profile since it began; a contract's SET would change it for good.
  IF NOT ({{profileIsSet}}) THEN
{{restoreProfile}}
  END IF;

  IF has_rejections OR has_results THEN
    SELECT string_agg(sha256(receipt_head || int4send((t.position - first_position)::int4) || t.id
             || CASE WHEN r.position IS NULL THEN '\x000000000000000000'::bytea
                ELSE '\x01'::bytea
                  || int4send(octet_length(r.code)) || convert_to(r.code, 'UTF8')
                  || int4send(octet_length(r.message)) || convert_to(r.message, 'UTF8') END
             || int4send(coalesce(octet_length(v.value), 0)) || convert_to(coalesce(v.value, ''), 'UTF8')), ''::bytea ORDER BY t.position)
      INTO leaf_hashes
      FROM bucordo.transaction AS t
      LEFT JOIN bucordo.rejection AS r ON r.position = t.position AND r.position >= first_position AND r.position < end_position
      LEFT JOIN bucordo.result AS v ON v.position = t.position AND v.position >= first_position AND v.position < end_position
     WHERE t.position >= first_position AND t.position < end_position;
  ELSE
    SELECT string_agg(sha256(receipt_head || int4send((t.position - first_position)::int4) || t.id
             || '\x00000000000000000000000000'::bytea), ''::bytea ORDER BY t.position)
      INTO leaf_hashes
      FROM bucordo.transaction AS t
     WHERE t.position >= first_position AND t.position < end_position;
  END IF;
  IF coalesce(octet_length(leaf_hashes), 0) <> 32 * transaction_count THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = 'block ' || block_height || ' was sent with fewer or more transactions than it counts';
  END IF;
  receipts_root := bucordo.merkle_root(leaf_hashes);

  -- Tables without a change are passed over: the counters of the statistics tell, where they are on.
  changes_counted := current_setting('track_counts') = 'on';
{{changes}}
  changes := (SELECT string_agg(hash, ''::bytea ORDER BY hash) FROM unnest(change_hashes) AS hash);
  changes_root := sha256('\x{{changeTag}}'::bytea || int4send(coalesce(octet_length(changes), 0) / 32) || coalesce(changes, ''::bytea));

  state_hash := sha256('\x{{stateTag}}01{{network}}'::bytea || int8send(block_height) || block_hash
    || previous.state_hash || receipts_root || changes_root || '\x00'::bytea);
  INSERT INTO bucordo.state (height, block_time, block_hash, state_hash, receipts_root, changes_root)
  VALUES (block_height, block_time, block_hash, state_hash, receipts_root, changes_root);

  IF NOT has_rejections AND NOT has_results THEN
    RETURN '{"state":"' || encode(state_hash, 'hex') || '","rejections":[],"results":[]}';
  END IF;
  RETURN json_build_object(
    'state', encode(state_hash, 'hex'),
    'rejections', (SELECT coalesce(json_agg(json_build_array(r.position - first_position, r.code, r.message) ORDER BY r.position), '[]'::json)
                     FROM bucordo.rejection AS r WHERE r.position >= first_position AND r.position < end_position),
    'results', (SELECT coalesce(json_agg(json_build_array(v.position - first_position, v.value) ORDER BY v.position), '[]'::json)
                  FROM bucordo.result AS v WHERE v.position >= first_position AND v.position < end_position));
END $execute_block$;
