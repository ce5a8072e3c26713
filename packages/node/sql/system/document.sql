-- Documents of proposals: strict enough here that what members see is what is decided. The document
-- of a contract is decoded in full, by the same rules on every node, when it is activated.

-- Refuses the transaction: the receipt gets the code and the words.
CREATE FUNCTION bucordo.refuse(code text, words text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = code, DETAIL = words;
END $$;

-- The hash by which administrators name a document.
CREATE FUNCTION bucordo.document_hash(kind text, document text) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
  SELECT bucordo.tagged_hash(CASE kind WHEN 'deploy' THEN 'contract' ELSE 'decision' END, pg_catalog.convert_to(document, 'UTF8'))
$$;

-- The keys of an object in the order in which they stand, repeated ones as often as they stand.
CREATE FUNCTION bucordo.keys_in_order(object json) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY(SELECT k.key FROM pg_catalog.json_object_keys(object) WITH ORDINALITY AS k (key, place) ORDER BY k.place)
$$;

-- The document as an object; refused as proposal_invalid when it is not one. Before Postgres parses it,
-- nesting and numbers are limited here: how deep Postgres can go depends on the stack of the machine.
CREATE FUNCTION bucordo.decode_document(document text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  nesting_max CONSTANT int4 := 16;
  skeleton    text := pg_catalog.regexp_replace(document, '"(?:[^"\\]|\\.)*"', '', 'g');
  brackets    text := pg_catalog.translate(skeleton, pg_catalog.translate(skeleton, '[]{}', ''), '');
  decoded     jsonb;
BEGIN
  IF skeleton ~ '[0-9][.eE]|[0-9]{10}' THEN
    PERFORM bucordo.refuse('proposal_invalid', 'numbers in a document are whole and have at most nine digits');
  END IF;
  FOR level IN 1 .. nesting_max LOOP
    brackets := pg_catalog.replace(pg_catalog.replace(brackets, '[]', ''), '{}', '');
  END LOOP;
  IF brackets <> '' THEN
    PERFORM bucordo.refuse('proposal_invalid', 'the document is no JSON, or nested deeper than 16');
  END IF;
  BEGIN
    decoded := document::pg_catalog.jsonb;
  EXCEPTION WHEN data_exception OR syntax_error OR program_limit_exceeded THEN
    PERFORM bucordo.refuse('proposal_invalid', 'the document is no JSON');
  END;
  IF pg_catalog.jsonb_typeof(decoded) <> 'object' THEN
    PERFORM bucordo.refuse('proposal_invalid', 'the document is no JSON object');
  END IF;
  RETURN decoded;
END $$;

-- Refuses a document whose keys are others than `wanted`, in another order, or repeated.
CREATE FUNCTION bucordo.require_keys(document text, wanted text[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF bucordo.keys_in_order(document::pg_catalog.json) <> wanted THEN
    PERFORM bucordo.refuse('proposal_invalid', 'the document has not exactly these keys in this order: '
      || pg_catalog.array_to_string(wanted, ', '));
  END IF;
END $$;

-- A version as numbers that compare; NULL when the text is not a version.
CREATE FUNCTION bucordo.version_parts(version text) RETURNS int8[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN version ~ '^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}$' THEN pg_catalog.string_to_array(version, '.')::pg_catalog.int8[] END
$$;

-- What a proposal of this kind with this document is about: contract, member, kind of decision.
-- Refused as proposal_invalid when the document is not what the kind asks for.
CREATE FUNCTION bucordo.document_subject(kind text, document text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  fields jsonb := bucordo.decode_document(document);
BEGIN
  RETURN CASE kind
    WHEN 'deploy' THEN bucordo.deploy_subject(document, fields)
    WHEN 'retire' THEN bucordo.retire_subject(document, fields)
    WHEN 'policy' THEN bucordo.policy_subject(document, fields)
    WHEN 'limits' THEN bucordo.limits_subject(document, fields)
    WHEN 'admit'  THEN bucordo.admit_subject(document, fields)
    WHEN 'expel'  THEN bucordo.expel_subject(document, fields)
    WHEN 'rules'  THEN bucordo.rules_subject(document, fields)
  END;
END $$;

-- A contract's document: its keys, its name, its version.
CREATE FUNCTION bucordo.deploy_subject(document text, fields jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  name text := fields ->> 'name';
BEGIN
  PERFORM bucordo.require_keys(document, ARRAY['bucordo_contract', 'name', 'version', 'functions', 'views', 'uses',
    'readers', 'scans', 'schema', 'source', 'migrations']);
  IF fields -> 'bucordo_contract' <> '1'::pg_catalog.jsonb THEN
    PERFORM bucordo.refuse('proposal_invalid', 'the document is of another form than bucordo_contract 1');
  ELSIF name IS NULL OR name !~ '^[a-z][a-z0-9_]{0,52}$' OR name ~ '^(bucordo.*|private|public|information_schema|pg_.*|.*_history|.*_read)$' THEN
    PERFORM bucordo.refuse('proposal_invalid', 'a contract may not be named ' || coalesce(pg_catalog.left(name, 63), 'nothing'));
  ELSIF bucordo.version_parts(fields ->> 'version') IS NULL THEN
    PERFORM bucordo.refuse('proposal_invalid', 'the version is not of the form 1.2.3');
  END IF;
  RETURN name;
END $$;

-- {"contract": name, "version": the one that runs}
CREATE FUNCTION bucordo.retire_subject(document text, fields jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
  PERFORM bucordo.require_keys(document, ARRAY['contract', 'version']);
  IF NOT EXISTS (SELECT FROM bucordo.running_contract AS r
                  WHERE r.name = fields ->> 'contract' AND r.version = fields ->> 'version') THEN
    PERFORM bucordo.refuse('proposal_invalid', 'no contract of this name and version runs');
  END IF;
  RETURN fields ->> 'contract';
END $$;

-- {"decision": kind, "rule": policy}
CREATE FUNCTION bucordo.policy_subject(document text, fields jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  problem text;
BEGIN
  PERFORM bucordo.require_keys(document, ARRAY['decision', 'rule']);
  IF NOT EXISTS (SELECT FROM bucordo.policy AS p WHERE p.decision = fields ->> 'decision') THEN
    PERFORM bucordo.refuse('proposal_invalid', 'a policy is for ' || bucordo.kinds_of_policies());
  END IF;
  problem := bucordo.policy_problem(fields -> 'rule');
  IF problem IS NOT NULL THEN
    PERFORM bucordo.refuse('proposal_invalid', problem);
  END IF;
  IF pg_catalog.cardinality(bucordo.keys_in_order(document::pg_catalog.json -> 'rule'))
     <> (SELECT pg_catalog.count(*) FROM pg_catalog.jsonb_object_keys(fields -> 'rule')) THEN
    PERFORM bucordo.refuse('proposal_invalid', 'the policy repeats a key');
  END IF;
  RETURN fields ->> 'decision';
END $$;

-- {"budget": units, "rows": count, "value_bytes": bytes}
CREATE FUNCTION bucordo.limits_subject(document text, fields jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
  PERFORM bucordo.require_keys(document, ARRAY['budget', 'rows', 'value_bytes']);
  IF EXISTS (SELECT FROM pg_catalog.jsonb_each(fields) AS f
              WHERE pg_catalog.jsonb_typeof(f.value) <> 'number' OR f.value < '1'::pg_catalog.jsonb) THEN
    PERFORM bucordo.refuse('proposal_invalid', 'limits are whole numbers from 1 on');
  END IF;
  RETURN 'limits';
END $$;
