-- What is left to do behind the transactions of a block: bits of what bucordo.run_block returns.

-- Some transactions were rejected.
CREATE FUNCTION bucordo.rejections_bit() RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 1';
-- Some returned values.
CREATE FUNCTION bucordo.results_bit() RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 2';
-- A decision of the members waits to be carried out.
CREATE FUNCTION bucordo.decision_bit() RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 4';
-- Functions of the system were called that change its shared tables.
CREATE FUNCTION bucordo.system_bit() RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 8';

-- A block as one call: what the executor sends behind the rows of nearly every block.
--
-- Returns rows, so that no value holds more than one transaction's part, however many there are: first the
-- block's own (`place` −1, `content` the state hash in hex, `call` 1 when members or identities changed, else
-- 0), then one for each rejection (`content` its message, `detail` what this node knows beyond the receipt) and for
-- each result (without a code).
--
-- Raises BX001 when a decision of the members waits to be carried out at the end of the block: then
-- the executor runs the block again in steps, with the installation between them.
CREATE FUNCTION bucordo.execute_block(
  block_height         int8,
  block_time           int8,
  block_header         bytea,
  block_hash           bytea,
  previous_block_hash  bytea,
  block_evidence       bytea,
  block_signature      bytea,
  transaction_count    int4,
  judged_by            int8,
  plain_receipts_root  bytea
) RETURNS TABLE (place int4, code text, call int4, content text, detail text)
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  to_do  int4;
  closed record;
BEGIN
  to_do := bucordo.run_block(block_height, block_time, block_header, block_hash, previous_block_hash, block_evidence,
    block_signature, transaction_count, judged_by);
  IF to_do OPERATOR(pg_catalog.&) bucordo.decision_bit() OPERATOR(pg_catalog.<>) 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'BX001', MESSAGE = 'a decision waits to be carried out';
  END IF;
  closed := bucordo.close_block(block_height, block_time, block_hash, transaction_count, to_do, plain_receipts_root);
  place := -1;
  call := closed.catalogue_changed::int4;
  content := pg_catalog.encode(closed.new_state_hash, 'hex');
  RETURN NEXT;
  IF to_do OPERATOR(pg_catalog.&) (bucordo.rejections_bit() OPERATOR(pg_catalog.|) bucordo.results_bit()) OPERATOR(pg_catalog.<>) 0 THEN
    RETURN QUERY SELECT o.* FROM bucordo.outcomes_of(block_height, transaction_count) AS o;
  END IF;
END $$;

-- Rejections and results of a block in order, as bucordo.execute_block returns them.
CREATE FUNCTION bucordo.outcomes_of(block_height int8, transaction_count int4)
RETURNS TABLE (place int4, code text, call int4, content text, detail text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  first_position CONSTANT int8 := bucordo.first_position(block_height);
  end_position   CONSTANT int8 := first_position + transaction_count;
BEGIN
  RETURN QUERY
    SELECT (r.position - first_position)::int4, r.code, r.call, r.message, bucordo.rejection_detail(r)
      FROM bucordo.rejection AS r
     WHERE r.position >= first_position AND r.position < end_position
     ORDER BY r.position;
  RETURN QUERY
    SELECT (v.position - first_position)::int4, NULL::text, NULL::int4, v.value, NULL::text
      FROM bucordo.result AS v
     WHERE v.position >= first_position AND v.position < end_position
     ORDER BY v.position;
END $$;
