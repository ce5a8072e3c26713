-- The first day of the month, some months later.
CREATE FUNCTION leases.month_later(first date, count int4) RETURNS date
LANGUAGE plpgsql AS $$
DECLARE
  months int4 := extract(year FROM first)::int4 * 12 + extract(month FROM first)::int4 - 1 + count;
BEGIN
  RETURN make_date(months / 12, months % 12 + 1, 1);
END
$$;

CREATE FUNCTION leases.sign_lease(lease_id int8, premises text, tenant text, begins date, months int4, rent numeric) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  total numeric := 0;
BEGIN
  IF tenant = bucordo.member() THEN
    RAISE EXCEPTION 'nobody lets to himself' USING ERRCODE = 'BC103';
  END IF;
  INSERT INTO leases.lease (lease_id, premises, landlord, tenant, begins, months, rent)
  VALUES (sign_lease.lease_id, sign_lease.premises, bucordo.member(), sign_lease.tenant, sign_lease.begins, sign_lease.months, sign_lease.rent);
  FOR m IN 1 .. months LOOP
    INSERT INTO leases.rent_due (lease_id, month, due, amount)
    VALUES (sign_lease.lease_id, m, leases.month_later(begins, m - 1), rent);
    total := total + rent;
  END LOOP;
  RETURN total;
EXCEPTION
  WHEN unique_violation THEN
    RAISE EXCEPTION 'lease % exists already', lease_id USING ERRCODE = 'BC201';
  WHEN check_violation THEN
    RAISE EXCEPTION 'lease % cannot have % months at %', lease_id, months, rent USING ERRCODE = 'BC301';
END
$$;

-- Spends a payment on the oldest open months; answers with what is left over.
CREATE FUNCTION leases.pay_rent(lease_id int8, amount numeric) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  due record;
  rest numeric := amount;
  part numeric;
BEGIN
  FOR due IN
    SELECT d.month, d.amount, d.paid FROM leases.rent_due AS d
    WHERE d.lease_id = pay_rent.lease_id AND d.paid < d.amount
    ORDER BY d.month
  LOOP
    EXIT WHEN rest <= 0;
    part := least(rest, due.amount - due.paid);
    UPDATE leases.rent_due AS d SET paid = d.paid + part
    WHERE d.lease_id = pay_rent.lease_id AND d.month = due.month;
    rest := rest - part;
  END LOOP;
  RETURN rest;
END
$$;

CREATE FUNCTION leases.raise_rent(lease_id int8, percent numeric, from_month int4) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  changed int4;
  landlord text;
BEGIN
  IF percent <= 0 OR percent > 20 THEN
    RAISE EXCEPTION 'at most 20 percent at a time, not %', percent USING ERRCODE = 'BC301';
  END IF;
  SELECT l.landlord INTO STRICT landlord FROM leases.lease AS l WHERE l.lease_id = raise_rent.lease_id;
  IF landlord <> bucordo.member() THEN
    RAISE EXCEPTION 'only % may raise the rent', landlord USING ERRCODE = 'BC101';
  END IF;
  UPDATE leases.rent_due AS d SET amount = round(d.amount * (100 + percent) / 100, 2)
  WHERE d.lease_id = raise_rent.lease_id AND d.month >= from_month AND d.paid = 0;
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed;
EXCEPTION WHEN no_data_found THEN
  RAISE EXCEPTION 'no lease %', lease_id USING ERRCODE = 'BC202';
END
$$;

CREATE FUNCTION leases.terminate(lease_id int8, last_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE leases.lease AS l SET terminated = last_day
  WHERE l.lease_id = terminate.lease_id AND l.terminated IS NULL AND l.begins <= last_day;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'lease % cannot end on %', lease_id, last_day::text USING ERRCODE = 'BC401';
  END IF;
  DELETE FROM leases.rent_due AS d WHERE d.lease_id = terminate.lease_id AND d.due > last_day AND d.paid = 0;
END
$$;

CREATE FUNCTION leases.arrears(lease_id int8, today date) RETURNS numeric
LANGUAGE plpgsql AS $$
BEGIN
  RETURN (
    SELECT coalesce(sum(d.amount - d.paid), 0) FROM leases.rent_due AS d
    WHERE d.lease_id = arrears.lease_id AND d.due <= today
  );
END
$$;
