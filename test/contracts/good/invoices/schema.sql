CREATE TABLE invoices.customer (
  customer_id  int4 PRIMARY KEY,
  name         text NOT NULL,
  vat_number   text UNIQUE CHECK (octet_length(vat_number) <= 20),
  terms_days   int4 NOT NULL DEFAULT 30 CHECK (terms_days BETWEEN 0 AND 180)
);

CREATE TABLE invoices.invoice (
  number       text PRIMARY KEY CHECK (number ~ '^[A-Z]{2}[0-9]{4,10}$' AND octet_length(number) <= 12),
  customer_id  int4 NOT NULL REFERENCES invoices.customer,
  issued       date NOT NULL,
  due          date NOT NULL CHECK (due >= issued),
  net          numeric(14,2) NOT NULL,
  vat          numeric(14,2) NOT NULL,
  gross        numeric(14,2) NOT NULL,
  paid         numeric(14,2) NOT NULL DEFAULT 0,
  state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'paid', 'cancelled')),
  reminders    int2 NOT NULL DEFAULT 0,
  CHECK (gross = net + vat),
  CHECK (paid <= gross)
);
CREATE INDEX invoice_customer ON invoices.invoice (customer_id);

CREATE TABLE invoices.line (
  number    text NOT NULL REFERENCES invoices.invoice (number),
  line_no   int4 NOT NULL CHECK (line_no > 0),
  text      text NOT NULL,
  quantity  numeric(10,3) NOT NULL,
  price     numeric(12,4) NOT NULL CHECK (price >= 0),
  vat_rate  numeric(4,2) NOT NULL CHECK (vat_rate IN (0, 7, 19)),
  amount    numeric(14,2) NOT NULL,
  PRIMARY KEY (number, line_no)
);

CREATE VIEW invoices.open_item AS
SELECT i.number, c.name, i.due, i.gross - i.paid AS rest
FROM invoices.invoice AS i
JOIN invoices.customer AS c ON c.customer_id = i.customer_id
WHERE i.state = 'open';
