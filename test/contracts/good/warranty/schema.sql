CREATE TABLE warranty.device (
  serial     text PRIMARY KEY CHECK (octet_length(serial) BETWEEN 4 AND 64),
  model      text NOT NULL,
  maker      text NOT NULL,
  sold_on    date NOT NULL,
  covered    int4 NOT NULL CHECK (covered BETWEEN 0 AND 3650)
);

CREATE TABLE warranty.claim (
  claim_id   int8 PRIMARY KEY,
  serial     text NOT NULL REFERENCES warranty.device (serial),
  fault      text NOT NULL,
  photos     bytea[] NOT NULL DEFAULT '{}' CHECK (cardinality(photos) <= 10),
  claimed_on date NOT NULL,
  verdict    text NOT NULL DEFAULT 'open' CHECK (verdict IN ('open', 'repair', 'replace', 'refund', 'refused')),
  cost       numeric(10,2) CHECK (cost >= 0)
);
CREATE INDEX claim_serial ON warranty.claim (serial);
