-- Members by transaction: admitted and expelled by decision of the others, joining and leaving by
-- their own administrators. A member's row is never removed and its number never given again, so
-- that every old row still leads to who wrote it.
--
-- Whatever changes here at height h counts from height h + 1 on, as everywhere in the catalogue.

-- The members that have a say in decisions and whose nodes' states are counted. Overseers look on:
-- they run no node and have no vote. Who was invited has none before it has joined.
CREATE VIEW bucordo.voting_member AS
SELECT m.id, m.name, m.class, m.number, m.administrators_needed
  FROM bucordo.member AS m
 WHERE m.status = 'active' AND m.class <> 'overseer';

-- Refuses what is not a name: a-z, then up to 62 of a-z 0-9 _ -.
CREATE FUNCTION bucordo.require_label(what text, label text) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF label IS NULL OR label !~ '^[a-z][a-z0-9_-]{0,62}$' THEN
    PERFORM bucordo.refuse('argument_invalid', what || ' is a-z, then up to 62 of a-z 0-9 _ -, not '
      || coalesce('"' || pg_catalog.left(label, 80) || '"', 'nothing'));
  END IF;
END $$;

-- The key of the node that orders, as the genesis names it.
CREATE FUNCTION bucordo.ordering_key() RETURNS bytea
LANGUAGE sql STABLE AS $$
  SELECT pg_catalog.decode(pg_catalog.convert_from(n.document, 'UTF8')::pg_catalog.jsonb -> 'ordering' ->> 'node', 'hex')
    FROM bucordo.network AS n
$$;

-- Refuses to let the member go whose node orders: without it no block would ever come again.
CREATE FUNCTION bucordo.require_no_ordering(leaving text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (SELECT FROM bucordo.identity AS i WHERE i.key = bucordo.ordering_key() AND i.member = leaving) THEN
    PERFORM bucordo.refuse('not_permitted', 'the node of member ' || leaving
      || ' orders, and the network has no successor for it: without it no block would follow');
  END IF;
END $$;

-- Refuses as proposal_invalid unless `good`.
CREATE FUNCTION bucordo.require_document_rule(good boolean, words text) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF good IS NOT TRUE THEN
    PERFORM bucordo.refuse('proposal_invalid', words);
  END IF;
END $$;

-- The member that a document of the kind `admit` is about. The document:
-- {"member": id, "name": text, "class": class, "administrators": {"needed": count},
--  "identities": [{"name": name, "key": 64 hex digits, "roles": [role]}],
--  "authority": certificate (PEM) of the authority of its nodes or "", "text": what the others should know}
CREATE FUNCTION bucordo.admit_subject(document text, fields jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  label         CONSTANT text := '^[a-z][a-z0-9_-]{0,62}$';
  members_max   CONSTANT int4 := 1000;
  authority_max CONSTANT int4 := 8192;
BEGIN
  PERFORM bucordo.require_keys(document, ARRAY['member', 'name', 'class', 'administrators', 'identities', 'authority', 'text']);
  PERFORM bucordo.require_document_rule(pg_catalog.jsonb_typeof(fields -> 'member') = 'string' AND fields ->> 'member' ~ label,
    'the id of a member is a-z, then up to 62 of a-z 0-9 _ -');
  PERFORM bucordo.require_document_rule(pg_catalog.jsonb_typeof(fields -> 'class') = 'string' AND fields ->> 'class' ~ label,
    'the class of a member is a-z, then up to 62 of a-z 0-9 _ -');
  PERFORM bucordo.require_document_rule(pg_catalog.jsonb_typeof(fields -> 'name') = 'string'
    AND pg_catalog.octet_length(fields ->> 'name') BETWEEN 1 AND 200, 'the name of a member has 1 to 200 bytes');
  PERFORM bucordo.require_document_rule(pg_catalog.jsonb_typeof(fields -> 'text') = 'string'
    AND pg_catalog.octet_length(fields ->> 'text') <= 4096, 'the text about a member has at most 4096 bytes');
  PERFORM bucordo.require_document_rule(pg_catalog.jsonb_typeof(fields -> 'authority') = 'string'
    AND pg_catalog.octet_length(fields ->> 'authority') <= authority_max
    AND fields ->> 'authority' ~ '^(-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]+\n)+-----END CERTIFICATE-----\n)?$',
    'the authority is one certificate in PEM of at most ' || authority_max || ' bytes, or empty');
  PERFORM bucordo.require_admitted_identities(fields, document::pg_catalog.json -> 'identities');
  PERFORM bucordo.require_document_rule(
    NOT EXISTS (SELECT FROM bucordo.member AS m WHERE m.id = fields ->> 'member'),
    'there is, or was, a member ' || pg_catalog.left(fields ->> 'member', 63) || ' already');
  PERFORM bucordo.require_document_rule((SELECT pg_catalog.count(*) FROM bucordo.member AS m) < members_max,
    'a network has at most ' || members_max || ' members');
  RETURN fields ->> 'member';
END $$;

-- Refuses what is not a list of first identities, or one that would leave the member without enough
-- administrators. `written` is the list as it stands in the document, where keys may be repeated.
CREATE FUNCTION bucordo.require_admitted_identities(fields jsonb, written json) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
  label          CONSTANT text := '^[a-z][a-z0-9_-]{0,62}$';
  -- The others it enrols itself.
  identities_max CONSTANT int4 := 20;
  each_identity  jsonb;
  place          int4 := 0;
  names          text[] := '{}';
  keys           text[] := '{}';
  administrators int4 := 0;
BEGIN
  PERFORM bucordo.require_document_rule(pg_catalog.jsonb_typeof(fields -> 'administrators') = 'object'
    AND pg_catalog.jsonb_typeof(fields -> 'administrators' -> 'needed') = 'number'
    AND (fields -> 'administrators') - 'needed' = '{}'::pg_catalog.jsonb
    AND fields -> 'administrators' ->> 'needed' ~ '^([1-9][0-9]?|100)$',
    'administrators is {"needed": 1 to 100}');
  PERFORM bucordo.require_document_rule(pg_catalog.jsonb_typeof(fields -> 'identities') = 'array'
    AND pg_catalog.jsonb_array_length(fields -> 'identities') BETWEEN 1 AND identities_max,
    'a member is admitted with 1 to ' || identities_max || ' identities');
  FOR each_identity IN SELECT e.value FROM pg_catalog.jsonb_array_elements(fields -> 'identities') WITH ORDINALITY AS e (value, place) ORDER BY e.place LOOP
    PERFORM bucordo.require_document_rule(pg_catalog.jsonb_typeof(each_identity) = 'object'
      AND bucordo.keys_in_order(written -> place) = ARRAY['name', 'key', 'roles'],
      'an identity has exactly name, key and roles');
    PERFORM bucordo.require_document_rule(pg_catalog.jsonb_typeof(each_identity -> 'name') = 'string' AND each_identity ->> 'name' ~ label
      AND pg_catalog.jsonb_typeof(each_identity -> 'key') = 'string' AND each_identity ->> 'key' ~ '^[0-9a-f]{64}$',
      'an identity has a name (a-z, then up to 62 of a-z 0-9 _ -) and a key of 64 hex digits');
    PERFORM bucordo.require_document_rule(bucordo.are_roles(each_identity -> 'roles'),
      'the roles of ' || (each_identity ->> 'name') || ' are at most 32 different names');
    PERFORM bucordo.require_document_rule(
      fields ->> 'class' <> 'overseer' OR NOT pg_catalog.jsonb_exists(each_identity -> 'roles', 'node'),
      'an overseer runs no node: no identity of it has the role node');
    PERFORM bucordo.require_document_rule(
      NOT EXISTS (SELECT FROM bucordo.identity AS i WHERE i.key = pg_catalog.decode(each_identity ->> 'key', 'hex')),
      'the key of ' || (each_identity ->> 'name') || ' is, or was, enrolled already');
    names := names || (each_identity ->> 'name');
    keys  := keys || (each_identity ->> 'key');
    IF pg_catalog.jsonb_exists(each_identity -> 'roles', 'admin') THEN
      administrators := administrators + 1;
    END IF;
    place := place + 1;
  END LOOP;
  PERFORM bucordo.require_document_rule(
    place = (SELECT pg_catalog.count(DISTINCT n) FROM pg_catalog.unnest(names) AS n)
    AND place = (SELECT pg_catalog.count(DISTINCT k) FROM pg_catalog.unnest(keys) AS k),
    'two identities have one name or one key');
  PERFORM bucordo.require_document_rule(administrators >= (fields -> 'administrators' ->> 'needed')::pg_catalog.int4,
    'fewer identities have the role admin than the member needs administrators');
END $$;

-- Whether the value is a list of at most 32 different names of roles.
CREATE FUNCTION bucordo.are_roles(value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN pg_catalog.jsonb_typeof(value) = 'array' THEN
           pg_catalog.jsonb_array_length(value) <= 32
           AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements(value) AS role
                            WHERE pg_catalog.jsonb_typeof(role) <> 'string' OR role #>> '{}' !~ '^[a-z][a-z0-9_-]{0,62}$')
           AND pg_catalog.jsonb_array_length(value)
               = (SELECT pg_catalog.count(DISTINCT role) FROM pg_catalog.jsonb_array_elements(value) AS role)
         ELSE false END
$$;

-- Admits the member of a document that admit_subject has judged. Its identities are valid from the
-- next height on; it is a member once one of its administrators has joined.
CREATE FUNCTION bucordo.admit_member(fields jsonb, proposal int8) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  this_height CONSTANT int8 := bucordo.height();
BEGIN
  INSERT INTO bucordo.member (id, name, class, number, status, administrators_needed, authority, admitted_by)
  VALUES (fields ->> 'member', fields ->> 'name', fields ->> 'class',
          1 + (SELECT pg_catalog.max(m.number) FROM bucordo.member AS m), 'invited',
          (fields -> 'administrators' ->> 'needed')::pg_catalog.int4, fields ->> 'authority', admit_member.proposal);
  INSERT INTO bucordo.identity (key, member, name, roles, valid_from, valid_to, member_class)
  SELECT pg_catalog.decode(i.value ->> 'key', 'hex'), fields ->> 'member', i.value ->> 'name',
         ARRAY(SELECT r.role FROM pg_catalog.jsonb_array_elements_text(i.value -> 'roles') WITH ORDINALITY AS r (role, place) ORDER BY r.place),
         this_height + 1, NULL, fields ->> 'class'
    FROM pg_catalog.jsonb_array_elements(fields -> 'identities') WITH ORDINALITY AS i (value, place)
   ORDER BY i.place;
END $$;

-- The member that a document of the kind `expel` is about: {"member": id, "reason": text}
CREATE FUNCTION bucordo.expel_subject(document text, fields jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
  PERFORM bucordo.require_keys(document, ARRAY['member', 'reason']);
  PERFORM bucordo.require_document_rule(pg_catalog.jsonb_typeof(fields -> 'reason') = 'string'
    AND pg_catalog.octet_length(fields ->> 'reason') BETWEEN 1 AND 4096, 'the reason has 1 to 4096 bytes');
  PERFORM bucordo.require_document_rule(
    pg_catalog.jsonb_typeof(fields -> 'member') = 'string'
    AND EXISTS (SELECT FROM bucordo.member AS m WHERE m.id = fields ->> 'member' AND m.status IN ('invited', 'active')),
    'there is no such member to expel');
  -- Of two members each would be the only one to decide about the other.
  PERFORM bucordo.require_document_rule(
    (SELECT pg_catalog.count(*) FROM bucordo.voting_member AS m WHERE m.id <> fields ->> 'member') >= 2,
    'two members at least must be left to decide that a third is expelled');
  PERFORM bucordo.require_no_ordering(fields ->> 'member');
  RETURN fields ->> 'member';
END $$;

-- Expels the member of a document that expel_subject has judged: its keys end at the next height,
-- its data stays.
CREATE FUNCTION bucordo.expel_member(fields jsonb, proposal int8) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM bucordo.require_no_ordering(fields ->> 'member');
  PERFORM bucordo.end_member(fields ->> 'member', 'expelled');
END $$;

-- Ends a member: its state, its keys from the next height on, what its administrators have not decided.
CREATE FUNCTION bucordo.end_member(ending text, ended_as text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  next_height CONSTANT int8 := bucordo.height() + 1;
BEGIN
  UPDATE bucordo.member AS m SET status = ended_as WHERE m.id = ending;
  UPDATE bucordo.identity AS i SET valid_to = next_height
   WHERE i.member = ending AND (i.valid_to IS NULL OR i.valid_to > next_height);
  UPDATE bucordo.request AS r SET status = 'withdrawn', decided_position = bucordo.position()
   WHERE r.member = ending AND r.status = 'open';
END $$;

-- Takes part from now on: called by an administrator of a member that was invited. Refused as
-- not_permitted when the member has joined already.
CREATE FUNCTION bucordo.join() RETURNS int8
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  RETURN bucordo.request('join', '{}');
END $$;

-- Leaves the network: the member's keys end at the next height, its data stays. Refused as
-- not_permitted for the member whose node orders.
CREATE FUNCTION bucordo.leave() RETURNS int8
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  RETURN bucordo.request('leave', '{}');
END $$;

-- Carries out join.
CREATE FUNCTION bucordo.join_member(joining text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE bucordo.member AS m SET status = 'active' WHERE m.id = joining AND m.status = 'invited';
  IF NOT FOUND THEN
    PERFORM bucordo.refuse('not_permitted', 'member ' || joining || ' has joined already');
  END IF;
END $$;

-- Carries out leave.
CREATE FUNCTION bucordo.leave_member(leaving text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM bucordo.require_no_ordering(leaving);
  PERFORM bucordo.end_member(leaving, 'left');
END $$;
