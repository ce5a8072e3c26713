CREATE TABLE accounts.account (
  code      text PRIMARY KEY CHECK (octet_length(code) BETWEEN 1 AND 20),
  parent    text REFERENCES accounts.account,
  title     text NOT NULL,
  kind      text NOT NULL,
  depth     int4 NOT NULL,
  own_sum   numeric(18,2) NOT NULL DEFAULT 0,
  below_sum numeric(18,2) NOT NULL DEFAULT 0,
  label     text GENERATED ALWAYS AS (code || ' ' || title) STORED,
  whole_sum numeric(18,2) GENERATED ALWAYS AS (own_sum + below_sum) STORED,
  CONSTRAINT kinds CHECK (kind IN ('asset', 'liability', 'income', 'expense')),
  CONSTRAINT not_its_own_parent CHECK (parent <> code),
  CONSTRAINT root_has_no_depth CHECK ((parent IS NULL) = (depth = 0)),
  CONSTRAINT not_too_deep CHECK (depth BETWEEN 0 AND 9),
  CONSTRAINT no_debt CHECK (kind <> 'asset' OR own_sum + below_sum >= 0),
  CONSTRAINT short CHECK (char_length(code || title) <= 80)
);
CREATE INDEX account_parent ON accounts.account (parent);

CREATE TABLE accounts.entry (
  entry_id  int8 PRIMARY KEY,
  code      text NOT NULL REFERENCES accounts.account,
  booked    date NOT NULL,
  debit     numeric(18,2),
  credit    numeric(18,2),
  amount    numeric(18,2) GENERATED ALWAYS AS (coalesce(debit, 0) - coalesce(credit, 0)) STORED,
  CONSTRAINT one_side CHECK (num_nonnulls(debit, credit) = 1),
  CONSTRAINT not_negative CHECK (coalesce(debit, 0) >= 0 AND coalesce(credit, 0) >= 0)
);
CREATE INDEX entry_code ON accounts.entry (code);
