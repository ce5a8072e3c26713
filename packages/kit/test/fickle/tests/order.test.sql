-- identity one/ann class trader
-- as one/ann
SELECT fickle.add_item(1, 'a');
SELECT fickle.add_item(2, 'a');

-- test: picks the first
SELECT fickle.pick('a');

-- test: lists in some order
SELECT fickle.list('a');

-- test: says something wrong
SELECT count(*) = 3 FROM fickle.item;

-- test: is right
SELECT count(*) = 2 FROM fickle.item;

-- test: asks for what is not there
SELECT count(*) = 2 FROM fickle.nothing;
