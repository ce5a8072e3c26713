CREATE FUNCTION time_sheets.add_project(code text, client text, rate numeric, budget numeric) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO time_sheets.project (code, client, rate, budget)
  VALUES (add_project.code, add_project.client, add_project.rate, add_project.budget);
END
$$;

CREATE FUNCTION time_sheets.monday_of(day date) RETURNS date
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN day - (extract(isodow FROM day)::int4 - 1);
END
$$;

CREATE FUNCTION time_sheets.enter(day date, project text, hours numeric, note text) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  me text := bucordo.caller();
  first date := time_sheets.monday_of(day);
  on_day int2 := day - first;
  state text;
  total numeric;
BEGIN
  SELECT w.state INTO state FROM time_sheets.week AS w WHERE w.person = me AND w.monday = first;
  IF NOT FOUND THEN
    INSERT INTO time_sheets.week (person, monday, state) VALUES (me, first, 'draft');
  ELSIF state <> 'draft' THEN
    RAISE EXCEPTION 'the week of % is %', first::text, state USING ERRCODE = 'BC401';
  END IF;
  INSERT INTO time_sheets.hours AS h (person, monday, day, project, hours, note)
  VALUES (me, first, on_day, enter.project, enter.hours, enter.note)
  ON CONFLICT ON CONSTRAINT hours_pkey DO UPDATE SET hours = excluded.hours, note = excluded.note;
  SELECT sum(h.hours) INTO total FROM time_sheets.hours AS h WHERE h.person = me AND h.monday = first AND h.day = on_day;
  IF total > 12 THEN
    RAISE EXCEPTION '% hours on one day', total USING ERRCODE = 'BC301', HINT = 'twelve are allowed';
  END IF;
  RETURN total;
EXCEPTION WHEN foreign_key_violation THEN
  RAISE EXCEPTION 'no project %', project USING ERRCODE = 'BC202';
END
$$;

CREATE FUNCTION time_sheets.submit_week(monday date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  me text := bucordo.caller();
BEGIN
  UPDATE time_sheets.week AS w SET state = 'submitted' WHERE w.person = me AND w.monday = submit_week.monday AND w.state = 'draft';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no draft for this week' USING ERRCODE = 'BC401';
  END IF;
END
$$;

-- Approves a week and charges every project with its hours.
CREATE FUNCTION time_sheets.approve_week(person text, monday date) RETURNS numeric
LANGUAGE plpgsql AS $$
<<approval>>
DECLARE
  one record;
  amount numeric;
  total numeric := 0;
BEGIN
  IF person = bucordo.caller() THEN
    RAISE EXCEPTION 'nobody approves his own hours' USING ERRCODE = 'BC102';
  END IF;
  UPDATE time_sheets.week AS w SET state = 'approved'
  WHERE w.person = approve_week.person AND w.monday = approve_week.monday AND w.state = 'submitted';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'nothing submitted' USING ERRCODE = 'BC401';
  END IF;
  FOR one IN
    SELECT h.project, sum(h.hours) AS hours FROM time_sheets.hours AS h
    WHERE h.person = approve_week.person AND h.monday = approve_week.monday
    GROUP BY h.project ORDER BY h.project
  LOOP
    UPDATE time_sheets.project AS p SET spent = p.spent + round(one.hours * p.rate, 2)
    WHERE p.code = one.project
    RETURNING round(one.hours * p.rate, 2) INTO amount;
    approval.total := approval.total + amount;
  END LOOP;
  RETURN total;
EXCEPTION WHEN check_violation THEN
  RAISE EXCEPTION 'the budget of a project is used up' USING ERRCODE = 'BC303';
END
$$;

CREATE FUNCTION time_sheets.week(person text, monday date) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  days numeric[] := array_fill(0::numeric, ARRAY[7]);
  one record;
BEGIN
  FOR one IN
    SELECT h.day, sum(h.hours) AS hours FROM time_sheets.hours AS h
    WHERE h.person = week.person AND h.monday = week.monday GROUP BY h.day ORDER BY h.day
  LOOP
    days[one.day + 1] := one.hours;
  END LOOP;
  RETURN to_jsonb(days);
END
$$;
