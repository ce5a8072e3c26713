CREATE FUNCTION laboratory.define_test(code text, name text, unit text, low numeric, high numeric) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO laboratory.test (code, name, unit, low, high)
  VALUES (define_test.code, define_test.name, define_test.unit, define_test.low, define_test.high);
END
$$;

CREATE FUNCTION laboratory.flag_of(value numeric, low numeric, high numeric) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN value < low THEN 'low' WHEN value > high THEN 'high' ELSE 'normal' END;

CREATE FUNCTION laboratory.order_tests(request_id uuid, patient text, priority int2, codes text[]) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  wanted text;
  count_of int4 := 0;
BEGIN
  INSERT INTO laboratory.request (request_id, patient, priority, ordered_by, ordered_at, state)
  VALUES (order_tests.request_id, order_tests.patient, order_tests.priority, bucordo.caller(), bucordo.block_time(), 'ordered');
  FOREACH wanted IN ARRAY codes LOOP
    PERFORM 1 FROM laboratory.test AS t WHERE t.code = upper(wanted);
    IF NOT FOUND THEN
      RAISE EXCEPTION 'the laboratory does not know the test %', wanted USING ERRCODE = 'BC202';
    END IF;
    INSERT INTO laboratory.result (request_id, code) VALUES (order_tests.request_id, upper(wanted))
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
      count_of := count_of + 1;
    END IF;
  END LOOP;
  IF count_of = 0 THEN
    RAISE EXCEPTION 'an order names at least one test' USING ERRCODE = 'BC301';
  END IF;
  RETURN count_of;
END
$$;

CREATE FUNCTION laboratory.report_result(request_id uuid, code text, value numeric, details jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  test laboratory.test;
  verdict text;
BEGIN
  SELECT * INTO test FROM laboratory.test AS t WHERE t.code = report_result.code;
  verdict := laboratory.flag_of(value, test.low, test.high);
  IF details ? 'comment' AND char_length(details ->> 'comment') > 2000 THEN
    RAISE EXCEPTION 'a comment has at most 2000 characters' USING ERRCODE = 'BC302';
  END IF;
  UPDATE laboratory.result AS r
  SET value = report_result.value, flag = verdict, details = jsonb_strip_nulls(report_result.details)
  WHERE r.request_id = report_result.request_id AND r.code = report_result.code AND r.value IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no open test % in this order', code USING ERRCODE = 'BC401';
  END IF;
  PERFORM FROM laboratory.result AS r WHERE r.request_id = report_result.request_id AND r.value IS NULL;
  IF NOT FOUND THEN
    UPDATE laboratory.request AS o SET state = 'measured' WHERE o.request_id = report_result.request_id;
  END IF;
  RETURN verdict;
END
$$;

CREATE FUNCTION laboratory.release_order(request_id uuid) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  summary jsonb;
BEGIN
  UPDATE laboratory.request AS o SET state = 'released'
  WHERE o.request_id = release_order.request_id AND o.state = 'measured';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'not everything is measured' USING ERRCODE = 'BC401';
  END IF;
  SELECT jsonb_agg(jsonb_build_object('test', t.name, 'value', r.value::text || ' ' || t.unit, 'flag', r.flag) ORDER BY r.code)
  INTO summary
  FROM laboratory.result AS r
  JOIN laboratory.test AS t ON t.code = r.code
  WHERE r.request_id = release_order.request_id;
  RETURN summary;
END
$$;
