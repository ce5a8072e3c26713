-- History of the table {{table}}: one row per change, written by triggers that nobody can get around.
-- An update may not change the key of a row: its versions would lose each other.

CREATE TABLE {{history}} (
  _position   int8   NOT NULL,
  _ordinal    int4   NOT NULL,
  _operation  "char" NOT NULL,
{{columns}}
);
CREATE INDEX {{positionIndex}} ON {{history}} (_position);

CREATE FUNCTION {{insertTrigger}}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $history$
BEGIN
{{insertLimit}}  INSERT INTO {{history}} VALUES (pg_catalog.currval('bucordo.context'), pg_catalog.nextval('bucordo.rows'), 'I', {{newRow}});
  RETURN NULL;
END $history$;
CREATE TRIGGER bucordo_insert AFTER INSERT ON {{table}} FOR EACH ROW EXECUTE FUNCTION {{insertTrigger}}();

CREATE FUNCTION {{updateTrigger}}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $history$
BEGIN
{{insertLimit}}  INSERT INTO {{history}} VALUES (pg_catalog.currval('bucordo.context'), pg_catalog.nextval('bucordo.rows'), 'U', {{newRow}});
  RETURN NULL;
END $history$;
CREATE TRIGGER bucordo_update AFTER UPDATE ON {{table}} FOR EACH ROW EXECUTE FUNCTION {{updateTrigger}}();

CREATE FUNCTION {{deleteTrigger}}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $history$
BEGIN
  INSERT INTO {{history}} VALUES (pg_catalog.currval('bucordo.context'), pg_catalog.nextval('bucordo.rows'), 'D', {{oldRow}});
  RETURN NULL;
END $history$;
CREATE TRIGGER bucordo_delete AFTER DELETE ON {{table}} FOR EACH ROW EXECUTE FUNCTION {{deleteTrigger}}();

CREATE FUNCTION {{keyTrigger}}() RETURNS trigger LANGUAGE plpgsql AS $history$
BEGIN
  IF {{keyChanged}} THEN
    RAISE EXCEPTION USING ERRCODE = 'triggered_data_change_violation', MESSAGE = 'the primary key of a row cannot change';
  END IF;
  RETURN NULL;
END $history$;
CREATE TRIGGER bucordo_key AFTER UPDATE OF {{key}} ON {{table}} FOR EACH ROW EXECUTE FUNCTION {{keyTrigger}}();

-- Every version of every row with who made it, when, by which function.
CREATE VIEW {{versions}} AS
SELECT i.member, i.member || '/' || i.name AS identity, pg_catalog.encode(t.id, 'hex') AS transaction,
       h._position >> 20 AS height, bucordo.time_of(b.time) AS time, bucordo.functions_called(t.calls) AS function,
       h._operation AS operation, h._position AS position, h._ordinal AS ordinal,
       {{versionColumns}}
  FROM {{history}} AS h
  JOIN bucordo.transaction AS t ON t.position = h._position
  JOIN bucordo.block AS b ON b.height = h._position >> 20
  JOIN bucordo.identity AS i ON i.key = pg_catalog.substr(t.payload, 37, 32);

-- The table as it was after the block of this height.
CREATE FUNCTION {{at}}(height int8) RETURNS SETOF {{table}} LANGUAGE sql STABLE AS $at$
  SELECT {{atColumns}}
    FROM (SELECT DISTINCT ON ({{key}}) * FROM {{history}}
           WHERE _position < ({{atName}}.height + 1) << 20
           ORDER BY {{keyOrder}}, _position DESC, _ordinal DESC) AS newest
   WHERE newest._operation <> 'D'
$at$;
GRANT EXECUTE ON FUNCTION {{at}}(int8) TO bucordo_reader, bucordo_node;
