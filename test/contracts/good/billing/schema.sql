CREATE TABLE billing.bill (
  bill_id   int8 PRIMARY KEY,
  seller    text NOT NULL,
  buyer     text NOT NULL,
  issued    date NOT NULL,
  due       date NOT NULL,
  discount  numeric(5,2) NOT NULL DEFAULT 0,
  days      int4 GENERATED ALWAYS AS (due - issued) STORED,
  title     text GENERATED ALWAYS AS (seller || ' to ' || buyer) STORED,
  CONSTRAINT bill_of_two CHECK (seller <> buyer),
  CONSTRAINT bill_in_time CHECK (due - issued BETWEEN 0 AND 120),
  CHECK (discount >= 0 AND 100 - discount > 0)
);

CREATE TABLE billing.bill_line (
  bill_id   int8 NOT NULL REFERENCES billing.bill,
  line_no   int4 NOT NULL CHECK (line_no > 0),
  article   text NOT NULL CHECK (length(btrim(article)) > 0),
  quantity  numeric(12,3) NOT NULL,
  price     numeric(14,4) NOT NULL,
  tax_rate  numeric(4,2) NOT NULL,
  net       numeric(14,2) GENERATED ALWAYS AS (round(quantity * price, 2)) STORED,
  tax       numeric(14,2) GENERATED ALWAYS AS (round(quantity * price * tax_rate / 100, 2)) STORED,
  gross     numeric(14,2) GENERATED ALWAYS AS (round(quantity * price, 2) + round(quantity * price * tax_rate / 100, 2)) STORED,
  PRIMARY KEY (bill_id, line_no),
  CHECK (quantity * price BETWEEN -1000000 AND 1000000),
  CHECK (net + tax = gross)
);
