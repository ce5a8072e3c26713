-- identity port/ann class port roles master

-- test: a text becomes a number
-- as port/ann
SELECT harbour.moor(1, 'Anna', '4.5');
-- upgrade
SELECT draught = 4.5 FROM harbour.berth;
-- expect value 4.50
SELECT draught FROM harbour.berth;
SELECT harbour.moor(2, 'Berta', 6.25);
-- expect 2 rows
SELECT FROM harbour.berth;
