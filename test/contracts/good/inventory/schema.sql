-- Stock of articles in warehouses, with every movement kept.

CREATE TABLE inventory.warehouse (
  code   text PRIMARY KEY CHECK (octet_length(code) BETWEEN 1 AND 20),
  owner  text NOT NULL CHECK (octet_length(owner) <= 100),
  city   text NOT NULL
);

CREATE TABLE inventory.article (
  sku         text PRIMARY KEY CHECK (octet_length(sku) BETWEEN 1 AND 40),
  title       text NOT NULL CHECK (title <> ''),
  unit        text NOT NULL CHECK (unit IN ('piece', 'kg', 'm')),
  minimum     numeric(12,3) NOT NULL DEFAULT 0 CHECK (minimum >= 0),
  attributes  jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE inventory.stock (
  warehouse  text NOT NULL REFERENCES inventory.warehouse (code),
  sku        text NOT NULL REFERENCES inventory.article (sku),
  quantity   numeric(12,3) NOT NULL CHECK (quantity >= 0),
  PRIMARY KEY (warehouse, sku)
);
CREATE INDEX stock_sku ON inventory.stock (sku);

CREATE TABLE inventory.movement (
  movement_id  uuid PRIMARY KEY,
  warehouse    text NOT NULL REFERENCES inventory.warehouse (code),
  sku          text NOT NULL REFERENCES inventory.article (sku),
  quantity     numeric(12,3) NOT NULL CHECK (quantity <> 0),
  reason       text NOT NULL CHECK (reason IN ('receipt', 'issue', 'transfer', 'count')),
  booked_by    text NOT NULL,
  booked_at    timestamptz NOT NULL
);
CREATE INDEX movement_stock ON inventory.movement (warehouse, sku);

CREATE VIEW inventory.available AS
SELECT s.sku, sum(s.quantity) AS quantity
FROM inventory.stock AS s
GROUP BY s.sku;
