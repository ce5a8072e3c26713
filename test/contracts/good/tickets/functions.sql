CREATE FUNCTION tickets.answer_hours(priority int2) RETURNS int4
LANGUAGE sql IMMUTABLE
RETURN CASE priority WHEN 1 THEN 2 WHEN 2 THEN 8 WHEN 3 THEN 24 ELSE 72 END;

CREATE FUNCTION tickets.open_ticket(title text, priority int2, labels text[], content text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  ticket uuid := bucordo.new_id();
  opened timestamptz := bucordo.block_time();
BEGIN
  INSERT INTO tickets.ticket (ticket_id, title, opened_by, opened_at, answer_by, priority, labels)
  VALUES (ticket, btrim(open_ticket.title), bucordo.caller(), opened,
          bucordo.add_seconds(opened, tickets.answer_hours(open_ticket.priority) * 3600),
          open_ticket.priority, coalesce(open_ticket.labels, '{}'));
  INSERT INTO tickets.comment (ticket_id, position, ordinal, author, content)
  VALUES (ticket, bucordo.position(), bucordo.ordinal(), bucordo.caller(), open_ticket.content);
  RETURN ticket;
END
$$;

CREATE FUNCTION tickets.comment(ticket_id uuid, content text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM tickets.ticket AS t WHERE t.ticket_id = comment.ticket_id AND t.state <> 'closed') THEN
    RAISE EXCEPTION 'no open ticket %', ticket_id::text USING ERRCODE = 'BC202';
  END IF;
  INSERT INTO tickets.comment (ticket_id, position, ordinal, author, content)
  VALUES (comment.ticket_id, bucordo.position(), bucordo.ordinal(), bucordo.caller(), comment.content);
END
$$;

CREATE FUNCTION tickets.assign(ticket_id uuid, assignee text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE tickets.ticket AS t SET assignee = assign.assignee, state = 'assigned'
  WHERE t.ticket_id = assign.ticket_id AND t.state IN ('open', 'assigned');
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'BC401', MESSAGE = 'only an open ticket can be assigned';
  END IF;
END
$$;

CREATE FUNCTION tickets.close(ticket_id uuid, reason text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  me text := bucordo.caller();
BEGIN
  UPDATE tickets.ticket AS t SET state = 'closed'
  WHERE t.ticket_id = close.ticket_id AND t.state = 'assigned' AND t.assignee = me;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a ticket is closed by whom it is assigned to' USING ERRCODE = 'BC101';
  END IF;
  INSERT INTO tickets.comment VALUES (close.ticket_id, bucordo.position(), bucordo.ordinal(), me, 'closed: ' || reason);
END
$$;

-- Raises the priority of what nobody answered in time, at most 50 tickets a call, the oldest first.
CREATE FUNCTION tickets.escalate_overdue() RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  late record;
  moment timestamptz := bucordo.block_time();
  raised int4 := 0;
BEGIN
  FOR late IN
    SELECT t.ticket_id, t.priority FROM tickets.ticket AS t
    WHERE t.state = 'open' AND t.answer_by < moment
    ORDER BY t.answer_by, t.ticket_id
    LIMIT 50
  LOOP
    CONTINUE WHEN late.priority = 1;
    UPDATE tickets.ticket AS t
    SET priority = t.priority - 1::int2, labels = array_append(array_remove(t.labels, 'late'), 'late')
    WHERE t.ticket_id = late.ticket_id;
    raised := raised + 1;
  END LOOP;
  RETURN raised;
END
$$;

CREATE FUNCTION tickets.workload(assignee text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb;
BEGIN
  SELECT jsonb_build_object(
      'open', count(*) FILTER (WHERE t.state <> 'closed'),
      'closed', count(*) FILTER (WHERE t.state = 'closed'),
      'oldest', min(t.opened_at) FILTER (WHERE t.state <> 'closed'))
  INTO answer
  FROM tickets.ticket AS t WHERE t.assignee = workload.assignee;
  RETURN answer;
END
$$;
