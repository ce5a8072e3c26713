CREATE FUNCTION harbour.moor(berth_id int8, ship text, draught text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO harbour.berth (berth_id, ship, draught) VALUES (moor.berth_id, moor.ship, moor.draught);
END
$$;
