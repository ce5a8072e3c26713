-- identity port/ann class port roles master

-- test: ships with a draught
-- as port/ann
SELECT harbour.moor(1, 'Anna', '4.50');
SELECT harbour.moor(2, 'Berta', '6.00');

-- test: a ship that did not say how deep it lies
-- as port/ann
SELECT harbour.moor(1, 'Clara', 'deep');
