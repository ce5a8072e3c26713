-- identity office/ann class office roles clerk

-- test: a text for a jsonb parameter is JSON
-- as office/ann
-- expect value {"a": [1, "x y"], "n": 9007199254740993, "price": 12.50}
SELECT papers.keep(1, '{"n":9007199254740993, "price": 12.50,"a":[1, "x y"]}');
SELECT jsonb_typeof(p.body) = 'object' AND p.body ->> 'n' = '9007199254740993' FROM papers.paper AS p;
-- expect value {"a": [1, "x y"], "n": 9007199254740993, "price": 12.50}
SELECT p.body FROM papers.paper AS p;
SELECT papers.keep(paper_id => 2, body => (SELECT (p.body -> 'a')::text FROM papers.paper AS p));
-- expect value [1,"x y"]
SELECT p.body FROM papers.paper AS p WHERE p.paper_id = 2;

-- test: what is no text becomes JSON
-- as office/ann
-- expect value 12.50
SELECT papers.keep(1, 12.50);
-- expect value word
SELECT papers.keep(2, to_jsonb('word'::text));
-- expect value [1, 2]
SELECT papers.keep(3, ARRAY[1, 2]);
-- expect value 12.50
SELECT papers.keep_all(ARRAY['{"a":1}', '2']);
SELECT p.body = '{"a":1}' FROM papers.paper AS p WHERE p.paper_id = 100;

-- test: no number loses a digit
-- as office/ann
-- expect value 9007199254740993
SELECT papers.count(1);

-- test: a text that is no JSON
-- as office/ann
SELECT papers.keep(1, 'word');
