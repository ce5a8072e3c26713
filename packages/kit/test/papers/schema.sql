CREATE TABLE papers.paper (
  paper_id  int8 PRIMARY KEY,
  body      jsonb NOT NULL
);
