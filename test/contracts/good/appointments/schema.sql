CREATE TABLE appointments.room (
  room_id   int4 PRIMARY KEY,
  name      text NOT NULL,
  services  text[] NOT NULL CHECK (cardinality(services) > 0)
);

CREATE TABLE appointments.booking (
  booking_id  uuid PRIMARY KEY,
  room_id     int4 NOT NULL REFERENCES appointments.room,
  starts      timestamptz NOT NULL,
  ends        timestamptz NOT NULL,
  service     text NOT NULL,
  patient     text NOT NULL CHECK (octet_length(patient) <= 200),
  booked_by   text NOT NULL,
  UNIQUE (room_id, starts),
  CHECK (ends > starts)
);
