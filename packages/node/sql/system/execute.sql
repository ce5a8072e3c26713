-- A block as one call: what the executor sends behind the rows of nearly every block.
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
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  to_do int4;
BEGIN
  to_do := bucordo.run_block(block_height, block_time, block_header, block_hash, previous_block_hash, block_evidence,
    block_signature, transaction_count, judged_by);
  IF to_do OPERATOR(pg_catalog.&) 4 OPERATOR(pg_catalog.<>) 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'BX001', MESSAGE = 'a decision waits to be carried out';
  END IF;
  RETURN bucordo.close_block(block_height, block_time, block_hash, transaction_count, to_do, plain_receipts_root);
END $$;
