CREATE TABLE shipments.shipment (
  waybill   text PRIMARY KEY CHECK (octet_length(waybill) BETWEEN 8 AND 30),
  sender    text NOT NULL,
  receiver  text NOT NULL,
  holder    text NOT NULL,
  parcels   int4 NOT NULL CHECK (parcels > 0),
  weight    numeric(9,3) NOT NULL CHECK (weight > 0),
  state     text NOT NULL CHECK (state IN ('sent', 'moving', 'held', 'delivered', 'lost'))
);

CREATE TABLE shipments.event (
  waybill   text NOT NULL REFERENCES shipments.shipment (waybill),
  sequence  int4 NOT NULL,
  kind      text NOT NULL,
  place     text NOT NULL,
  at        timestamptz NOT NULL,
  facts     jsonb,
  PRIMARY KEY (waybill, sequence)
);
