-- Who may do what in the schema `bucordo`. Whatever is not granted here stays with the owner.

GRANT USAGE ON SCHEMA bucordo TO bucordo_node, bucordo_reader, bucordo_contract;

-- The node stores transactions and executes blocks; it can neither write nor remove anything else.
GRANT SELECT ON ALL TABLES IN SCHEMA bucordo TO bucordo_node, bucordo_reader;
GRANT INSERT ON bucordo.transaction TO bucordo_node;
-- Shown by bucordo.proposals to those who may see the rows that it may quote.
REVOKE SELECT ON bucordo.local_failure FROM bucordo_reader;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA bucordo FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  bucordo.height_of(int8), bucordo.index_of(int8), bucordo.first_position(int8), bucordo.signer_of(bytea),
  bucordo.time_of(int8), bucordo.functions_called(int4[]), bucordo.calls_and_arguments(bytea, int4[], text),
  bucordo.call_and_arguments(text, text, bytea, int4, int4, text), bucordo.rejection_detail(bucordo.rejection)
  TO bucordo_node, bucordo_reader;

-- Context functions are for contracts only.
GRANT EXECUTE ON FUNCTION
  bucordo.caller(), bucordo.member(), bucordo.has_role(text), bucordo.tx_id(), bucordo.height(), bucordo.position(),
  bucordo.ordinal(), bucordo.block_time(), bucordo.block_time_ms(), bucordo.add_seconds(timestamptz, int8),
  bucordo.seconds_between(timestamptz, timestamptz), bucordo.timestamp_utc(text), bucordo.random_bytes(int4), bucordo.new_id(), bucordo.whole_number(text),
  bucordo.decimal_number(text), bucordo.lower_case(text), bucordo.upper_case(text), bucordo.fold_case(text)
  TO bucordo_contract;

-- What the build writes into a contract's source.
GRANT EXECUTE ON FUNCTION
  bucordo.charge(int4), bucordo.charge_scan(text, int4), bucordo.check_size(int4), bucordo.check_array(anyarray),
  bucordo.check_digits(int4), bucordo.check_nesting(jsonb), bucordo.units_left(), bucordo.charge_work(numeric, int4)
  TO bucordo_contract;
