CREATE TABLE consent.purpose (
  purpose  text NOT NULL CHECK (octet_length(purpose) <= 60),
  version  int4 NOT NULL CHECK (version > 0),
  wording  text NOT NULL,
  digest   bytea NOT NULL,
  lasts    int4 NOT NULL CHECK (lasts BETWEEN 1 AND 3650),
  PRIMARY KEY (purpose, version)
);

-- The person is a pseudonym: what stands in a shared table stays there.
CREATE TABLE consent.statement (
  person    uuid NOT NULL,
  purpose   text NOT NULL CHECK (octet_length(purpose) <= 60),
  place     int8 NOT NULL,
  version   int4 NOT NULL,
  given     bool NOT NULL,
  until     date,
  channel   text NOT NULL,
  PRIMARY KEY (person, purpose, place),
  FOREIGN KEY (purpose, version) REFERENCES consent.purpose (purpose, version),
  CHECK (given = (until IS NOT NULL))
);

CREATE VIEW consent.current_purpose AS
SELECT p.purpose, max(p.version) AS version FROM consent.purpose AS p GROUP BY p.purpose;
