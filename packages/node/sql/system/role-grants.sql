-- Roles by transaction: given from and to a height, from and to a time, and taken back.
--
-- An identity has the roles with which it was enrolled until the first change. From then on every
-- role of it is a row here with its time (identity.has_timed_roles), and identity.roles only says
-- which ones it has at some time: enough for admission, which lets execution judge.

-- A role of a key and when it counts. Later changes shorten a row, never remove it.
CREATE TABLE bucordo.role_grant (
  key           bytea NOT NULL REFERENCES bucordo.identity (key),
  number        int4 NOT NULL,              -- 1, 2, 3 … of this key
  role          text COLLATE "C" NOT NULL,
  from_height   int8 NOT NULL,
  to_height     int8,                       -- first height at which it no longer counts; NULL = without end
  from_time     int8,                       -- block time in milliseconds since the epoch; NULL = from the beginning
  to_time       int8,                       -- first time at which it no longer counts; NULL = without end
  PRIMARY KEY (key, number)
);

-- The roles of a key with timed roles in a block of this height and time.
CREATE FUNCTION bucordo.roles_at(key bytea, height int8, "time" int8) RETURNS text[]
LANGUAGE sql STABLE AS $$
  SELECT ARRAY(
    SELECT DISTINCT g.role
      FROM bucordo.role_grant AS g
     WHERE g.key = roles_at.key
       AND g.from_height <= roles_at.height AND (g.to_height IS NULL OR g.to_height > roles_at.height)
       AND (g.from_time IS NULL OR g.from_time <= roles_at."time") AND (g.to_time IS NULL OR g.to_time > roles_at."time")
     ORDER BY g.role)
$$;

-- Time of the block at a height in milliseconds since the epoch; that of the last one when it is not there yet.
CREATE FUNCTION bucordo.time_at(height int8) RETURNS int8
LANGUAGE sql STABLE AS $$
  SELECT b.time FROM bucordo.block AS b WHERE b.height <= time_at.height ORDER BY b.height DESC LIMIT 1
$$;

-- Gives an identity of the own member a role. NULL = from the next height, without end, at any time.
-- Refused as argument_invalid when there is no such time, and as not_permitted for the role node, with
-- which an identity is enrolled.
CREATE FUNCTION bucordo.grant_role(name text, role text, from_height int8, to_height int8, from_time timestamptz, to_time timestamptz)
RETURNS int8 LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM bucordo.require_label('a role', role);
  IF role = 'node' THEN
    PERFORM bucordo.refuse('not_permitted', 'a node is enrolled as one: the role node is not given later');
  ELSIF from_height < 0 OR to_height <= coalesce(from_height, bucordo.height() + 1) OR to_height > bucordo.height_max()
     OR from_height > bucordo.height_max() OR to_time <= from_time OR NOT pg_catalog.isfinite(coalesce(from_time, to_time, '1970-01-01T00:00:00Z'))
     OR NOT pg_catalog.isfinite(coalesce(to_time, '1970-01-01T00:00:00Z')) THEN
    PERFORM bucordo.refuse('argument_invalid', 'a role ends after it begins, and after this height (' || bucordo.height() || ')');
  END IF;
  RETURN bucordo.request('grant_role', pg_catalog.jsonb_build_object(
    'name', name, 'role', role, 'from_height', from_height, 'to_height', to_height,
    'from_time', bucordo.milliseconds_of(from_time), 'to_time', bucordo.milliseconds_of(to_time)));
END $$;

-- Takes a role from an identity of the own member at the next height. Refused as not_permitted when
-- it has not the role, and when its member would have too few administrators.
CREATE FUNCTION bucordo.withdraw_role(name text, role text) RETURNS int8
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  RETURN bucordo.request('withdraw_role', pg_catalog.jsonb_build_object('name', name, 'role', role));
END $$;

-- A point in time as milliseconds since the epoch.
CREATE FUNCTION bucordo.milliseconds_of(moment timestamptz) RETURNS int8
LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_catalog.floor(EXTRACT(epoch FROM moment) * 1000)::pg_catalog.int8
$$;

-- Writes the roles with which a key was enrolled as rows, so that they can be changed.
CREATE FUNCTION bucordo.time_roles(of_key bytea) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  enrolled bucordo.identity;
BEGIN
  SELECT i.* INTO STRICT enrolled FROM bucordo.identity AS i WHERE i.key = of_key;
  IF enrolled.has_timed_roles THEN
    RETURN;
  END IF;
  INSERT INTO bucordo.role_grant (key, number, role, from_height)
  SELECT of_key, r.place, r.role, enrolled.valid_from
    FROM pg_catalog.unnest(enrolled.roles) WITH ORDINALITY AS r (role, place)
   ORDER BY r.place;
  UPDATE bucordo.identity AS i SET has_timed_roles = true WHERE i.key = of_key;
END $$;

-- Writes into the identity which roles it has or will have.
CREATE FUNCTION bucordo.note_roles(of_key bytea) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE bucordo.identity AS i
     SET roles = ARRAY(SELECT DISTINCT g.role FROM bucordo.role_grant AS g
                        WHERE g.key = of_key AND (g.to_height IS NULL OR g.to_height > greatest(bucordo.height() + 1, g.from_height))
                        ORDER BY g.role)
   WHERE i.key = of_key;
END $$;

-- Gives the new key of an identity the roles that the old one has, from the next height on.
CREATE FUNCTION bucordo.copy_roles(old_key bytea, new_key bytea) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  next_height CONSTANT int8 := bucordo.height() + 1;
BEGIN
  PERFORM bucordo.time_roles(new_key);
  IF (SELECT i.has_timed_roles FROM bucordo.identity AS i WHERE i.key = old_key) THEN
    INSERT INTO bucordo.role_grant (key, number, role, from_height, to_height, from_time, to_time)
    SELECT new_key, pg_catalog.row_number() OVER (ORDER BY g.number), g.role, greatest(g.from_height, next_height),
           g.to_height, g.from_time, g.to_time
      FROM bucordo.role_grant AS g
     WHERE g.key = old_key AND (g.to_height IS NULL OR g.to_height > greatest(g.from_height, next_height));
  ELSE
    INSERT INTO bucordo.role_grant (key, number, role, from_height)
    SELECT new_key, r.place, r.role, next_height
      FROM bucordo.identity AS i
      CROSS JOIN LATERAL pg_catalog.unnest(i.roles) WITH ORDINALITY AS r (role, place)
     WHERE i.key = old_key;
  END IF;
  PERFORM bucordo.note_roles(new_key);
END $$;

-- Carries out grant_role.
CREATE FUNCTION bucordo.grant_identity_role(member text, details jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  -- An identity changes its roles now and then, not with every block.
  grants_max CONSTANT int4 := 256;
  holder     CONSTANT bucordo.identity := bucordo.current_key(member, details ->> 'name');
  last       int4;
BEGIN
  PERFORM bucordo.time_roles(holder.key);
  last := coalesce((SELECT pg_catalog.max(g.number) FROM bucordo.role_grant AS g WHERE g.key = holder.key), 0);
  IF last >= grants_max THEN
    PERFORM bucordo.refuse('not_permitted', 'a key has at most ' || grants_max || ' grants of roles; rotate it');
  END IF;
  INSERT INTO bucordo.role_grant (key, number, role, from_height, to_height, from_time, to_time)
  VALUES (holder.key, last + 1, details ->> 'role',
          greatest(bucordo.height() + 1, (details ->> 'from_height')::pg_catalog.int8), (details ->> 'to_height')::pg_catalog.int8,
          (details ->> 'from_time')::pg_catalog.int8, (details ->> 'to_time')::pg_catalog.int8);
  PERFORM bucordo.note_roles(holder.key);
END $$;

-- Carries out withdraw_role, of all keys of the identity: one that was replaced may count for a while yet.
CREATE FUNCTION bucordo.withdraw_identity_role(member text, name text, role text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  next_height CONSTANT int8 := bucordo.height() + 1;
  holder      CONSTANT bucordo.identity := bucordo.current_key(member, name);
  lasting_key bytea;
  has_had_it  boolean := false;
BEGIN
  IF role = 'node' AND holder.key = bucordo.ordering_key() THEN
    PERFORM bucordo.refuse('not_permitted', 'this is the node that orders: without it no block would follow');
  END IF;
  FOR lasting_key IN
    SELECT i.key FROM bucordo.identity AS i
     WHERE i.member = withdraw_identity_role.member AND i.name = withdraw_identity_role.name
       AND (i.valid_to IS NULL OR i.valid_to > next_height)
     ORDER BY i.key
  LOOP
    PERFORM bucordo.time_roles(lasting_key);
    UPDATE bucordo.role_grant AS g SET to_height = next_height
     WHERE g.key = lasting_key AND g.role = withdraw_identity_role.role AND (g.to_height IS NULL OR g.to_height > next_height);
    has_had_it := has_had_it OR FOUND;
    PERFORM bucordo.note_roles(lasting_key);
  END LOOP;
  IF NOT has_had_it THEN
    PERFORM bucordo.refuse('not_permitted', member || '/' || name || ' has not the role ' || coalesce(pg_catalog.left(role, 63), 'without a name'));
  END IF;
  PERFORM bucordo.require_administrators(member);
END $$;

GRANT EXECUTE ON FUNCTION bucordo.roles_at(bytea, int8, int8), bucordo.time_at(int8) TO bucordo_node, bucordo_reader;
