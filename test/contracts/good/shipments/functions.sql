CREATE FUNCTION shipments.append_event(of_waybill text, what text, somewhere text, details jsonb) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  number int4;
BEGIN
  SELECT coalesce(max(e.sequence), 0) + 1 INTO number FROM shipments.event AS e WHERE e.waybill = of_waybill;
  INSERT INTO shipments.event (waybill, sequence, kind, place, at, facts)
  VALUES (of_waybill, number, what, somewhere, bucordo.block_time(), details);
  RETURN number;
END
$$;

-- What may follow upon what.
CREATE FUNCTION shipments.next_state(current text, what text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  CASE what
    WHEN 'departed', 'arrived' THEN
      IF current IN ('sent', 'moving', 'held') THEN
        RETURN 'moving';
      END IF;
    WHEN 'customs' THEN
      IF current = 'moving' THEN
        RETURN 'held';
      END IF;
    WHEN 'delivered' THEN
      IF current = 'moving' THEN
        RETURN 'delivered';
      END IF;
    WHEN 'lost' THEN
      IF current <> 'delivered' THEN
        RETURN 'lost';
      END IF;
    ELSE
      RAISE EXCEPTION 'no such event: %', what USING ERRCODE = 'BC302';
  END CASE;
  RAISE EXCEPTION '% cannot happen to a shipment that is %', what, current USING ERRCODE = 'BC401';
END
$$;

CREATE FUNCTION shipments.dispatch(waybill text, receiver text, parcels int4, weight numeric) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO shipments.shipment VALUES (
    dispatch.waybill, bucordo.member(), dispatch.receiver, bucordo.member(), dispatch.parcels, dispatch.weight, 'sent'
  );
  PERFORM shipments.append_event(waybill, 'sent', 'origin', NULL);
END
$$;

CREATE FUNCTION shipments.record_event(waybill text, kind text, place text, facts jsonb) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  shipment record;
  following text;
BEGIN
  SELECT s.holder, s.state INTO shipment FROM shipments.shipment AS s WHERE s.waybill = record_event.waybill;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no shipment %', waybill USING ERRCODE = 'BC202';
  END IF;
  IF shipment.holder <> bucordo.member() THEN
    RAISE EXCEPTION 'shipment % is with %', waybill, shipment.holder USING ERRCODE = 'BC101';
  END IF;
  following := shipments.next_state(shipment.state, kind);
  UPDATE shipments.shipment AS s SET state = following WHERE s.waybill = record_event.waybill;
  RETURN shipments.append_event(waybill, kind, place, facts);
END
$$;

CREATE FUNCTION shipments.hand_over(waybill text, target text, place text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  me text := bucordo.member();
BEGIN
  UPDATE shipments.shipment AS s SET holder = target
  WHERE s.waybill = hand_over.waybill AND s.holder = me AND s.state IN ('sent', 'moving');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'shipment % is not yours to hand over', waybill USING ERRCODE = 'BC101';
  END IF;
  PERFORM shipments.append_event(waybill, 'handed over', place, jsonb_build_object('from', me, 'to', target));
END
$$;

CREATE FUNCTION shipments.track(waybill text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  step record;
  story text := '';
BEGIN
  FOR step IN SELECT e.sequence, e.kind, e.place FROM shipments.event AS e WHERE e.waybill = track.waybill ORDER BY e.sequence LOOP
    story := story || format('%s %s in %s; ', step.sequence, step.kind, step.place);
  END LOOP;
  RETURN rtrim(story, '; ');
END
$$;
