-- BC101 not yours   BC201 exists   BC202 unknown   BC301 quantity   BC302 not enough on stock

CREATE FUNCTION inventory.book(in_warehouse text, in_sku text, change numeric, why text) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  rest numeric;
  now_at timestamptz := bucordo.block_time();
  me text := bucordo.caller();
BEGIN
  UPDATE inventory.stock AS s SET quantity = s.quantity + change
  WHERE s.warehouse = in_warehouse AND s.sku = in_sku
  RETURNING s.quantity INTO rest;
  IF NOT FOUND THEN
    INSERT INTO inventory.stock (warehouse, sku, quantity) VALUES (in_warehouse, in_sku, change);
    rest := change;
  END IF;
  INSERT INTO inventory.movement (movement_id, warehouse, sku, quantity, reason, booked_by, booked_at)
  VALUES (bucordo.new_id(), in_warehouse, in_sku, change, why, me, now_at);
  RETURN rest;
END
$$;

CREATE FUNCTION inventory.require_owner(in_warehouse text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  holder text;
BEGIN
  SELECT w.owner INTO holder FROM inventory.warehouse AS w WHERE w.code = in_warehouse;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no warehouse %', in_warehouse USING ERRCODE = 'BC202';
  END IF;
  IF holder <> bucordo.member() THEN
    RAISE EXCEPTION 'warehouse % belongs to %', in_warehouse, holder USING ERRCODE = 'BC101';
  END IF;
END
$$;

CREATE FUNCTION inventory.add_warehouse(code text, city text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO inventory.warehouse (code, owner, city) VALUES (add_warehouse.code, bucordo.member(), add_warehouse.city);
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'warehouse % exists already', code USING ERRCODE = 'BC201';
END
$$;

CREATE FUNCTION inventory.add_article(sku text, title text, unit text, minimum numeric, attributes jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO inventory.article AS a (sku, title, unit, minimum, attributes)
  VALUES (add_article.sku, add_article.title, add_article.unit, add_article.minimum, coalesce(add_article.attributes, '{}'))
  ON CONFLICT ON CONSTRAINT article_pkey DO UPDATE
  SET title = excluded.title, unit = excluded.unit, minimum = excluded.minimum, attributes = a.attributes || excluded.attributes;
END
$$;

CREATE FUNCTION inventory.receive(warehouse text, sku text, quantity numeric) RETURNS numeric
LANGUAGE plpgsql AS $$
BEGIN
  IF quantity <= 0 OR quantity IS NULL THEN
    RAISE EXCEPTION 'a receipt of %', quantity USING ERRCODE = 'BC301';
  END IF;
  PERFORM inventory.require_owner(warehouse);
  PERFORM 1 FROM inventory.article AS a WHERE a.sku = receive.sku;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no article %', sku USING ERRCODE = 'BC202';
  END IF;
  RETURN inventory.book(warehouse, sku, quantity, 'receipt');
END
$$;

CREATE FUNCTION inventory.issue(warehouse text, sku text, quantity numeric) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  present numeric;
BEGIN
  IF quantity <= 0 THEN
    RAISE EXCEPTION 'an issue of %', quantity USING ERRCODE = 'BC301';
  END IF;
  PERFORM inventory.require_owner(warehouse);
  SELECT s.quantity INTO present FROM inventory.stock AS s
  WHERE s.warehouse = issue.warehouse AND s.sku = issue.sku;
  IF coalesce(present, 0) < quantity THEN
    RAISE EXCEPTION '% of % wanted, % on stock in %', quantity, sku, coalesce(present, 0), warehouse
      USING ERRCODE = 'BC302';
  END IF;
  RETURN inventory.book(warehouse, sku, -quantity, 'issue');
END
$$;

CREATE FUNCTION inventory.transfer(source text, target text, skus text[], quantities numeric[]) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  present numeric;
  moved int4 := 0;
BEGIN
  IF cardinality(skus) <> cardinality(quantities) OR cardinality(skus) = 0 THEN
    RAISE EXCEPTION 'lists of different length' USING ERRCODE = 'BC301';
  END IF;
  PERFORM inventory.require_owner(source);
  FOR i IN 1 .. cardinality(skus) LOOP
    CONTINUE WHEN quantities[i] = 0;
    SELECT s.quantity INTO present FROM inventory.stock AS s WHERE s.warehouse = source AND s.sku = skus[i];
    IF NOT FOUND OR present < quantities[i] THEN
      RAISE EXCEPTION 'not enough % in %', skus[i], source USING ERRCODE = 'BC302';
    END IF;
    PERFORM inventory.book(source, skus[i], -quantities[i], 'transfer');
    PERFORM inventory.book(target, skus[i], quantities[i], 'transfer');
    moved := moved + 1;
  END LOOP;
  RETURN moved;
END
$$;

CREATE FUNCTION inventory.stock_take(warehouse text, counted jsonb) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  line record;
  actual numeric;
  corrections int4 := 0;
BEGIN
  PERFORM inventory.require_owner(warehouse);
  FOR line IN
    SELECT s.sku, s.quantity FROM inventory.stock AS s
    WHERE s.warehouse = stock_take.warehouse ORDER BY s.sku
  LOOP
    actual := coalesce(bucordo.decimal_number(counted ->> line.sku), 0);
    IF actual <> line.quantity THEN
      PERFORM inventory.book(warehouse, line.sku, actual - line.quantity, 'count');
      corrections := corrections + 1;
    END IF;
  END LOOP;
  RETURN corrections;
END
$$;

CREATE FUNCTION inventory.stock_of(sku text) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  total numeric;
BEGIN
  SELECT coalesce(sum(s.quantity), 0) INTO total FROM inventory.stock AS s WHERE s.sku = stock_of.sku;
  RETURN total;
END
$$;
