-- bucordo.close_block: the end of a block: the root of its receipts, the root of its changes, and the
-- state hash, chained to the one before.
--
-- Generated from the catalogue. Placeholders: network (hex), changes and systemChanges (per table, the
-- hashes of its row changes), the tags of the hashes.
--
-- `to_do` is what bucordo.run_block returned. `plain_receipts_root` is the root of the receipts if all
-- transactions were accepted and returned nothing, made by this node while it sealed or verified the
-- block; NULL where it did not. Returns the state hash and whether members or identities changed.

CREATE OR REPLACE FUNCTION bucordo.close_block(
  block_height       int8,
  block_time         int8,
  block_hash         bytea,
  transaction_count  int4,
  to_do              int4,
  plain_receipts_root bytea,
  OUT new_state_hash    bytea,
  OUT catalogue_changed boolean
)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $close_block$
-- A column of a contract may have the name of a variable; columns are always qualified here.
#variable_conflict use_variable
DECLARE
  first_position    CONSTANT int8 := bucordo.first_position(block_height);
  end_position      CONSTANT int8 := first_position + transaction_count;
  -- What all receipts of the block begin with: that they are leaves, their version, the height.
  receipt_head      CONSTANT bytea := '\x0001'::bytea || int8send(block_height);
  leaf_hashes       bytea;
  new_receipts_root     bytea := plain_receipts_root;
  changes_counted   boolean;
  change_hashes     bytea[] := '{}';
  hashes_before     int4 := 0;
  changes           bytea;
  new_changes_root      bytea;
BEGIN
  catalogue_changed := false;
  IF to_do & (bucordo.rejections_bit() | bucordo.results_bit()) <> 0 OR plain_receipts_root IS NULL THEN
    SELECT string_agg(sha256(receipt_head || int4send((t.position - first_position)::int4) || t.id
             || CASE WHEN r.position IS NULL THEN '\x00ffffffff0000000000000000'::bytea
                ELSE '\x01'::bytea || int4send(coalesce(r.call, -1))
                  || int4send(octet_length(c.code)) || convert_to(c.code, 'UTF8')
                  || int4send(octet_length(r.message)) || convert_to(r.message, 'UTF8') END
             || int4send(coalesce(octet_length(v.value), 0)) || convert_to(coalesce(v.value, ''), 'UTF8')), ''::bytea ORDER BY t.position)
      INTO leaf_hashes
      FROM bucordo.transaction AS t
      LEFT JOIN bucordo.rejection AS r ON r.position = t.position AND r.position >= first_position AND r.position < end_position
      -- Whether a limit or an error came first can depend on the order of rows, so they are one code here.
      CROSS JOIN LATERAL (VALUES (CASE WHEN r.code IN ('budget_exceeded', 'block_full') THEN 'failed' ELSE r.code END)) AS c (code)
      LEFT JOIN bucordo.result AS v ON v.position = t.position AND v.position >= first_position AND v.position < end_position
     WHERE t.position >= first_position AND t.position < end_position;
    new_receipts_root := bucordo.merkle_root(leaf_hashes);
  END IF;

  -- Tables without a change are passed over: the counters of the statistics tell, where they are on.
  changes_counted := current_setting('track_counts') = 'on';
{{changes}}
  IF to_do & bucordo.system_bit() <> 0 THEN
{{systemChanges}}
  END IF;
  changes := (SELECT string_agg(hash, ''::bytea ORDER BY hash) FROM unnest(change_hashes) AS hash);
  new_changes_root := sha256('\x{{changeTag}}'::bytea || int4send(coalesce(octet_length(changes), 0) / 32) || coalesce(changes, ''::bytea));

  INSERT INTO bucordo.state AS n (height, block_time, block_hash, state_hash, receipts_root, changes_root)
  SELECT block_height, close_block.block_time, close_block.block_hash,
         sha256('\x{{stateTag}}01{{network}}'::bytea || int8send(block_height) || close_block.block_hash
           || s.state_hash || new_receipts_root || new_changes_root || '\x00'::bytea),
         new_receipts_root, new_changes_root
    FROM bucordo.state AS s
   WHERE s.height = block_height - 1
  RETURNING n.state_hash INTO new_state_hash;
END $close_block$;
