-- History of the table {{table}}: one row per change. Columns that the table loses stay here.

CREATE TABLE {{history}} (
  _position   int8   NOT NULL,
  _ordinal    int4   NOT NULL,
  _operation  "char" NOT NULL,
{{columns}}
);
-- Without a name of its own: any name could be that of another table's history.
CREATE INDEX ON {{history}} (_position);
