CREATE TABLE double_entry.account (
  number  int4 PRIMARY KEY CHECK (number BETWEEN 1000 AND 9999),
  name    text NOT NULL UNIQUE CHECK (octet_length(name) <= 120),
  side    text NOT NULL CHECK (side IN ('debit', 'credit'))
);

CREATE TABLE double_entry.journal (
  entry_id   int8 PRIMARY KEY,
  booked     date NOT NULL,
  text       text NOT NULL,
  booked_by  text NOT NULL,
  reverses   int8 UNIQUE REFERENCES double_entry.journal (entry_id)
);

CREATE TABLE double_entry.posting (
  entry_id  int8 NOT NULL REFERENCES double_entry.journal,
  line      int2 NOT NULL,
  account   int4 NOT NULL REFERENCES double_entry.account (number),
  amount    numeric(16,2) NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (entry_id, line)
);
CREATE INDEX posting_account ON double_entry.posting (account);
