CREATE FUNCTION consent.latest_version(of_purpose text) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  latest int4;
BEGIN
  SELECT max(p.version) INTO latest FROM consent.purpose AS p WHERE p.purpose = of_purpose;
  RETURN coalesce(latest, 0);
END
$$;

CREATE FUNCTION consent.publish_purpose(purpose text, wording text, lasts int4) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  number int4 := consent.latest_version(purpose) + 1;
BEGIN
  INSERT INTO consent.purpose (purpose, version, wording, digest, lasts)
  VALUES (publish_purpose.purpose, number, publish_purpose.wording, sha256(convert_to(publish_purpose.wording, 'UTF8')), publish_purpose.lasts);
  RETURN number;
END
$$;

CREATE FUNCTION consent.give(person uuid, purpose text, version int4, day date, channel text) RETURNS date
LANGUAGE plpgsql AS $$
DECLARE
  duration int4;
BEGIN
  IF version <> consent.latest_version(purpose) THEN
    RAISE EXCEPTION 'the current wording of % is version %', purpose, consent.latest_version(purpose) USING ERRCODE = 'BC301';
  END IF;
  SELECT p.lasts INTO STRICT duration FROM consent.purpose AS p WHERE p.purpose = give.purpose AND p.version = give.version;
  INSERT INTO consent.statement (person, purpose, place, version, given, until, channel)
  VALUES (give.person, give.purpose, bucordo.position(), give.version, true, give.day + duration, give.channel);
  RETURN day + duration;
END
$$;

CREATE FUNCTION consent.revoke(person uuid, purpose text, channel text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  last record;
BEGIN
  SELECT s.version, s.given INTO last FROM consent.statement AS s
  WHERE s.person = revoke.person AND s.purpose = revoke.purpose
  ORDER BY s.place DESC LIMIT 1;
  IF NOT FOUND OR NOT last.given THEN
    RAISE EXCEPTION 'no consent to revoke' USING ERRCODE = 'BC401';
  END IF;
  INSERT INTO consent.statement (person, purpose, place, version, given, channel)
  VALUES (revoke.person, revoke.purpose, bucordo.position(), last.version, false, revoke.channel);
END
$$;

CREATE FUNCTION consent.may_process(person uuid, purposes text[], day date) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  one text;
  last consent.statement;
  answer jsonb := '{}'::jsonb;
BEGIN
  FOREACH one IN ARRAY purposes LOOP
    SELECT s.* INTO last FROM consent.statement AS s
    WHERE s.person = may_process.person AND s.purpose = one
    ORDER BY s.place DESC LIMIT 1;
    answer := answer || jsonb_build_object(one, FOUND AND last.given AND last.until >= day);
  END LOOP;
  RETURN answer;
END
$$;
