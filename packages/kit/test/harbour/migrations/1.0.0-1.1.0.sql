ALTER TABLE harbour.berth ADD COLUMN depth numeric(6, 2);
UPDATE harbour.berth AS b SET depth = bucordo.decimal_number(b.draught);
ALTER TABLE harbour.berth DROP COLUMN draught;
ALTER TABLE harbour.berth ADD COLUMN draught numeric(6, 2);
UPDATE harbour.berth AS b SET draught = b.depth;
ALTER TABLE harbour.berth DROP COLUMN depth;
