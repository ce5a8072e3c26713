-- Registers: two sequences that only their owner may touch, so that a contract can neither read nor
-- forge them (a setting could be forged by any role). Unlogged, because a value means nothing after
-- the block that set it.

-- Position of the transaction that runs. Set by the dispatcher, read by triggers and context functions.
CREATE UNLOGGED SEQUENCE bucordo.context MINVALUE 0 START 0;

-- Counts what a transaction writes; set back for each transaction. The limit is the maximum value:
-- rows and drawn ids per transaction up to the limit of the network (budget.sql), then SQLSTATE 2200H.
CREATE UNLOGGED SEQUENCE bucordo.rows AS int4 MINVALUE 1 MAXVALUE 10000 NO CYCLE;
