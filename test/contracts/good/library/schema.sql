CREATE TABLE library.copy (
  barcode  int8 PRIMARY KEY,
  isbn     text NOT NULL CHECK (isbn ~ '^[0-9]{13}$' AND octet_length(isbn) = 13),
  title    text NOT NULL,
  shelf    text
);
CREATE INDEX copy_isbn ON library.copy (isbn);

CREATE TABLE library.loan (
  barcode   int8 NOT NULL REFERENCES library.copy,
  since     date NOT NULL,
  reader    text NOT NULL CHECK (octet_length(reader) <= 100),
  due       date NOT NULL,
  returned  date,
  fine      numeric(6,2) NOT NULL DEFAULT 0,
  PRIMARY KEY (barcode, since)
);
CREATE UNIQUE INDEX loan_open ON library.loan (barcode) WHERE returned IS NULL;
CREATE INDEX loan_reader ON library.loan (reader);

CREATE TABLE library.reservation (
  isbn    text NOT NULL CHECK (octet_length(isbn) = 13),
  place   int8 NOT NULL,
  reader  text NOT NULL,
  PRIMARY KEY (isbn, place)
);
