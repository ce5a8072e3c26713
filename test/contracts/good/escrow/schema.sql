CREATE TABLE escrow.wallet (
  member   text PRIMARY KEY CHECK (octet_length(member) <= 100),
  balance  numeric(18,2) NOT NULL DEFAULT 0
);

CREATE TABLE escrow.deal (
  deal_id   int8 PRIMARY KEY,
  buyer     text NOT NULL REFERENCES escrow.wallet (member) CHECK (octet_length(buyer) <= 100),
  seller    text NOT NULL REFERENCES escrow.wallet (member) CHECK (octet_length(seller) <= 100),
  arbiter   text NOT NULL,
  amount    numeric(18,2) NOT NULL CHECK (amount > 0),
  deadline  int8 NOT NULL,
  state     text NOT NULL CHECK (state IN ('held', 'disputed', 'paid', 'returned')),
  CHECK (buyer <> seller AND arbiter NOT IN (buyer, seller))
);
