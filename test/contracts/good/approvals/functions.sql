CREATE FUNCTION approvals.request(document_id text, digest bytea, approvers text[], needed int4) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(approvers) <> (SELECT count(DISTINCT a.name) FROM unnest(approvers) AS a (name)) THEN
    RAISE EXCEPTION 'every approver is named once' USING ERRCODE = 'BC301';
  END IF;
  INSERT INTO approvals.document (document_id, digest, approvers, needed, author)
  VALUES (request.document_id, request.digest, request.approvers, request.needed, bucordo.caller());
END
$$;

CREATE FUNCTION approvals.decide(document_id text, digest bytea, approves bool, reason text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  document approvals.document;
  me text := bucordo.caller();
  for_it int4;
  against int4;
  verdict text := 'pending';
BEGIN
  SELECT * INTO document FROM approvals.document AS d WHERE d.document_id = decide.document_id;
  IF document.document_id IS NULL THEN
    RAISE EXCEPTION 'no document %', document_id USING ERRCODE = 'BC202';
  END IF;
  IF document.digest <> digest THEN
    RAISE EXCEPTION 'this is another text than the one to be approved' USING ERRCODE = 'BC302';
  END IF;
  IF NOT (me = ANY (document.approvers)) OR me = document.author THEN
    RAISE EXCEPTION '% does not decide about %', me, document_id USING ERRCODE = 'BC101';
  END IF;
  IF document.state <> 'pending' THEN
    RAISE EXCEPTION 'document % is %', document_id, document.state USING ERRCODE = 'BC401';
  END IF;
  INSERT INTO approvals.decision (document_id, approver, approves, reason, decided_at)
  VALUES (decide.document_id, me, decide.approves, decide.reason, bucordo.block_time());
  SELECT count(*) FILTER (WHERE d.approves), count(*) FILTER (WHERE NOT d.approves)
  INTO for_it, against
  FROM approvals.decision AS d WHERE d.document_id = decide.document_id;
  IF for_it >= document.needed THEN
    verdict := 'approved';
  ELSIF against > cardinality(document.approvers) - document.needed THEN
    verdict := 'refused';
  END IF;
  IF verdict <> 'pending' THEN
    UPDATE approvals.document AS d SET state = verdict WHERE d.document_id = decide.document_id;
  END IF;
  RETURN verdict;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION '% has decided before', me USING ERRCODE = 'BC201';
END
$$;

CREATE FUNCTION approvals.withdraw(document_id text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  me text := bucordo.caller();
BEGIN
  UPDATE approvals.document AS d SET state = 'withdrawn'
  WHERE d.document_id = withdraw.document_id AND d.author = me AND d.state = 'pending';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'only the author withdraws, and only what is pending' USING ERRCODE = 'BC401';
  END IF;
END
$$;

CREATE FUNCTION approvals.pending_for(approver text) RETURNS text[]
LANGUAGE plpgsql AS $$
BEGIN
  RETURN ARRAY(
    SELECT d.document_id FROM approvals.document AS d
    WHERE d.state = 'pending' AND d.approvers @> ARRAY[approver]
      AND NOT EXISTS (
        SELECT FROM approvals.decision AS e WHERE e.document_id = d.document_id AND e.approver = pending_for.approver
      )
    ORDER BY d.document_id
  );
END
$$;
