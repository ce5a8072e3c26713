CREATE FUNCTION accounts.add_account(code text, parent text, title text, kind text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  level int4 := 0;
  shown text;
BEGIN
  IF parent IS NOT NULL THEN
    SELECT a.depth + 1 INTO STRICT level FROM accounts.account AS a WHERE a.code = add_account.parent;
  END IF;
  INSERT INTO accounts.account AS a (code, parent, title, kind, depth)
  VALUES (add_account.code, add_account.parent, add_account.title, add_account.kind, level)
  RETURNING a.label INTO shown;
  RETURN shown;
EXCEPTION
  WHEN no_data_found THEN
    RAISE EXCEPTION 'no account %', parent USING ERRCODE = 'BC202';
  WHEN unique_violation THEN
    RAISE EXCEPTION 'account % exists already', code USING ERRCODE = 'BC201';
  WHEN check_violation THEN
    RAISE EXCEPTION 'account % cannot be of the kind % below %', code, kind, parent USING ERRCODE = 'BC301';
END
$$;

-- The codes from an account up to the root, the nearest first; the depth of a tree bounds it.
CREATE FUNCTION accounts.ancestors(first text) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found_codes text[] := '{}';
  current text := first;
BEGIN
  WHILE current IS NOT NULL LOOP
    IF current = ANY (found_codes) OR cardinality(found_codes) > 10 THEN
      RAISE EXCEPTION 'account % is below itself', first USING ERRCODE = 'BC302';
    END IF;
    found_codes := array_append(found_codes, current);
    SELECT a.parent INTO current FROM accounts.account AS a WHERE a.code = current;
  END LOOP;
  RETURN found_codes;
END
$$;

CREATE FUNCTION accounts.change_sums(codes text[], difference numeric) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  each text;
BEGIN
  FOREACH each IN ARRAY codes LOOP
    UPDATE accounts.account AS a SET below_sum = a.below_sum + difference WHERE a.code = each;
  END LOOP;
END
$$;

CREATE FUNCTION accounts.move_account(code text, new_parent text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  moved accounts.account;
  above text[];
BEGIN
  SELECT a.* INTO STRICT moved FROM accounts.account AS a WHERE a.code = move_account.code;
  above := accounts.ancestors(new_parent);
  IF code = ANY (above) THEN
    RAISE EXCEPTION 'account % would be below itself', code USING ERRCODE = 'BC302';
  END IF;
  PERFORM accounts.change_sums(accounts.ancestors(moved.parent), -moved.whole_sum);
  UPDATE accounts.account AS a SET parent = new_parent, depth = cardinality(above) WHERE a.code = moved.code;
  PERFORM accounts.change_sums(above, moved.whole_sum);
EXCEPTION WHEN no_data_found THEN
  RAISE EXCEPTION 'no account %', code USING ERRCODE = 'BC202';
END
$$;

CREATE FUNCTION accounts.post_entry(entry_id int8, code text, booked date, debit numeric, credit numeric) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  difference numeric;
  parent text;
BEGIN
  INSERT INTO accounts.entry AS e (entry_id, code, booked, debit, credit)
  VALUES (post_entry.entry_id, post_entry.code, post_entry.booked, post_entry.debit, post_entry.credit)
  RETURNING e.amount INTO difference;
  UPDATE accounts.account AS a SET own_sum = a.own_sum + difference WHERE a.code = post_entry.code
  RETURNING a.parent INTO parent;
  PERFORM accounts.change_sums(accounts.ancestors(parent), difference);
  RETURN difference;
EXCEPTION
  WHEN foreign_key_violation THEN
    RAISE EXCEPTION 'no account %', code USING ERRCODE = 'BC202';
  WHEN check_violation THEN
    RAISE EXCEPTION 'entry % cannot be booked', entry_id USING ERRCODE = 'BC303';
END
$$;

CREATE FUNCTION accounts.balance(code text) RETURNS numeric
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT a.whole_sum FROM accounts.account AS a WHERE a.code = balance.code);
END
$$;

CREATE FUNCTION accounts.path(code text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN array_to_string(accounts.ancestors(code), ' < ');
END
$$;
