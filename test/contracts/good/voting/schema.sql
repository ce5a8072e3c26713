CREATE TABLE voting.ballot (
  ballot_id  int4 PRIMARY KEY,
  question   text NOT NULL,
  choices    text[] NOT NULL CHECK (cardinality(choices) BETWEEN 2 AND 20),
  quorum     int4 NOT NULL CHECK (quorum >= 1),
  closes     timestamptz NOT NULL,
  opened_by  text NOT NULL,
  outcome    text
);

-- One vote a member, which may be changed until the ballot closes.
CREATE TABLE voting.vote (
  ballot_id  int4 NOT NULL REFERENCES voting.ballot,
  member     text NOT NULL CHECK (octet_length(member) <= 100),
  choice     text NOT NULL CHECK (octet_length(choice) <= 100),
  cast_at    int8 NOT NULL,
  PRIMARY KEY (ballot_id, member)
);
CREATE INDEX vote_choice ON voting.vote (ballot_id, choice);

CREATE VIEW voting.result AS
SELECT b.ballot_id, b.question, b.outcome
FROM voting.ballot AS b
WHERE b.outcome IS NOT NULL;
