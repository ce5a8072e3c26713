-- A shared list of notes: the smallest contract that shows who wrote what. `bucordo dev` without an
-- example runs it.

CREATE TABLE notes.note (
  note_id int8 PRIMARY KEY,
  -- The member who wrote the note; nobody else may change or remove it.
  owner   text NOT NULL,
  body    text NOT NULL CHECK (length(body) BETWEEN 1 AND 10000)
);
