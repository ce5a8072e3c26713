-- A contract that the checker refuses: what it does depends on the order in which rows happen to lie.

CREATE FUNCTION fickle.add_item(item_id int4, kind text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO fickle.item (item_id, kind) VALUES (add_item.item_id, add_item.kind);
END
$$;

CREATE FUNCTION fickle.pick(kind text) RETURNS int4 LANGUAGE plpgsql AS $$
DECLARE
  found int4;
BEGIN
  SELECT i.item_id INTO found FROM fickle.item AS i WHERE i.kind = pick.kind LIMIT 1;
  UPDATE fickle.item AS i SET note = 'picked' WHERE i.item_id = found;
  RETURN found;
END
$$;

CREATE FUNCTION fickle.list(kind text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  names text;
BEGIN
  SELECT string_agg(i.item_id::text, ',') INTO names FROM fickle.item AS i WHERE i.kind = list.kind;
  UPDATE fickle.item AS i SET note = names WHERE i.item_id = 1;
END
$$;
