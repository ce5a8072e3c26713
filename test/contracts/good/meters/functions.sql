CREATE FUNCTION meters.install(meter_no text, digits int2, day date, value numeric) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO meters.meter VALUES (install.meter_no, bucordo.member(), install.digits);
  INSERT INTO meters.reading (meter_no, read_on, value) VALUES (install.meter_no, install.day, install.value);
END
$$;

CREATE FUNCTION meters.previous(of_meter text, day date) RETURNS meters.reading
LANGUAGE plpgsql AS $$
DECLARE
  last meters.reading;
BEGIN
  SELECT r.* INTO last FROM meters.reading AS r
  WHERE r.meter_no = of_meter AND r.read_on < day
  ORDER BY r.read_on DESC LIMIT 1;
  RETURN last;
END
$$;

-- Consumption since the last reading; a meter that ran over its digits counts on from zero.
CREATE FUNCTION meters.read_meter(meter_no text, day date, value numeric) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  meter meters.meter;
  last meters.reading;
  span numeric;
BEGIN
  SELECT * INTO meter FROM meters.meter AS m WHERE m.meter_no = read_meter.meter_no;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no meter %', meter_no USING ERRCODE = 'BC202';
  END IF;
  last := meters.previous(meter_no, day);
  IF last.meter_no IS NULL THEN
    RAISE EXCEPTION 'the meter was installed later' USING ERRCODE = 'BC301';
  END IF;
  span := bucordo.decimal_number(rpad('1', least(meter.digits + 1, 10), '0'));
  INSERT INTO meters.reading (meter_no, read_on, value) VALUES (read_meter.meter_no, read_meter.day, read_meter.value);
  RETURN CASE WHEN value >= last.value THEN value - last.value ELSE span - last.value + value END;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'meter % was read on % already', meter_no, day::text USING ERRCODE = 'BC201';
END
$$;

CREATE FUNCTION meters.read_many(meter_nos text[], day date, readings numeric[]) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  total numeric := 0;
  i int4 := 1;
BEGIN
  WHILE i <= cardinality(meter_nos) LOOP
    total := total + meters.read_meter(meter_nos[i], day, readings[i]);
    i := i + 1;
  END LOOP;
  RETURN total;
END
$$;

CREATE FUNCTION meters.set_tariff(limits numeric[], prices numeric[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM meters.tariff_step;
  FOR i IN 1 .. cardinality(prices) LOOP
    INSERT INTO meters.tariff_step (step, up_to, price) VALUES (i, limits[i], prices[i]);
  END LOOP;
END
$$;

CREATE FUNCTION meters.bill(meter_no text, from_day date, to_day date) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  used numeric;
  lower numeric := 0;
  part numeric;
  amount numeric := 0;
  step record;
BEGIN
  SELECT max(r.value) - min(r.value) INTO used FROM meters.reading AS r
  WHERE r.meter_no = bill.meter_no AND r.read_on BETWEEN from_day AND to_day;
  IF used IS NULL THEN
    RAISE EXCEPTION 'no readings between % and %', from_day::text, to_day::text USING ERRCODE = 'BC202';
  END IF;
  FOR step IN SELECT t.step, t.up_to, t.price FROM meters.tariff_step AS t ORDER BY t.step LOOP
    part := greatest(least(used, coalesce(step.up_to, used)) - lower, 0);
    amount := amount + part * step.price;
    lower := coalesce(step.up_to, used);
  END LOOP;
  RETURN round(amount, 2);
END
$$;
