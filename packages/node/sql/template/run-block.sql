-- bucordo.run_block: stores the head of a block and executes its transactions in order. The
-- transactions themselves were copied in by the same message, so that log, state, history, receipts
-- and hashes are one commit.
--
-- Generated from the catalogue. Placeholders: profileIsSet and restoreProfile (the session profile),
-- dispatch (one branch per function), functionsHeight (the height that last changed functions), rules (the
-- version of the rules that this function goes by),
-- writtenBytesMax and blockWrittenBytesMax (the limits of that name).
--
-- Transactions run in chunks; a chunk is one subtransaction. When a transaction fails, its chunk is
-- rolled back, the rejection is written down, and the chunk is executed again up to the one that
-- failed: the same inputs in the same state give the same result, so nothing but time is different
-- from a subtransaction for every transaction, and subtransactions are the dearest part of a small one.
-- Chunks double as long as nothing fails.
--
-- Returns what there is to do at the end, as the bits that execute.sql names.
-- Raises an error when the block does not follow the last one, when its transactions were judged by
-- functions that are no longer the current ones (BX002), when it goes by newer rules (BX003), or when this node is in trouble (disk,
-- memory, cancel): then nothing of the block is stored.

CREATE OR REPLACE FUNCTION bucordo.run_block(
  block_height         int8,
  block_time           int8,
  block_header         bytea,
  block_hash           bytea,
  previous_block_hash  bytea,
  block_evidence       bytea,
  block_signature      bytea,
  transaction_count    int4,
  judged_by            int8
) RETURNS int4
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $run_block$
DECLARE
  chunk_max         CONSTANT int4 := 256;
  first_position    CONSTANT int8 := bucordo.first_position(block_height);
  end_position      CONSTANT int8 := first_position + transaction_count;
  -- The transaction that runs, or the next one.
  next_position     int8 := first_position;
  chunk_start       int8;
  chunk_end         int8;
  chunk_size        int4 := 16;
  rejected_position int8 := -1;
  -- What the block's transactions up to the present chunk have left of what they have in common.
  block_budget      int8 := bucordo.new_block_budget();
  -- Bytes that the block's transactions before this one have written, and those before the chunk.
  block_bytes       int8 := 0;
  chunk_bytes       int8;
  -- Where the register of bytes begins for the transaction: above 0 when the block has less room than a transaction may use.
  bytes_taken       int8;
  this              record;
  -- What setting registers returns. currval of the rows must be of this block, also in a session that is new.
  registers         int8 := setval('bucordo.rows', 1);
  call_count        int4;
  -- Three times the number of the call that runs, from 1; 0 while none does.
  call_at           int4 := 0;
  arguments         jsonb;
  returned_null     boolean;
  call_value        text;
  call_values       text[];
  -- Bytes of the result as it will be, if all further calls return NULL.
  result_bytes      int4;
  error_state       text;
  error_message     text;
  error_detail      text;
  error_context     text;
  error_schema      text;
  error_table       text;
  error_constraint  text;
  error_column      text;
  error_code        text;
  to_do             int4 := 0;
  -- A node that ended at this height asks which transaction runs, so that it knows which one ended it.
  is_traced         CONSTANT boolean := current_setting('bucordo.trace_height', true) = block_height::text;
  -- What the members have said shall not be executed; nearly always nothing.
  skipped           CONSTANT bytea[] := (SELECT array_agg(s.transaction_id) FROM bucordo.skipped AS s WHERE s.height <= block_height);
BEGIN
  IF bucordo.rules_at(block_height) > {{rules}} THEN
    RAISE EXCEPTION USING ERRCODE = 'BX003', MESSAGE = 'the block goes by newer rules';
  END IF;
  IF judged_by < {{functionsHeight}} THEN
    RAISE EXCEPTION USING ERRCODE = 'BX002', MESSAGE = 'the functions have changed since the transactions were judged';
  END IF;
  INSERT INTO bucordo.block (height, time, hash, previous_hash, header, evidence, signature, transaction_count)
  SELECT block_height, run_block.block_time, run_block.block_hash, previous_block_hash, block_header, block_evidence, block_signature,
         run_block.transaction_count
    FROM bucordo.state AS s
   WHERE s.height = block_height - 1 AND s.block_hash = previous_block_hash AND s.block_time < run_block.block_time;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = 'block ' || block_height || ' does not follow the last block of this database',
      DETAIL = 'its predecessor is missing, has another hash, or is not earlier';
  END IF;

  IF block_height % 16 = 0 THEN
    DELETE FROM bucordo.changed_again AS a WHERE a.height < block_height;
  END IF;

  WHILE next_position < end_position LOOP
    IF next_position = rejected_position THEN
      block_budget := bucordo.block_budget_after_rejection(block_budget, error_code);
      next_position := next_position + 1;
      CONTINUE;
    END IF;
    chunk_start := next_position;
    chunk_bytes := block_bytes;
    chunk_end := least(next_position + chunk_size, end_position);
    BEGIN
      -- Those of a chunk that runs once more have their whole budget again.
      registers := setval('bucordo.budget', -1) + setval('bucordo.block_budget', block_budget);
      FOR this IN
        -- What was stored out of line is brought in once here and not again for every call.
        SELECT t.position, t.effect, t.refused_call, i.member_class,
               CASE WHEN i.has_timed_roles THEN bucordo.roles_at(i.key, block_height, block_time) ELSE i.roles END AS roles,
               CASE WHEN octet_length(t.payload) > 1024 THEN t.payload || ''::bytea ELSE t.payload END AS payload,
               CASE WHEN octet_length(t.payload) > 1024 THEN t.calls || '{}'::int4[] ELSE t.calls END AS calls,
               CASE
                 WHEN t.id = ANY (skipped) THEN 'skipped'
                 WHEN t.refusal IS NOT NULL THEN t.refusal
                 -- An identity that this block enrols may have a row already; it counts from the next block on.
                 WHEN i.key IS NULL OR i.valid_from > block_height THEN 'identity_unknown'
                 WHEN i.valid_to <= block_height THEN 'identity_revoked'
               END AS refusal
          FROM bucordo.transaction AS t
          LEFT JOIN LATERAL (
                 SELECT e.key, e.roles, e.has_timed_roles, e.member_class, e.valid_from, e.valid_to
                   FROM bucordo.identity AS e
                  WHERE e.key = bucordo.signer_of(t.payload)
                  LIMIT 1  -- a look-up per transaction, whatever the planner thinks of the tables' sizes
               ) AS i ON true
         WHERE t.position >= chunk_start AND t.position < chunk_end
         ORDER BY t.position
      LOOP
        EXIT WHEN this.position <> next_position;
        IF this.member_class = 'overseer' THEN
          -- Overseers look on: they call what names their class, and the system.
          IF this.refusal IS NULL THEN
            this.refused_call := (
              SELECT min(call_place) / 3
                FROM generate_series(1, cardinality(this.calls), 3) AS call_place
                JOIN bucordo.function AS f ON f.number = this.calls[call_place]
               WHERE f.contract <> 'bucordo' AND NOT 'overseer' = ANY (f.classes));
            IF this.refused_call IS NOT NULL THEN
              this.refusal := 'not_permitted';
            END IF;
          END IF;
        END IF;
        IF this.refusal IS NOT NULL THEN
          INSERT INTO bucordo.rejection (position, code, message, call)
          VALUES (this.position, this.refusal, '', CASE WHEN this.refusal <> 'skipped' THEN this.refused_call END);
          to_do := to_do | bucordo.rejections_bit();
          next_position := next_position + 1;
          CONTINUE;
        END IF;
        IF is_traced THEN
          RAISE INFO 'bucordo executes %', this.position - first_position;
        END IF;
        bytes_taken := greatest(0, block_bytes - {{blockWrittenBytesMax}} + {{writtenBytesMax}});
        registers := setval('bucordo.context', this.position) + setval('bucordo.rows', 1, false) + setval('bucordo.bytes', bytes_taken);
        call_count := cardinality(this.calls) / 3;
        call_value := NULL;
        result_bytes := CASE call_count WHEN 1 THEN 4 ELSE 1 + 5 * call_count END;
        FOR call_number IN 1 .. call_count LOOP
          call_at := 3 * call_number;
          arguments := convert_from(substr(this.payload, this.calls[call_at - 1] + 1, this.calls[call_at]), 'UTF8')::jsonb;
{{dispatch}}
        END LOOP;
        call_at := 0;
        IF call_value IS NOT NULL THEN
          IF call_count > 1 THEN
            call_value := '[' || array_to_string(call_values, ',', 'null') || ']';
            call_values := NULL;
          END IF;
          registers := setval('bucordo.bytes', currval('bucordo.bytes') + octet_length(call_value));
          INSERT INTO bucordo.result (position, value) VALUES (this.position, call_value);
          to_do := to_do | bucordo.results_bit();
        END IF;
        IF this.effect IS NOT NULL THEN
          IF this.effect <> bucordo.effect_of(this.position) THEN
            RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = 'effect_differs';
          END IF;
        END IF;
        block_bytes := block_bytes + currval('bucordo.bytes') - bytes_taken;
        next_position := next_position + 1;
      END LOOP;
      chunk_size := least(chunk_size * 2, chunk_max);
      block_budget := currval('bucordo.block_budget');
    EXCEPTION WHEN OTHERS OR assert_failure OR query_canceled THEN
      GET STACKED DIAGNOSTICS error_state = RETURNED_SQLSTATE, error_message = MESSAGE_TEXT,
        error_detail = PG_EXCEPTION_DETAIL, error_context = PG_EXCEPTION_CONTEXT, error_schema = SCHEMA_NAME,
        error_table = TABLE_NAME, error_constraint = CONSTRAINT_NAME, error_column = COLUMN_NAME;
      error_code := bucordo.rejection_code(error_state, error_message, error_context);
      IF error_code IS NULL THEN
        RAISE;
      END IF;
      -- The register of bytes has reached its end, which was nearer than a transaction's own.
      IF error_code = 'budget_exceeded' AND error_state = '22003' AND bytes_taken > 0 THEN
        error_code := 'block_full';
      END IF;
      INSERT INTO bucordo.rejection (position, code, message, sqlstate, detail, context, call, table_name, constraint_name, column_name)
      VALUES (this.position, error_code, CASE
                WHEN error_code = error_state THEN left(error_message, 1024)
                WHEN error_state = 'BC900' AND error_code = error_message THEN left(error_detail, 1024)
                ELSE ''
              END,
              error_state, left(concat_ws(E'\n', error_message, nullif(error_detail, '')), 4096), left(error_context, 4096),
              nullif(call_at, 0) / 3 - 1, left(concat_ws('.', nullif(error_schema, ''), nullif(error_table, '')), 200),
              left(error_constraint, 200), left(error_column, 200));
      to_do := to_do | bucordo.rejections_bit();
      call_at := 0;
      call_values := NULL;
      block_bytes := chunk_bytes;
      rejected_position := next_position;
      chunk_size := greatest(rejected_position - chunk_start, 1);
      chunk_end := chunk_start;
      next_position := chunk_start;
    END;
    IF next_position <> chunk_end THEN
      RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = 'block ' || block_height || ' was sent with fewer transactions than it counts';
    END IF;
  END LOOP;

  -- The session has had the profile since it began; a contract's SET would change it for good.
  IF NOT ({{profileIsSet}}) THEN
{{restoreProfile}}
  END IF;

  IF to_do & bucordo.system_bit() <> 0 THEN
    IF EXISTS (SELECT FROM bucordo.proposal AS p WHERE p.status = 'accepted') THEN
      to_do := to_do | bucordo.decision_bit();
    END IF;
  END IF;
  RETURN to_do;
END $run_block$;
