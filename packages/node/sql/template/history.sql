-- History of the table {{table}}: one row per change. Columns that the table loses stay here.

CREATE TABLE {{history}} (
  _position   int8   NOT NULL,
  _ordinal    int4   NOT NULL,
  _operation  "char" NOT NULL,
{{columns}}
);
CREATE INDEX {{positionIndex}} ON {{history}} (_position);
