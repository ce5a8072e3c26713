-- Identities by transaction: enrolled, renamed, given another key, revoked by the administrators of
-- their member. A key is enrolled once and never again; a name belongs to one identity of its
-- member for ever, whatever became of it. What changes at height h counts from height h + 1 on.
--
-- Whether a key is one that may be enrolled is judged before execution, with the arguments.
--
-- An identity has at most three keys that count: the one it acts with, one that is to replace it, and the
-- one that was replaced last. What a member may add is bounded by quotas of its own, so that nobody can use up
-- what others need; replacing a key is bounded by the identity alone, so it is possible whatever others do.

-- Keys that replace others. The new key has no role before it has signed bucordo.accept_key itself,
-- which proves that somebody holds it; the old one stays as it is until then.
CREATE TABLE bucordo.rotation (
  new_key           bytea PRIMARY KEY REFERENCES bucordo.identity (key),
  old_key           bytea NOT NULL REFERENCES bucordo.identity (key),
  old_valid_to      int8,         -- first height at which the old key no longer counts; NULL = as soon as the new one does
  asked_by_itself   boolean NOT NULL,  -- by the identity, not by an administrator of its member
  asked_position    int8 NOT NULL,
  accepted_position int8
);
CREATE INDEX rotation_old ON bucordo.rotation (old_key);

-- Enrols an identity of the own member. Refused as
--   argument_invalid  when the name, the key or a role has not the right form
--   not_permitted     when the name or the key was used before, or an overseer would have a node
CREATE FUNCTION bucordo.enrol(name text, key bytea, roles text[]) RETURNS int8
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM bucordo.require_label('the name of an identity', name);
  PERFORM bucordo.require_key(key);
  IF NOT bucordo.are_roles(pg_catalog.to_jsonb(roles)) THEN
    PERFORM bucordo.refuse('argument_invalid', 'roles are at most 32 different names: a-z, then up to 62 of a-z 0-9 _ -');
  END IF;
  RETURN bucordo.request('enrol', pg_catalog.jsonb_build_object(
    'name', name, 'key', pg_catalog.encode(key, 'hex'), 'roles', pg_catalog.to_jsonb(roles)));
END $$;

-- Gives an identity of the own member another name. What it did before is shown under the new one.
CREATE FUNCTION bucordo.rename(name text, new_name text) RETURNS int8
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM bucordo.require_label('the name of an identity', new_name);
  RETURN bucordo.request('rename', pg_catalog.jsonb_build_object('name', name, 'new_name', new_name));
END $$;

-- Replaces the key of an identity: asked for by the identity itself or by administrators of its
-- member. It takes effect when the new key has signed accept_key; the old one then ends at
-- `old_valid_to`, with NULL at once.
CREATE FUNCTION bucordo.rotate(name text, new_key bytea, old_valid_to int8) RETURNS int8
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  asking CONSTANT bucordo.identity := bucordo.signer();
BEGIN
  PERFORM bucordo.require_key(new_key);
  IF old_valid_to IS NOT NULL AND old_valid_to NOT BETWEEN bucordo.height() + 1 AND bucordo.height_max() THEN
    PERFORM bucordo.refuse('argument_invalid', 'the old key ends at a height after this one (' || bucordo.height() || ')');
  END IF;
  IF asking.name = name AND asking.key = (bucordo.current_key(asking.member, name)).key THEN
    PERFORM bucordo.rotate_identity(asking.member, name, new_key, old_valid_to, true);
    RETURN NULL;
  END IF;
  RETURN bucordo.request('rotate', pg_catalog.jsonb_build_object(
    'name', name, 'new_key', pg_catalog.encode(new_key, 'hex'), 'old_valid_to', old_valid_to));
END $$;

-- Takes over for the key that this one replaces: signed by the new key. Refused as not_permitted
-- when no rotation waits for it, or when the old key has ended meanwhile.
CREATE FUNCTION bucordo.accept_key() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  next_height CONSTANT int8 := bucordo.height() + 1;
  new_one     CONSTANT bucordo.identity := bucordo.signer();
  waiting     bucordo.rotation;
  old_one     bucordo.identity;
BEGIN
  SELECT r.* INTO waiting FROM bucordo.rotation AS r WHERE r.new_key = new_one.key AND r.accepted_position IS NULL;
  SELECT i.* INTO old_one FROM bucordo.identity AS i WHERE i.key = waiting.old_key AND i.valid_to IS NULL;
  IF old_one.key IS NULL OR new_one.valid_to IS NOT NULL THEN
    PERFORM bucordo.refuse('not_permitted', 'no identity waits for this key, or its old key was revoked');
  END IF;
  UPDATE bucordo.rotation AS r SET accepted_position = bucordo.position() WHERE r.new_key = new_one.key;
  PERFORM bucordo.copy_roles(old_one.key, new_one.key);
  -- What was replaced before ends now: a key that lives on is the last one alone.
  UPDATE bucordo.identity AS i SET valid_to = next_height
   WHERE i.member = old_one.member AND i.name = old_one.name AND i.valid_to > next_height;
  UPDATE bucordo.identity AS i SET valid_to = greatest(next_height, coalesce(waiting.old_valid_to, next_height)) WHERE i.key = old_one.key;
END $$;

-- Ends all keys of an identity of the own member at the next height. Refused as not_permitted for
-- the last administrators and for the node that orders.
CREATE FUNCTION bucordo.revoke(name text) RETURNS int8
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  RETURN bucordo.request('revoke', pg_catalog.jsonb_build_object('name', name));
END $$;

-- Refuses what has not the length of a key.
CREATE FUNCTION bucordo.require_key(key bytea) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF key IS NULL OR pg_catalog.octet_length(key) <> 32 THEN
    PERFORM bucordo.refuse('argument_invalid', 'a key has 32 bytes');
  END IF;
END $$;

-- Refuses a name that an identity of the member has or has had.
CREATE FUNCTION bucordo.require_new_name(of_member text, wanted text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (SELECT FROM bucordo.identity AS i WHERE i.member = of_member AND (i.name = wanted OR wanted = ANY (i.former_names))) THEN
    PERFORM bucordo.refuse('not_permitted', 'an identity of ' || of_member || ' has, or has had, the name ' || wanted);
  END IF;
END $$;

-- Refuses a key that is, or was, enrolled.
CREATE FUNCTION bucordo.require_new_key(wanted bytea) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (SELECT FROM bucordo.identity AS i WHERE i.key = wanted) THEN
    PERFORM bucordo.refuse('not_permitted', 'the key is, or was, enrolled already');
  END IF;
END $$;

-- How many blocks a key that has ended is remembered by admission, and the time over which quotas count.
CREATE FUNCTION bucordo.quota_blocks() RETURNS int8
LANGUAGE sql IMMUTABLE AS $$ SELECT 1000::int8 $$;

-- Refuses one more identity than its member may have, as limit_reached.
CREATE FUNCTION bucordo.require_room_for_identity(of_member text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
  -- As many as a genesis may have in all; admission keeps them in memory, at about 300 bytes each.
  member_max   CONSTANT int4 := 10000;
  -- Twice the identities of the largest genesis, 6 MB. What every member may have whatever the others do
  -- comes on top: with 1,000 members 15 MB.
  network_max  CONSTANT int4 := 20000;
  always       CONSTANT int4 := 50;
BEGIN
  IF EXISTS (SELECT FROM bucordo.identity AS i WHERE i.member = of_member AND i.valid_to IS NULL OFFSET member_max - 1) THEN
    PERFORM bucordo.refuse('limit_reached', 'a member has at most ' || member_max || ' identities; revoke some that are not in use');
  ELSIF EXISTS (SELECT FROM bucordo.identity AS i WHERE i.member = of_member AND i.valid_from > bucordo.height() + 1 - bucordo.quota_blocks()
                OFFSET member_max - 1) THEN
    PERFORM bucordo.refuse('limit_reached', 'a member enrols at most ' || member_max || ' keys in ' || bucordo.quota_blocks() || ' blocks; go on later');
  ELSIF EXISTS (SELECT FROM bucordo.identity AS i WHERE i.member = of_member AND i.valid_to IS NULL OFFSET always - 1)
    AND EXISTS (SELECT FROM bucordo.identity AS i WHERE i.valid_to IS NULL OFFSET network_max - 1) THEN
    PERFORM bucordo.refuse('limit_reached', 'the network has ' || network_max || ' identities, and a member that has ' || always
      || ' or more takes no further one');
  END IF;
END $$;

-- Refuses one more new key for an identity than it may be given in a while, as limit_reached. What the identity
-- asks for itself does not count for its administrators: whoever has stolen a key cannot keep them from replacing it.
CREATE FUNCTION bucordo.require_room_for_rotation(of_member text, of_name text, by_itself boolean) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
  -- A typing error or two, and the right one.
  rotations_max CONSTANT int4 := 4;
  since         CONSTANT int8 := bucordo.first_position(bucordo.height() + 1 - bucordo.quota_blocks());
BEGIN
  IF (SELECT pg_catalog.count(*) FROM bucordo.identity AS i JOIN bucordo.rotation AS r ON r.old_key = i.key
       WHERE i.member = of_member AND i.name = of_name AND r.asked_by_itself = by_itself AND r.asked_position >= since) >= rotations_max THEN
    PERFORM bucordo.refuse('limit_reached', 'an identity is given at most ' || rotations_max || ' new keys in ' || bucordo.quota_blocks()
      || ' blocks; go on later' || CASE WHEN by_itself THEN ', or let an administrator of your member do it' ELSE ', or revoke it' END);
  END IF;
END $$;

-- The key that an identity of the member acts with and that has no end; refused as not_permitted when there is none.
CREATE FUNCTION bucordo.current_key(of_member text, of_name text) RETURNS bucordo.identity
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found_identity bucordo.identity;
BEGIN
  SELECT i.* INTO found_identity FROM bucordo.identity AS i
   WHERE i.member = of_member AND i.name = of_name AND i.valid_to IS NULL
     AND NOT EXISTS (SELECT FROM bucordo.rotation AS r WHERE r.new_key = i.key AND r.accepted_position IS NULL);
  IF NOT FOUND THEN
    PERFORM bucordo.refuse('not_permitted', 'member ' || of_member || ' has no identity ' || coalesce(pg_catalog.left(of_name, 63), 'without a name')
      || ', or it was revoked');
  END IF;
  RETURN found_identity;
END $$;

-- Carries out enrol.
CREATE FUNCTION bucordo.enrol_identity(member text, name text, key bytea, roles jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  own_class CONSTANT text := (SELECT m.class FROM bucordo.member AS m WHERE m.id = enrol_identity.member);
BEGIN
  PERFORM bucordo.require_new_name(member, name);
  PERFORM bucordo.require_new_key(key);
  PERFORM bucordo.require_room_for_identity(member);
  IF own_class = 'overseer' AND pg_catalog.jsonb_exists(roles, 'node') THEN
    PERFORM bucordo.refuse('not_permitted', 'an overseer runs no node: no identity of it has the role node');
  END IF;
  INSERT INTO bucordo.identity (key, member, name, roles, valid_from, valid_to, member_class)
  VALUES (enrol_identity.key, enrol_identity.member, enrol_identity.name,
          ARRAY(SELECT r.role FROM pg_catalog.jsonb_array_elements_text(enrol_identity.roles) WITH ORDINALITY AS r (role, place) ORDER BY r.place),
          bucordo.height() + 1, NULL, own_class);
END $$;

-- Carries out rename, of all keys that the identity has had.
CREATE FUNCTION bucordo.rename_identity(member text, name text, new_name text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM bucordo.current_key(member, name);
  PERFORM bucordo.require_new_name(member, new_name);
  UPDATE bucordo.identity AS i SET name = rename_identity.new_name, former_names = i.former_names || rename_identity.name
   WHERE i.member = rename_identity.member AND i.name = rename_identity.name;
END $$;

-- Carries out rotate. A rotation that waits for another key is given up for this one.
CREATE FUNCTION bucordo.rotate_identity(member text, name text, new_key bytea, old_valid_to int8, by_itself boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  next_height CONSTANT int8 := bucordo.height() + 1;
  old_one     CONSTANT bucordo.identity := bucordo.current_key(member, name);
BEGIN
  PERFORM bucordo.require_new_key(new_key);
  PERFORM bucordo.require_room_for_rotation(member, name, by_itself);
  IF old_one.key = bucordo.ordering_key() THEN
    PERFORM bucordo.refuse('not_permitted', 'the genesis names the key of the node that orders; it cannot be replaced');
  END IF;
  UPDATE bucordo.identity AS i SET valid_to = next_height
    FROM bucordo.rotation AS r
   WHERE r.old_key = old_one.key AND r.accepted_position IS NULL AND i.key = r.new_key AND i.valid_to IS NULL;
  INSERT INTO bucordo.identity (key, member, name, roles, valid_from, valid_to, member_class, former_names)
  VALUES (rotate_identity.new_key, rotate_identity.member, rotate_identity.name, '{}', next_height, NULL, old_one.member_class, old_one.former_names);
  INSERT INTO bucordo.rotation (new_key, old_key, old_valid_to, asked_by_itself, asked_position)
  VALUES (rotate_identity.new_key, old_one.key, rotate_identity.old_valid_to, by_itself, bucordo.position());
END $$;

-- Carries out revoke.
CREATE FUNCTION bucordo.revoke_identity(member text, name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  next_height CONSTANT int8 := bucordo.height() + 1;
BEGIN
  IF EXISTS (SELECT FROM bucordo.identity AS i
              WHERE i.member = revoke_identity.member AND i.name = revoke_identity.name AND i.key = bucordo.ordering_key()) THEN
    PERFORM bucordo.refuse('not_permitted', 'this is the node that orders: without it no block would follow');
  END IF;
  UPDATE bucordo.identity AS i SET valid_to = next_height
   WHERE i.member = revoke_identity.member AND i.name = revoke_identity.name AND (i.valid_to IS NULL OR i.valid_to > next_height);
  IF NOT FOUND THEN
    PERFORM bucordo.current_key(member, name);
  END IF;
  PERFORM bucordo.require_administrators(member);
END $$;

GRANT EXECUTE ON FUNCTION bucordo.quota_blocks() TO bucordo_node, bucordo_reader;
