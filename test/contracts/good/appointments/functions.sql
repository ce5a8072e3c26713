CREATE FUNCTION appointments.add_room(room_id int4, name text, services text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO appointments.room VALUES (add_room.room_id, add_room.name, add_room.services);
END
$$;

CREATE FUNCTION appointments.is_free(in_room int4, from_time timestamptz, to_time timestamptz) RETURNS bool
LANGUAGE plpgsql AS $$
BEGIN
  RETURN NOT EXISTS (
    SELECT FROM appointments.booking AS b
    WHERE b.room_id = in_room AND b.starts < to_time AND b.ends > from_time
  );
END
$$;

CREATE FUNCTION appointments.book(room_id int4, starts timestamptz, minutes int4, service text, patient text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  ends timestamptz;
  booking uuid := bucordo.new_id();
  offered text[];
BEGIN
  IF minutes NOT BETWEEN 5 AND 480 THEN
    RAISE EXCEPTION 'an appointment takes 5 to 480 minutes, not %', minutes USING ERRCODE = 'BC301';
  END IF;
  IF starts < bucordo.block_time() THEN
    RAISE EXCEPTION 'appointments lie in the future' USING ERRCODE = 'BC302';
  END IF;
  SELECT r.services INTO offered FROM appointments.room AS r WHERE r.room_id = book.room_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no room %', room_id USING ERRCODE = 'BC202';
  END IF;
  IF NOT service = ANY (offered) THEN
    RAISE EXCEPTION 'room % offers %, not %', room_id, array_to_string(offered, ', '), service USING ERRCODE = 'BC303';
  END IF;
  ends := bucordo.add_seconds(starts, minutes::int8 * 60);
  IF NOT appointments.is_free(room_id, starts, ends) THEN
    RAISE EXCEPTION 'room % is taken then', room_id USING ERRCODE = 'BC304';
  END IF;
  INSERT INTO appointments.booking (booking_id, room_id, starts, ends, service, patient, booked_by)
  VALUES (booking, book.room_id, book.starts, ends, book.service, book.patient, bucordo.caller());
  RETURN booking;
END
$$;

CREATE FUNCTION appointments.cancel(booking_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  me text := bucordo.caller();
BEGIN
  DELETE FROM appointments.booking AS b WHERE b.booking_id = cancel.booking_id AND b.booked_by = me;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no booking of yours with this number' USING ERRCODE = 'BC202';
  END IF;
END
$$;

-- The first free half hour of the room, searched for a week; null when there is none.
CREATE FUNCTION appointments.free_slot(room_id int4, after timestamptz) RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
  slot timestamptz := after;
  tries int4 := 0;
BEGIN
  LOOP
    EXIT WHEN appointments.is_free(room_id, slot, bucordo.add_seconds(slot, 1800));
    tries := tries + 1;
    IF tries > 336 THEN
      RETURN NULL;
    END IF;
    slot := bucordo.add_seconds(slot, 1800);
  END LOOP;
  RETURN slot;
END
$$;

CREATE FUNCTION appointments.day_plan(room_id int4, day_start timestamptz) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  day_end timestamptz := bucordo.add_seconds(day_start, 86400);
  plan jsonb;
BEGIN
  SELECT coalesce(jsonb_agg(jsonb_build_object('service', b.service, 'patient', b.patient) ORDER BY b.starts, b.booking_id), '[]')
  INTO plan
  FROM appointments.booking AS b
  WHERE b.room_id = day_plan.room_id AND b.starts >= day_start AND b.starts < day_end;
  RETURN plan;
END
$$;
