-- Purchase orders shared by a buyer, its vendors and their carriers.
--
-- The tables are those of the published data (AdventureWorks), with the rules that hold on every one
-- of its rows as constraints. Amounts have 4 decimals, quantities received have 2, as in the source.
-- Columns of text that stand in an index are limited to 1,024 bytes, as for every contract.

CREATE TABLE purchasing.unit_measure (
  unit_code text PRIMARY KEY CHECK (octet_length(unit_code) BETWEEN 1 AND 1024),
  name      text NOT NULL
);

CREATE TABLE purchasing.ship_method (
  ship_method_id int4 PRIMARY KEY,
  name           text NOT NULL,
  ship_base      numeric(19,4) NOT NULL CHECK (ship_base >= 0),
  ship_rate      numeric(19,4) NOT NULL CHECK (ship_rate >= 0)
);

CREATE TABLE purchasing.vendor (
  vendor_id       int4 PRIMARY KEY,
  account_number  text NOT NULL UNIQUE CHECK (octet_length(account_number) <= 1024),
  name            text NOT NULL,
  credit_rating   int2 NOT NULL CHECK (credit_rating BETWEEN 1 AND 5),
  preferred       bool NOT NULL,
  active          bool NOT NULL,
  web_service_url text
);

CREATE TABLE purchasing.product (
  product_id          int4 PRIMARY KEY,
  name                text NOT NULL,
  product_number      text NOT NULL UNIQUE CHECK (octet_length(product_number) <= 1024),
  made                bool NOT NULL,
  finished_goods      bool NOT NULL,
  color               text,
  safety_stock_level  int4 NOT NULL CHECK (safety_stock_level > 0),
  reorder_point       int4 NOT NULL CHECK (reorder_point > 0),
  standard_cost       numeric(19,4) NOT NULL CHECK (standard_cost >= 0),
  list_price          numeric(19,4) NOT NULL CHECK (list_price >= 0),
  size                text,
  size_unit_code      text REFERENCES purchasing.unit_measure,
  weight_unit_code    text REFERENCES purchasing.unit_measure,
  weight              numeric(8,2) CHECK (weight > 0),
  days_to_manufacture int4 NOT NULL CHECK (days_to_manufacture >= 0),
  product_line        text,
  product_class       text,
  style               text,
  subcategory_id      int4,
  model_id            int4,
  sell_start          date NOT NULL,
  sell_end            date,
  discontinued        date,
  CHECK (sell_end >= sell_start)
);

-- What a vendor offers, and in which quantities it can be ordered.
CREATE TABLE purchasing.product_vendor (
  product_id        int4 REFERENCES purchasing.product,
  vendor_id         int4 REFERENCES purchasing.vendor,
  average_lead_time int4 NOT NULL CHECK (average_lead_time >= 1),
  standard_price    numeric(19,4) NOT NULL CHECK (standard_price > 0),
  last_receipt_cost numeric(19,4) CHECK (last_receipt_cost > 0),
  last_receipt_date date,
  min_order_qty     int4 NOT NULL CHECK (min_order_qty >= 1),
  max_order_qty     int4 NOT NULL,
  on_order_qty      int4 CHECK (on_order_qty >= 0),
  unit_code         text NOT NULL REFERENCES purchasing.unit_measure,
  PRIMARY KEY (product_id, vendor_id),
  CHECK (max_order_qty >= min_order_qty)
);

-- state: placed -> approved -> confirmed -> shipped -> complete, or placed -> rejected.
CREATE TABLE purchasing.order_header (
  order_id       int4 PRIMARY KEY,
  state          text NOT NULL
                 CHECK (state IN ('placed', 'approved', 'rejected', 'confirmed', 'shipped', 'complete')),
  employee_id    int4 NOT NULL,
  vendor_id      int4 NOT NULL REFERENCES purchasing.vendor,
  ship_method_id int4 NOT NULL REFERENCES purchasing.ship_method,
  order_date     date NOT NULL,
  ship_date      date NOT NULL,
  sub_total      numeric(19,4) NOT NULL CHECK (sub_total >= 0),
  tax_amt        numeric(19,4) NOT NULL CHECK (tax_amt >= 0),
  freight        numeric(19,4) NOT NULL CHECK (freight >= 0),
  total_due      numeric(19,4) NOT NULL,
  -- The lines refer to the order together with its vendor, see below.
  UNIQUE (order_id, vendor_id),
  CHECK (ship_date >= order_date),
  CHECK (total_due = sub_total + tax_amt + freight)
);

-- The vendor is repeated in each line so that two foreign keys can say: an order's line asks for a
-- product that this order's vendor offers. The three received quantities are null until goods come in.
CREATE TABLE purchasing.order_line (
  order_id     int4,
  line_id      int4,
  vendor_id    int4 NOT NULL,
  product_id   int4 NOT NULL,
  due_date     date NOT NULL,
  order_qty    int4 NOT NULL CHECK (order_qty > 0),
  unit_price   numeric(19,4) NOT NULL CHECK (unit_price >= 0),
  line_total   numeric(19,4) NOT NULL,
  received_qty numeric(8,2),
  rejected_qty numeric(8,2) CHECK (rejected_qty >= 0),
  stocked_qty  numeric(8,2),
  PRIMARY KEY (order_id, line_id),
  FOREIGN KEY (order_id, vendor_id) REFERENCES purchasing.order_header (order_id, vendor_id),
  FOREIGN KEY (product_id, vendor_id) REFERENCES purchasing.product_vendor (product_id, vendor_id),
  CHECK (line_total = order_qty * unit_price),
  CHECK (num_nulls(received_qty, rejected_qty, stocked_qty) IN (0, 3)),
  CHECK (stocked_qty = received_qty - rejected_qty),
  CHECK (rejected_qty <= received_qty),
  CHECK (received_qty <= order_qty)
);
