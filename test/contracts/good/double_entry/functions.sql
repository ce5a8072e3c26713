CREATE FUNCTION double_entry.open_account(number int4, name text, side text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO double_entry.account (number, name, side) VALUES (open_account.number, open_account.name, open_account.side);
END
$$;

-- Positive amounts are debits, negative ones credits; they add up to nothing.
CREATE FUNCTION double_entry.post(booked date, text text, accounts int4[], amounts numeric[]) RETURNS int8
LANGUAGE plpgsql AS $$
DECLARE
  entry int8 := bucordo.position();
  sum_of numeric := 0;
  amount numeric;
BEGIN
  IF cardinality(accounts) < 2 OR cardinality(accounts) <> cardinality(amounts) OR cardinality(accounts) > 500 THEN
    RAISE EXCEPTION 'an entry has 2 to 500 lines with an account and an amount each' USING ERRCODE = 'BC301';
  END IF;
  FOREACH amount IN ARRAY amounts LOOP
    IF amount IS NULL OR scale(amount) > 2 THEN
      RAISE EXCEPTION 'amounts have at most two decimals' USING ERRCODE = 'BC302';
    END IF;
    sum_of := sum_of + amount;
  END LOOP;
  IF sum_of <> 0 THEN
    RAISE EXCEPTION 'the entry is out of balance by %', sum_of USING ERRCODE = 'BC303';
  END IF;
  INSERT INTO double_entry.journal (entry_id, booked, text, booked_by)
  VALUES (entry, post.booked, post.text, bucordo.caller());
  INSERT INTO double_entry.posting (entry_id, line, account, amount)
  SELECT entry, l.place, l.account, l.amount
  FROM unnest(accounts, amounts) WITH ORDINALITY AS l (account, amount, place)
  ORDER BY l.place;
  RETURN entry;
EXCEPTION WHEN foreign_key_violation THEN
  RAISE EXCEPTION 'an account of this entry does not exist' USING ERRCODE = 'BC202';
END
$$;

CREATE FUNCTION double_entry.reverse(entry_id int8, booked date) RETURNS int8
LANGUAGE plpgsql AS $$
DECLARE
  entry int8 := bucordo.position();
BEGIN
  PERFORM FROM double_entry.journal AS j WHERE j.entry_id = reverse.entry_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no entry %', reverse.entry_id USING ERRCODE = 'BC202';
  END IF;
  INSERT INTO double_entry.journal (entry_id, booked, text, booked_by, reverses)
  VALUES (entry, reverse.booked, format('reversal of %s', reverse.entry_id), bucordo.caller(), reverse.entry_id);
  INSERT INTO double_entry.posting (entry_id, line, account, amount)
  SELECT entry, p.line, p.account, -p.amount
  FROM double_entry.posting AS p WHERE p.entry_id = reverse.entry_id
  ORDER BY p.line;
  RETURN entry;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'entry % was reversed before', reverse.entry_id USING ERRCODE = 'BC201';
END
$$;

CREATE FUNCTION double_entry.balance(account int4) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  result numeric;
  side text;
BEGIN
  SELECT a.side INTO side FROM double_entry.account AS a WHERE a.number = balance.account;
  IF side IS NULL THEN
    RAISE EXCEPTION 'no account %', account USING ERRCODE = 'BC202';
  END IF;
  SELECT coalesce(sum(p.amount), 0) INTO result FROM double_entry.posting AS p WHERE p.account = balance.account;
  RETURN CASE side WHEN 'debit' THEN result ELSE -result END;
END
$$;

CREATE FUNCTION double_entry.trial_balance() RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  list jsonb;
BEGIN
  SELECT jsonb_object_agg(t.number::text, t.total ORDER BY t.number) INTO list
  FROM (
    SELECT a.number, coalesce(sum(p.amount), 0) AS total
    FROM double_entry.account AS a
    LEFT JOIN double_entry.posting AS p ON p.account = a.number
    GROUP BY a.number
  ) AS t;
  RETURN coalesce(list, '{}');
END
$$;
