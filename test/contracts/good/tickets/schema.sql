CREATE TABLE tickets.ticket (
  ticket_id  uuid PRIMARY KEY,
  title      text NOT NULL CHECK (char_length(title) BETWEEN 3 AND 200),
  opened_by  text NOT NULL,
  opened_at  timestamptz NOT NULL,
  answer_by  timestamptz NOT NULL,
  priority   int2 NOT NULL CHECK (priority BETWEEN 1 AND 4),
  assignee   text CHECK (octet_length(assignee) <= 200),
  labels     text[] NOT NULL DEFAULT '{}',
  state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'assigned', 'closed') AND octet_length(state) <= 10)
);
CREATE INDEX ticket_state ON tickets.ticket (state, answer_by);
CREATE INDEX ticket_assignee ON tickets.ticket (assignee);

CREATE TABLE tickets.comment (
  ticket_id  uuid NOT NULL REFERENCES tickets.ticket,
  position   int8 NOT NULL,
  ordinal    int4 NOT NULL,
  author     text NOT NULL,
  content    text NOT NULL CHECK (octet_length(content) <= 20000),
  PRIMARY KEY (ticket_id, position, ordinal)
);
