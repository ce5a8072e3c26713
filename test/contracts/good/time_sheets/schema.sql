CREATE TABLE time_sheets.project (
  code    text PRIMARY KEY CHECK (octet_length(code) <= 20),
  client  text NOT NULL,
  rate    numeric(8,2) NOT NULL CHECK (rate >= 0),
  budget  numeric(12,2) NOT NULL,
  spent   numeric(12,2) NOT NULL DEFAULT 0,
  CHECK (spent <= budget)
);

CREATE TABLE time_sheets.week (
  person  text NOT NULL CHECK (octet_length(person) <= 200),
  monday  date NOT NULL CHECK (extract(isodow FROM monday) = 1),
  state   text NOT NULL CHECK (state IN ('draft', 'submitted', 'approved')),
  PRIMARY KEY (person, monday)
);

CREATE TABLE time_sheets.hours (
  person   text NOT NULL,
  monday   date NOT NULL,
  day      int2 NOT NULL CHECK (day BETWEEN 0 AND 6),
  project  text NOT NULL REFERENCES time_sheets.project (code),
  hours    numeric(4,2) NOT NULL CHECK (hours > 0 AND hours <= 24),
  note     text,
  PRIMARY KEY (person, monday, day, project),
  FOREIGN KEY (person, monday) REFERENCES time_sheets.week (person, monday),
  CHECK (octet_length(person) <= 200 AND octet_length(project) <= 20)
);
