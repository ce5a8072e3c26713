CREATE FUNCTION warranty.register_device(serial text, model text, sold_on date, covered int4) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO warranty.device VALUES (register_device.serial, register_device.model, bucordo.member(), register_device.sold_on, register_device.covered);
EXCEPTION WHEN unique_violation OR check_violation THEN
  RAISE EXCEPTION 'device % cannot be registered', serial USING ERRCODE = 'BC201';
END
$$;

CREATE FUNCTION warranty.claim(serial text, fault text, claimed_on date, photos bytea[]) RETURNS int8
LANGUAGE plpgsql AS $$
DECLARE
  number int8 := bucordo.position();
  device record;
  open_claims int8;
BEGIN
  SELECT d.sold_on, d.covered INTO STRICT device FROM warranty.device AS d WHERE d.serial = claim.serial;
  IF claimed_on < device.sold_on OR claimed_on - device.sold_on > device.covered THEN
    RAISE EXCEPTION 'device %: sold on %, covered for % days, claimed on %', serial, device.sold_on::text, device.covered, claimed_on::text
      USING ERRCODE = 'BC301', DETAIL = 'the warranty is over or has not begun';
  END IF;
  SELECT count(*) INTO open_claims FROM warranty.claim AS c WHERE c.serial = claim.serial AND c.verdict = 'open';
  IF open_claims > 0 THEN
    RAISE EXCEPTION 'there is an open claim for % already', serial USING ERRCODE = 'BC201';
  END IF;
  INSERT INTO warranty.claim (claim_id, serial, fault, photos, claimed_on)
  VALUES (number, claim.serial, claim.fault, coalesce(claim.photos, '{}'), claim.claimed_on);
  RETURN number;
EXCEPTION WHEN no_data_found THEN
  RAISE EXCEPTION 'no device %', serial USING ERRCODE = 'BC202';
END
$$;

CREATE FUNCTION warranty.assess(claim_id int8, verdict text, cost numeric) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  maker text;
BEGIN
  SELECT d.maker INTO maker
  FROM warranty.claim AS c JOIN warranty.device AS d ON d.serial = c.serial
  WHERE c.claim_id = assess.claim_id;
  IF maker IS DISTINCT FROM bucordo.member() THEN
    RAISE EXCEPTION 'only the maker assesses a claim' USING ERRCODE = 'BC101';
  END IF;
  UPDATE warranty.claim AS c SET verdict = assess.verdict, cost = assess.cost
  WHERE c.claim_id = assess.claim_id AND c.verdict = 'open';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'claim % is assessed already', claim_id USING ERRCODE = 'BC401';
  END IF;
END
$$;

CREATE FUNCTION warranty.totals() RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  row_of record;
  answer jsonb := '{}';
BEGIN
  FOR row_of IN
    SELECT d.model, count(*) AS claims, sum(c.cost) AS cost
    FROM warranty.claim AS c JOIN warranty.device AS d ON d.serial = c.serial
    WHERE c.verdict <> 'refused'
    GROUP BY d.model
    HAVING count(*) > 0
    ORDER BY d.model, claims, cost
  LOOP
    answer := jsonb_set(answer, ARRAY[row_of.model], jsonb_build_array(row_of.claims, row_of.cost));
  END LOOP;
  RETURN answer;
END
$$;
