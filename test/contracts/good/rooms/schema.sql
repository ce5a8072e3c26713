CREATE TABLE rooms.room (
  room_no  int4 PRIMARY KEY,
  beds     int4 NOT NULL CHECK (beds BETWEEN 1 AND 6),
  rate     numeric(8,2) NOT NULL CHECK (rate > 0),
  per_bed  numeric(8,2) GENERATED ALWAYS AS (round(rate / beds, 2)) STORED
);

CREATE TABLE rooms.booking (
  booking_id  int8 PRIMARY KEY,
  room_no     int4 NOT NULL REFERENCES rooms.room,
  guest       text NOT NULL,
  guests      int4 NOT NULL,
  arrival     date NOT NULL,
  departure   date NOT NULL,
  cancelled   bool NOT NULL DEFAULT false,
  nights      int4 GENERATED ALWAYS AS (departure - arrival) STORED,
  CHECK (arrival < departure),
  CHECK (arrival + 28 >= departure),
  CHECK (guests > 0 AND guests * (departure - arrival) <= 100)
);
CREATE INDEX booking_room ON rooms.booking (room_no, arrival);
