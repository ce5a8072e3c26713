CREATE FUNCTION price_list.publish(article text, valid_from date, price numeric, currency text, quantities int4[], percents numeric[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO price_list.entry (article, valid_from, price, currency)
  VALUES (publish.article, publish.valid_from, publish.price, publish.currency);
  DELETE FROM price_list.discount AS d WHERE d.article = publish.article;
  FOR i IN 1 .. coalesce(array_length(quantities, 1), 0) LOOP
    INSERT INTO price_list.discount VALUES (publish.article, quantities[i], percents[i]);
  END LOOP;
END
$$;

CREATE FUNCTION price_list.price_at(article text, day date) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  found_price numeric;
BEGIN
  SELECT e.price INTO found_price
  FROM price_list.entry AS e
  WHERE e.article = price_at.article AND e.valid_from <= day
  ORDER BY e.valid_from DESC
  LIMIT 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no price for % on %', article, day::text USING ERRCODE = 'BC202';
  END IF;
  RETURN found_price;
END
$$;

CREATE FUNCTION price_list.quote(articles text[], quantities int4[], day date) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  total numeric(16,2) := 0;
  line numeric(16,2);
  off numeric;
  lines jsonb := '[]';
BEGIN
  FOR i IN 1 .. cardinality(articles) LOOP
    SELECT max(d.percent) INTO off FROM price_list.discount AS d
    WHERE d.article = articles[i] AND d.quantity <= quantities[i];
    line := round(price_list.price_at(articles[i], day) * quantities[i] * (100 - coalesce(off, 0)) / 100, 2);
    total := total + line;
    lines := lines || jsonb_build_object('article', articles[i], 'amount', line);
  END LOOP;
  RETURN jsonb_build_object('lines', lines, 'total', total);
END
$$;

-- {"A1": {"from": "2026-01-01", "price": "1.25"}, …}; prices that are there already are replaced.
CREATE FUNCTION price_list.import_prices(prices jsonb, valid_from date, currency text) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  one record;
  count_of int4 := 0;
BEGIN
  FOR one IN SELECT p.key, p.value FROM jsonb_each_text(prices) AS p ORDER BY p.key LOOP
    IF one.value !~ '^[0-9]{1,8}(\.[0-9]{1,4})?$' THEN
      RAISE EXCEPTION 'the price of % is not a number: %', one.key, one.value USING ERRCODE = 'BC301';
    END IF;
    INSERT INTO price_list.entry AS e (article, valid_from, price, currency)
    VALUES (one.key, import_prices.valid_from, bucordo.decimal_number(one.value), import_prices.currency)
    ON CONFLICT ON CONSTRAINT entry_pkey DO UPDATE SET price = excluded.price, currency = excluded.currency;
    count_of := count_of + 1;
  END LOOP;
  RETURN count_of;
END
$$;
