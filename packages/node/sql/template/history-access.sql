-- What writes and reads the history of the table {{table}}: triggers that nobody can get around, the view
-- of all versions, and the table as of a height. Made again when the table's columns change.
-- An update may not change the key of a row: its versions would lose each other.

-- What the member has built on them is in the way and stops its node; nothing of a member's is dropped.
DROP VIEW IF EXISTS {{versions}};
DROP FUNCTION IF EXISTS {{at}}(int8);
DROP TRIGGER IF EXISTS bucordo_insert ON {{table}};
DROP TRIGGER IF EXISTS bucordo_update ON {{table}};
DROP TRIGGER IF EXISTS bucordo_delete ON {{table}};
DROP TRIGGER IF EXISTS bucordo_key ON {{table}};
DROP FUNCTION IF EXISTS {{insertTrigger}}(), {{updateTrigger}}(), {{deleteTrigger}}(), {{keyTrigger}}();

CREATE FUNCTION {{insertTrigger}}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $history$
{{countNew}}  INSERT INTO {{history}} (_position, _ordinal, _operation, {{columns}}) VALUES (pg_catalog.currval('bucordo.context'), pg_catalog.nextval('bucordo.rows'), 'I', {{newRow}});
  RETURN NULL;
END $history$;
CREATE TRIGGER bucordo_insert AFTER INSERT ON {{table}} FOR EACH ROW EXECUTE FUNCTION {{insertTrigger}}();

CREATE FUNCTION {{updateTrigger}}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $history$
{{countNew}}{{again}}  INSERT INTO {{history}} (_position, _ordinal, _operation, {{columns}}) VALUES (pg_catalog.currval('bucordo.context'), pg_catalog.nextval('bucordo.rows'), 'U', {{newRow}});
  RETURN NULL;
END $history$;
CREATE TRIGGER bucordo_update AFTER UPDATE ON {{table}} FOR EACH ROW EXECUTE FUNCTION {{updateTrigger}}();

CREATE FUNCTION {{deleteTrigger}}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $history$
{{countOld}}{{again}}  INSERT INTO {{history}} (_position, _ordinal, _operation, {{columns}}) VALUES (pg_catalog.currval('bucordo.context'), pg_catalog.nextval('bucordo.rows'), 'D', {{oldRow}});
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
CREATE TRIGGER bucordo_key AFTER UPDATE OF {{keyColumns}} ON {{table}} FOR EACH ROW EXECUTE FUNCTION {{keyTrigger}}();

-- Every version of every row with who made it, when, by which function; of rows from the genesis that is
-- unknown. Where the table has a column of such a name itself, the one of the view has an underscore in front.
CREATE VIEW {{versions}} AS
SELECT {{versionHead}},
       {{versionColumns}}
  FROM {{rows}} AS h
  {{versionJoins}};

-- The table as it was after the block of this height.
CREATE FUNCTION {{at}}({{atHeight}} int8) RETURNS {{atRows}} LANGUAGE sql STABLE AS $at$
  SELECT {{atColumns}}
    FROM {{rowsAsOf}} AS newest
$at$;
GRANT EXECUTE ON FUNCTION {{at}}(int8) TO bucordo_reader, bucordo_node;
