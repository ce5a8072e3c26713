CREATE FUNCTION library.add_copy(barcode int8, isbn text, title text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  digit_sum int4 := 0;
  weight int4 := 1;
BEGIN
  FOR i IN 1 .. 13 LOOP
    digit_sum := digit_sum + weight * bucordo.whole_number(substr(isbn, i, 1))::int4;
    weight := 4 - weight;
  END LOOP;
  IF mod(digit_sum, 10) <> 0 THEN
    RAISE EXCEPTION 'ISBN % has a wrong check digit', isbn USING ERRCODE = 'BC301';
  END IF;
  INSERT INTO library.copy (barcode, isbn, title) VALUES (add_copy.barcode, add_copy.isbn, add_copy.title);
EXCEPTION WHEN invalid_text_representation THEN
  RAISE EXCEPTION 'ISBN % is not 13 digits', isbn USING ERRCODE = 'BC302';
END
$$;

CREATE FUNCTION library.lend(barcode int8, reader text, day date) RETURNS date
LANGUAGE plpgsql AS $$
DECLARE
  book text;
  first_reader text;
  first_place int8;
  loans int8;
BEGIN
  SELECT c.isbn INTO book FROM library.copy AS c WHERE c.barcode = lend.barcode;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no copy %', barcode USING ERRCODE = 'BC202';
  END IF;
  SELECT count(*) INTO loans FROM library.loan AS l WHERE l.reader = lend.reader AND l.returned IS NULL;
  IF loans >= 5 THEN
    RAISE EXCEPTION '% has % books', reader, loans USING ERRCODE = 'BC303';
  END IF;
  SELECT r.place, r.reader INTO first_place, first_reader
  FROM library.reservation AS r WHERE r.isbn = book ORDER BY r.place LIMIT 1;
  IF first_reader <> reader THEN
    RAISE EXCEPTION 'the next reader is %', first_reader USING ERRCODE = 'BC304';
  ELSIF first_place IS NOT NULL THEN
    DELETE FROM library.reservation AS r WHERE r.isbn = book AND r.place = first_place;
  END IF;
  INSERT INTO library.loan (barcode, since, reader, due) VALUES (lend.barcode, day, lend.reader, day + 28);
  RETURN day + 28;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'copy % is lent', barcode USING ERRCODE = 'BC401';
END
$$;

CREATE FUNCTION library.give_back(barcode int8, day date) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  fine numeric;
BEGIN
  UPDATE library.loan AS l
  SET returned = day, fine = CASE WHEN day > l.due THEN least(20.00, 0.25 * (day - l.due)) ELSE 0 END
  WHERE l.barcode = give_back.barcode AND l.returned IS NULL
  RETURNING l.fine INTO fine;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'copy % is not lent', barcode USING ERRCODE = 'BC401';
  END IF;
  RETURN fine;
END
$$;

CREATE FUNCTION library.reserve(isbn text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM library.copy AS c WHERE c.isbn = reserve.isbn) THEN
    RAISE EXCEPTION 'no copy of %', isbn USING ERRCODE = 'BC202';
  END IF;
  INSERT INTO library.reservation (isbn, place, reader) VALUES (reserve.isbn, bucordo.position(), bucordo.caller());
END
$$;

CREATE FUNCTION library.loans_of(reader text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  titles text;
BEGIN
  SELECT string_agg(c.title, '; ' ORDER BY l.due, l.barcode, l.since, c.title) INTO titles
  FROM library.loan AS l
  JOIN library.copy AS c ON c.barcode = l.barcode
  WHERE l.reader = loans_of.reader AND l.returned IS NULL;
  RETURN coalesce(titles, '');
END
$$;
