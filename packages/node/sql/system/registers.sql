-- Registers: two sequences that only their owner may touch, so that a contract can neither read nor
-- forge them (a setting could be forged by any role). Unlogged, because a value means nothing after
-- the block that set it.

-- Position of the transaction that runs. Set by the dispatcher, read by triggers and context functions.
CREATE UNLOGGED SEQUENCE bucordo.context MINVALUE 0 START 0;

-- Counts the bytes that a transaction writes: those of its rows as they stand in the history, and of its
-- result. Set for each transaction so that its end is reached when the transaction, or the block with it,
-- has written as much as it may; then SQLSTATE 22003. The end is set when the genesis is installed.
CREATE UNLOGGED SEQUENCE bucordo.bytes MINVALUE 0 START 0;

-- Counts what a transaction writes; set back for each transaction. The limit is the maximum value:
-- rows and drawn ids per transaction up to the limit of the network (budget.sql), then SQLSTATE 2200H.
CREATE UNLOGGED SEQUENCE bucordo.rows AS int4 MINVALUE 1 MAXVALUE 10000 NO CYCLE;
