CREATE TABLE meters.meter (
  meter_no  text PRIMARY KEY CHECK (octet_length(meter_no) BETWEEN 3 AND 30),
  supplier  text NOT NULL,
  digits    int2 NOT NULL CHECK (digits BETWEEN 4 AND 9)
);

CREATE TABLE meters.reading (
  meter_no  text NOT NULL REFERENCES meters.meter (meter_no),
  read_on   date NOT NULL,
  value     numeric(10,1) NOT NULL CHECK (value >= 0),
  estimated bool NOT NULL DEFAULT false,
  PRIMARY KEY (meter_no, read_on)
);

-- Consumption up to this limit costs this much a unit; the last step has no limit.
CREATE TABLE meters.tariff_step (
  step   int2 PRIMARY KEY,
  up_to  numeric(10,1),
  price  numeric(8,4) NOT NULL CHECK (price > 0)
);
