-- What the administrators of a member decide about it: at once where one of them is enough, else by
-- a request to which the others consent.

-- Something that an administrator asked for and that needs the consent of more.
CREATE TABLE bucordo.request (
  number            int8 PRIMARY KEY,             -- 1, 2, 3 … in the order of the chain, over all members
  member            text COLLATE "C" NOT NULL REFERENCES bucordo.member (id),
  action            text COLLATE "C" NOT NULL,    -- function that was called
  details           jsonb NOT NULL,               -- its arguments by name
  asked_by          text COLLATE "C" NOT NULL,    -- name within the member
  asked_position    int8 NOT NULL,
  status            text COLLATE "C" NOT NULL CHECK (status IN ('open', 'done', 'withdrawn')),
  decided_position  int8
);
CREATE INDEX request_member ON bucordo.request (member, status, number);

-- Administrators that want it.
CREATE TABLE bucordo.consent (
  request           int8 NOT NULL REFERENCES bucordo.request (number),
  administrator     text COLLATE "C" NOT NULL,    -- name within the member
  position          int8 NOT NULL,
  PRIMARY KEY (request, administrator)
);

-- The identity that signed the transaction.
CREATE FUNCTION bucordo.signer() RETURNS bucordo.identity
LANGUAGE plpgsql STABLE AS $$
DECLARE
  at    CONSTANT int8 := pg_catalog.currval('bucordo.context');
  found_identity bucordo.identity;
BEGIN
  SELECT i.* INTO STRICT found_identity
    FROM bucordo.transaction AS t JOIN bucordo.identity AS i ON i.key = bucordo.signer_of(t.payload)
   WHERE t.position = at;
  RETURN found_identity;
END $$;

-- Whether an identity may act for its member's administration at a height: a key of it is valid
-- there and has the role admin.
CREATE FUNCTION bucordo.is_administrator(member text, name text, height int8) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM bucordo.identity AS i
     WHERE i.member = is_administrator.member AND i.name = is_administrator.name
       AND i.valid_from <= is_administrator.height AND (i.valid_to IS NULL OR i.valid_to > is_administrator.height)
       AND 'admin' = ANY (CASE WHEN i.has_timed_roles
                            THEN bucordo.roles_at(i.key, is_administrator.height, bucordo.time_at(is_administrator.height))
                            ELSE i.roles END))
$$;

-- Administrators of a member whose role has no end: those that it can count on.
CREATE FUNCTION bucordo.lasting_administrators(of_member text) RETURNS int4
LANGUAGE sql STABLE AS $$
  SELECT pg_catalog.count(DISTINCT i.name)::pg_catalog.int4
    FROM bucordo.identity AS i
   WHERE i.member = of_member AND i.valid_to IS NULL
     AND CASE WHEN i.has_timed_roles THEN EXISTS (
               SELECT FROM bucordo.role_grant AS g
                WHERE g.key = i.key AND g.role = 'admin' AND g.to_height IS NULL AND g.to_time IS NULL
                  AND g.from_height <= bucordo.height() + 1 AND (g.from_time IS NULL OR g.from_time <= bucordo.block_time_ms()))
             ELSE 'admin' = ANY (i.roles) END
$$;

-- Refuses when a member has fewer administrators left than its own rule asks for.
CREATE FUNCTION bucordo.require_administrators(of_member text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
  needed CONSTANT int4 := (SELECT m.administrators_needed FROM bucordo.member AS m WHERE m.id = of_member);
BEGIN
  IF bucordo.lasting_administrators(of_member) < needed THEN
    PERFORM bucordo.refuse('not_permitted', 'member ' || of_member || ' would have fewer lasting administrators than the '
      || needed || ' that it needs');
  END IF;
END $$;

-- Does what an administrator asks for, or notes the request where its member needs more of them.
-- Returns the number of the request, NULL when it was done at once.
CREATE FUNCTION bucordo.request(action text, details jsonb) RETURNS int8
LANGUAGE plpgsql AS $$
DECLARE
  -- Enough for every change that an organisation has under way at once.
  open_max CONSTANT int4 := 100;
  asking   CONSTANT bucordo.identity := bucordo.signer();
  needed   CONSTANT int4 := (SELECT m.administrators_needed FROM bucordo.member AS m WHERE m.id = asking.member);
  at       CONSTANT int8 := bucordo.position();
  given    int8;
BEGIN
  IF NOT bucordo.has_role('admin') THEN
    PERFORM bucordo.refuse('not_permitted', asking.member || '/' || asking.name || ' is no administrator of ' || asking.member);
  ELSIF needed <= 1 THEN
    PERFORM bucordo.perform_request(asking.member, action, details);
    RETURN NULL;
  ELSIF (SELECT pg_catalog.count(*) FROM bucordo.request AS r WHERE r.member = asking.member AND r.status = 'open') >= open_max THEN
    PERFORM bucordo.refuse('not_permitted', 'a member has at most ' || open_max || ' open requests; withdraw some');
  END IF;
  given := 1 + coalesce((SELECT pg_catalog.max(r.number) FROM bucordo.request AS r), 0);
  INSERT INTO bucordo.request (number, member, action, details, asked_by, asked_position, status)
  VALUES (given, asking.member, request.action, request.details, asking.name, at, 'open');
  INSERT INTO bucordo.consent (request, administrator, position) VALUES (given, asking.name, at);
  RETURN given;
END $$;

-- The open request of this number and of the signer's member; refused as not_permitted when there is none.
CREATE FUNCTION bucordo.open_request(number int8) RETURNS bucordo.request
LANGUAGE plpgsql STABLE AS $$
DECLARE
  asking CONSTANT bucordo.identity := bucordo.signer();
  found_request   bucordo.request;
BEGIN
  SELECT r.* INTO found_request FROM bucordo.request AS r
   WHERE r.number = open_request.number AND r.member = asking.member AND r.status = 'open';
  IF NOT FOUND THEN
    PERFORM bucordo.refuse('not_permitted', 'member ' || asking.member || ' has no open request ' || coalesce(number::text, 'without a number'));
  ELSIF NOT bucordo.has_role('admin') THEN
    PERFORM bucordo.refuse('not_permitted', asking.member || '/' || asking.name || ' is no administrator of ' || asking.member);
  END IF;
  RETURN found_request;
END $$;

-- Consents to a request of the own member. With the consent of as many of its present administrators
-- as the member needs it is carried out; returns whether it was.
CREATE FUNCTION bucordo.consent(request int8) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  about   CONSTANT bucordo.request := bucordo.open_request(request);
  speaker CONSTANT bucordo.identity := bucordo.signer();
  needed  CONSTANT int4 := (SELECT m.administrators_needed FROM bucordo.member AS m WHERE m.id = about.member);
  given   int4;
BEGIN
  IF EXISTS (SELECT FROM bucordo.consent AS c WHERE c.request = about.number AND c.administrator = speaker.name) THEN
    PERFORM bucordo.refuse('not_permitted', speaker.name || ' has consented to request ' || about.number || ' already');
  END IF;
  INSERT INTO bucordo.consent (request, administrator, position) VALUES (about.number, speaker.name, bucordo.position());
  SELECT pg_catalog.count(*) INTO given FROM bucordo.consent AS c
   WHERE c.request = about.number AND bucordo.is_administrator(about.member, c.administrator, bucordo.height());
  IF given < needed THEN
    RETURN false;
  END IF;
  UPDATE bucordo.request AS r SET status = 'done', decided_position = bucordo.position() WHERE r.number = about.number;
  PERFORM bucordo.perform_request(about.member, about.action, about.details);
  RETURN true;
END $$;

-- Takes back a request of the own member, as long as it is open.
CREATE FUNCTION bucordo.withdraw_request(request int8) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  about CONSTANT bucordo.request := bucordo.open_request(request);
BEGIN
  UPDATE bucordo.request AS r SET status = 'withdrawn', decided_position = bucordo.position() WHERE r.number = about.number;
END $$;

-- Sets how many administrators of the own member a change needs: 1 to 100.
CREATE FUNCTION bucordo.set_administrators(needed int4) RETURNS int8
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF needed IS NULL OR needed NOT BETWEEN 1 AND 100 THEN
    PERFORM bucordo.refuse('argument_invalid', 'a change needs 1 to 100 administrators');
  END IF;
  RETURN bucordo.request('set_administrators', pg_catalog.jsonb_build_object('needed', needed));
END $$;

-- Does what a request of the member asks for.
CREATE FUNCTION bucordo.perform_request(member text, action text, details jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  CASE action
    WHEN 'join' THEN
      PERFORM bucordo.join_member(member);
    WHEN 'leave' THEN
      PERFORM bucordo.leave_member(member);
    WHEN 'enrol' THEN
      PERFORM bucordo.enrol_identity(member, details ->> 'name', pg_catalog.decode(details ->> 'key', 'hex'), details -> 'roles');
    WHEN 'rename' THEN
      PERFORM bucordo.rename_identity(member, details ->> 'name', details ->> 'new_name');
    WHEN 'rotate' THEN
      PERFORM bucordo.rotate_identity(member, details ->> 'name', pg_catalog.decode(details ->> 'new_key', 'hex'), (details ->> 'old_valid_to')::pg_catalog.int8, false);
    WHEN 'revoke' THEN
      PERFORM bucordo.revoke_identity(member, details ->> 'name');
    WHEN 'grant_role' THEN
      PERFORM bucordo.grant_identity_role(member, details);
    WHEN 'withdraw_role' THEN
      PERFORM bucordo.withdraw_identity_role(member, details ->> 'name', details ->> 'role');
    WHEN 'set_administrators' THEN
      UPDATE bucordo.member AS m SET administrators_needed = (details ->> 'needed')::pg_catalog.int4 WHERE m.id = perform_request.member;
      PERFORM bucordo.require_administrators(member);
  END CASE;
END $$;

-- Open and decided requests with who consented.
CREATE VIEW bucordo.requests AS
SELECT r.number, r.member, r.action, r.details, r.asked_by, r.status, m.administrators_needed AS needed,
       ARRAY(SELECT c.administrator FROM bucordo.consent AS c WHERE c.request = r.number ORDER BY c.position) AS consents,
       bucordo.height_of(r.asked_position) AS asked_height, bucordo.height_of(r.decided_position) AS decided_height
  FROM bucordo.request AS r
  JOIN bucordo.member AS m ON m.id = r.member;
