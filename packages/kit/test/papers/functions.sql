CREATE FUNCTION papers.keep(paper_id int8, body jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO papers.paper (paper_id, body) VALUES (keep.paper_id, keep.body);
  RETURN keep.body;
END
$$;

CREATE FUNCTION papers.keep_all(bodies jsonb[]) RETURNS numeric
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO papers.paper (paper_id, body) VALUES (100, bodies[1]), (101, bodies[2]);
  RETURN 12.50;
END
$$;

CREATE FUNCTION papers.count(papers int8) RETURNS int8
LANGUAGE plpgsql AS $$
BEGIN
  RETURN papers + 9007199254740992;
END
$$;
