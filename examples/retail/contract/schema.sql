-- Invoices of a wholesaler, shared with those who buy from it.
--
-- Text is kept as in the source: blanks around a description, storekeepers' remarks, article codes in
-- either case. Times are local and the source names no zone, so they are text (`2010-12-01 08:26:00`):
-- a timestamptz would claim to know the moment. Some invoices carry two times, so the line keeps it.

CREATE TABLE retail.invoice (
  -- Six digits; C in front: cancellation or return; A in front: bad-debt adjustment.
  invoice_no  text PRIMARY KEY CHECK (octet_length(invoice_no) <= 1024 AND invoice_no ~ '^[AC]?[0-9]{6}$'),
  -- Empty in the source where the customer is not known.
  customer_id text CHECK (customer_id ~ '^[0-9]{5}$'),
  country     text NOT NULL,
  line_count  int4 NOT NULL CHECK (line_count > 0)
);

-- An article may stand in an invoice more than once, even with the same quantity and price, so a line
-- has no natural key: it is known by its number within the invoice, from 1, in the order of the source.
CREATE TABLE retail.invoice_line (
  invoice_no  text REFERENCES retail.invoice CHECK (octet_length(invoice_no) <= 1024),
  line_number int4 CHECK (line_number > 0),
  stock_code  text NOT NULL,
  description text NOT NULL,
  quantity    int4 NOT NULL CHECK (quantity <> 0),
  local_time  text NOT NULL CHECK (local_time ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$'),
  unit_price  numeric(12,3) NOT NULL,
  PRIMARY KEY (invoice_no, line_number)
);
