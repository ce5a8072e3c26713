CREATE TABLE leases.lease (
  lease_id    int8 PRIMARY KEY,
  premises    text NOT NULL,
  landlord    text NOT NULL,
  tenant      text NOT NULL,
  begins      date NOT NULL,
  months      int4 NOT NULL CHECK (months BETWEEN 1 AND 120),
  rent        numeric(10,2) NOT NULL CHECK (rent > 0),
  terminated  date
);

CREATE TABLE leases.rent_due (
  lease_id  int8 NOT NULL REFERENCES leases.lease,
  month     int4 NOT NULL CHECK (month >= 1),
  due       date NOT NULL,
  amount    numeric(10,2) NOT NULL CHECK (amount >= 0),
  paid      numeric(10,2) NOT NULL DEFAULT 0 CHECK (paid >= 0 AND paid <= amount),
  PRIMARY KEY (lease_id, month)
);
