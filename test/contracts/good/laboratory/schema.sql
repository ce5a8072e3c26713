CREATE TABLE laboratory.test (
  code  text PRIMARY KEY CHECK (code ~ '^[A-Z0-9]{2,12}$' AND octet_length(code) <= 12),
  name  text NOT NULL,
  unit  text NOT NULL,
  low   numeric(12,4),
  high  numeric(12,4),
  CHECK (low <= high)
);

CREATE TABLE laboratory.request (
  request_id  uuid PRIMARY KEY,
  patient     text NOT NULL,
  priority    int2 NOT NULL CHECK (priority BETWEEN 1 AND 3),
  ordered_by  text NOT NULL,
  ordered_at  timestamptz NOT NULL,
  state       text NOT NULL CHECK (state IN ('ordered', 'measured', 'released'))
);

CREATE TABLE laboratory.result (
  request_id  uuid NOT NULL REFERENCES laboratory.request,
  code        text NOT NULL REFERENCES laboratory.test,
  value       numeric(12,4),
  flag        text CHECK (flag IN ('low', 'normal', 'high')),
  details     jsonb,
  PRIMARY KEY (request_id, code)
);
