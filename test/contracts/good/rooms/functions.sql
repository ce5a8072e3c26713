CREATE FUNCTION rooms.add_room(room_no int4, beds int4, rate numeric) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  share numeric;
BEGIN
  INSERT INTO rooms.room AS r (room_no, beds, rate) VALUES (add_room.room_no, add_room.beds, add_room.rate)
  RETURNING r.per_bed INTO share;
  RETURN share;
EXCEPTION
  WHEN division_by_zero OR check_violation THEN
    RAISE EXCEPTION 'no room has % beds', beds USING ERRCODE = 'BC301';
END
$$;

-- Whether another booking of the room has a night in common.
CREATE FUNCTION rooms.is_taken(in_room int4, from_day date, to_day date, besides int8) RETURNS bool
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM rooms.booking AS b
    WHERE b.room_no = in_room AND NOT b.cancelled AND b.booking_id <> besides AND b.arrival < to_day AND b.departure > from_day
  );
END
$$;

CREATE FUNCTION rooms.book(booking_id int8, room_no int4, guests int4, arrival date, departure date) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  chosen rooms.room;
  stay rooms.booking;
BEGIN
  SELECT r.* INTO STRICT chosen FROM rooms.room AS r WHERE r.room_no = book.room_no;
  IF guests > chosen.beds THEN
    RAISE EXCEPTION 'room % has % beds', room_no, chosen.beds USING ERRCODE = 'BC302';
  END IF;
  IF rooms.is_taken(room_no, arrival, departure, 0) THEN
    RAISE EXCEPTION 'room % is taken between % and %', room_no, arrival::text, departure::text USING ERRCODE = 'BC401';
  END IF;
  INSERT INTO rooms.booking (booking_id, room_no, guest, guests, arrival, departure)
  VALUES (book.booking_id, book.room_no, bucordo.caller(), book.guests, book.arrival, book.departure);
  SELECT b.* INTO STRICT stay FROM rooms.booking AS b WHERE b.booking_id = book.booking_id;
  RETURN stay.nights * chosen.rate;
EXCEPTION
  WHEN no_data_found THEN
    RAISE EXCEPTION 'no room %', room_no USING ERRCODE = 'BC202';
  WHEN unique_violation THEN
    RAISE EXCEPTION 'booking % exists already', booking_id USING ERRCODE = 'BC201';
  WHEN check_violation THEN
    RAISE EXCEPTION 'nobody stays from % to %', arrival::text, departure::text USING ERRCODE = 'BC303';
END
$$;

CREATE FUNCTION rooms.own_booking(wanted int8) RETURNS rooms.booking
LANGUAGE plpgsql STABLE AS $$
DECLARE
  stay rooms.booking;
BEGIN
  SELECT b.* INTO stay FROM rooms.booking AS b WHERE b.booking_id = wanted;
  IF stay.guest IS DISTINCT FROM bucordo.caller() OR stay.cancelled THEN
    RAISE EXCEPTION 'no booking % of yours', wanted USING ERRCODE = 'BC203';
  END IF;
  RETURN stay;
END
$$;

CREATE FUNCTION rooms.move(booking_id int8, days int4) RETURNS date
LANGUAGE plpgsql AS $$
DECLARE
  stay rooms.booking;
BEGIN
  stay := rooms.own_booking(booking_id);
  IF rooms.is_taken(stay.room_no, stay.arrival + days, stay.departure + days, stay.booking_id) THEN
    RAISE EXCEPTION 'room % is taken then', stay.room_no USING ERRCODE = 'BC401';
  END IF;
  UPDATE rooms.booking AS b SET arrival = b.arrival + days, departure = b.departure + days WHERE b.booking_id = stay.booking_id;
  RETURN stay.arrival + days;
END
$$;

CREATE FUNCTION rooms.cancel(booking_id int8) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  stay rooms.booking;
BEGIN
  stay := rooms.own_booking(booking_id);
  UPDATE rooms.booking AS b SET cancelled = true WHERE b.booking_id = stay.booking_id;
END
$$;

CREATE FUNCTION rooms.nights(room_no int4) RETURNS int8
LANGUAGE plpgsql AS $$
BEGIN
  RETURN (SELECT coalesce(sum(b.nights), 0) FROM rooms.booking AS b WHERE b.room_no = nights.room_no AND NOT b.cancelled);
END
$$;
