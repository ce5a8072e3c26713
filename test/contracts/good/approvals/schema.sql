CREATE TABLE approvals.document (
  document_id  text PRIMARY KEY CHECK (octet_length(document_id) BETWEEN 1 AND 64),
  digest       bytea NOT NULL CHECK (octet_length(digest) = 32),
  approvers    text[] NOT NULL CHECK (cardinality(approvers) >= 1),
  needed       int4 NOT NULL CHECK (needed >= 1 AND needed <= cardinality(approvers)),
  author       text NOT NULL,
  state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'refused', 'withdrawn'))
);

CREATE TABLE approvals.decision (
  document_id  text NOT NULL REFERENCES approvals.document,
  approver     text NOT NULL CHECK (octet_length(approver) <= 200),
  approves     bool NOT NULL,
  reason       text CHECK (approves OR reason IS NOT NULL),
  decided_at   timestamptz NOT NULL,
  PRIMARY KEY (document_id, approver)
);
