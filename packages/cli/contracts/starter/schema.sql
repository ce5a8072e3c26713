-- Tasks that members give to each other.

CREATE TABLE starter.task (
  task_id     int8 PRIMARY KEY,
  -- The member that asks for it.
  asked_by    text NOT NULL,
  description text NOT NULL CHECK (length(description) BETWEEN 1 AND 1000),
  -- The member that does it; null while nobody has taken it.
  taken_by    text,
  added_at    timestamptz NOT NULL,
  finished_at timestamptz,
  CHECK (finished_at IS NULL OR taken_by IS NOT NULL)
);

-- What other contracts may read.
CREATE VIEW starter.open_task AS
SELECT t.task_id, t.asked_by, t.description
FROM starter.task AS t
WHERE t.taken_by IS NULL;
