CREATE FUNCTION framework.conclude(agreement_id int4, supplier text, starts date, ends date, value_max numeric, items jsonb) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  item record;
  count_of int4 := 0;
BEGIN
  INSERT INTO framework.agreement (agreement_id, buyer, supplier, starts, ends, value_max)
  VALUES (conclude.agreement_id, bucordo.member(), conclude.supplier, conclude.starts, conclude.ends, conclude.value_max);
  FOR item IN
    SELECT e.ordinality AS place, e.value ->> 'article' AS article, e.value ->> 'price' AS price, e.value ->> 'quantity' AS quantity
    FROM jsonb_array_elements(items) WITH ORDINALITY AS e
    ORDER BY e.ordinality
  LOOP
    IF item.price IS NULL OR item.quantity IS NULL OR item.price !~ '^[0-9]+(\.[0-9]+)?$' OR item.quantity !~ '^[0-9]{1,8}$' THEN
      RAISE EXCEPTION 'item % is not complete', item.place USING ERRCODE = 'BC301';
    END IF;
    INSERT INTO framework.item (agreement_id, article, price, quantity_max)
    VALUES (conclude.agreement_id, item.article, bucordo.decimal_number(item.price), bucordo.whole_number(item.quantity)::int4);
    count_of := count_of + 1;
  END LOOP;
  RETURN count_of;
END
$$;

CREATE FUNCTION framework.call_off(agreement_id int4, article text, quantity int4, wanted_on date) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  agreement framework.agreement;
  unit_price numeric;
  used numeric;
  new_value numeric(16,2);
  number uuid := bucordo.new_id();
BEGIN
  SELECT * INTO agreement FROM framework.agreement AS a WHERE a.agreement_id = call_off.agreement_id;
  IF agreement.agreement_id IS NULL THEN
    RAISE EXCEPTION 'no agreement %', agreement_id USING ERRCODE = 'BC202';
  END IF;
  IF wanted_on NOT BETWEEN agreement.starts AND agreement.ends THEN
    RAISE EXCEPTION 'agreement % does not cover %', agreement_id, wanted_on::text USING ERRCODE = 'BC302';
  END IF;
  UPDATE framework.item AS i SET called = i.called + quantity
  WHERE i.agreement_id = call_off.agreement_id AND i.article = call_off.article
  RETURNING i.price INTO unit_price;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'agreement % has no item %', agreement_id, article USING ERRCODE = 'BC202';
  END IF;
  new_value := round(unit_price * quantity, 2);
  SELECT coalesce(sum(c.value), 0) INTO used FROM framework.call_off AS c WHERE c.agreement_id = call_off.agreement_id;
  IF used + new_value > agreement.value_max THEN
    RAISE EXCEPTION 'agreement %: % called off, % more exceed %', agreement_id, used, new_value, agreement.value_max
      USING ERRCODE = 'BC303';
  END IF;
  INSERT INTO framework.call_off (call_id, agreement_id, article, quantity, wanted_on, value)
  VALUES (number, call_off.agreement_id, call_off.article, call_off.quantity, call_off.wanted_on, new_value);
  RETURN number;
EXCEPTION WHEN check_violation THEN
  RAISE EXCEPTION 'not so many of % are left', article USING ERRCODE = 'BC304';
END
$$;

CREATE FUNCTION framework.deliver(call_id uuid, quantity int4) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  supplier text;
  rest int4;
BEGIN
  SELECT a.supplier INTO supplier
  FROM framework.call_off AS c
  JOIN framework.agreement AS a ON a.agreement_id = c.agreement_id
  WHERE c.call_id = deliver.call_id;
  IF supplier IS DISTINCT FROM bucordo.member() THEN
    RAISE EXCEPTION 'the supplier delivers' USING ERRCODE = 'BC101';
  END IF;
  UPDATE framework.call_off AS c SET delivered = c.delivered + deliver.quantity
  WHERE c.call_id = deliver.call_id
  RETURNING c.quantity - c.delivered INTO rest;
  RETURN rest;
EXCEPTION WHEN check_violation THEN
  RAISE EXCEPTION 'more than was called off' USING ERRCODE = 'BC305';
END
$$;

CREATE FUNCTION framework.statement(agreement_id int4) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb;
BEGIN
  WITH lines AS (
    SELECT i.article, i.called, coalesce(sum(c.delivered), 0) AS delivered, coalesce(sum(c.value), 0) AS value
    FROM framework.item AS i
    LEFT JOIN framework.call_off AS c ON c.agreement_id = i.agreement_id AND c.article = i.article
    WHERE i.agreement_id = statement.agreement_id
    GROUP BY i.agreement_id, i.article
  )
  SELECT jsonb_agg(jsonb_build_object('article', l.article, 'called', l.called, 'delivered', l.delivered, 'value', l.value) ORDER BY l.article)
  INTO answer FROM lines AS l;
  RETURN coalesce(answer, '[]');
END
$$;
