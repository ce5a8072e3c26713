-- What may be done with notes. The member who wrote a note owns it.
--
-- Refusals: BC101 somebody else's note   BC201 the number is taken   BC202 there is no such note
--           BC301 no text, or more than 10,000 characters

CREATE FUNCTION notes.add_note(note_id int8, body text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  writer text := bucordo.member();
BEGIN
  PERFORM FROM notes.note AS n WHERE n.note_id = add_note.note_id;
  IF FOUND THEN
    RAISE EXCEPTION 'note % exists already', note_id USING ERRCODE = 'BC201';
  END IF;
  IF body IS NULL OR length(body) NOT BETWEEN 1 AND 10000 THEN
    RAISE EXCEPTION 'note % has no text, or more than 10000 characters', note_id USING ERRCODE = 'BC301';
  END IF;
  INSERT INTO notes.note (note_id, owner, body) VALUES (add_note.note_id, writer, add_note.body);
END
$$;

CREATE FUNCTION notes.change_note(note_id int8, body text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  writer text := bucordo.member();
  note_owner text;
BEGIN
  SELECT n.owner INTO note_owner FROM notes.note AS n WHERE n.note_id = change_note.note_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no note %', note_id USING ERRCODE = 'BC202';
  END IF;
  IF note_owner <> writer THEN
    RAISE EXCEPTION 'note % is a note of %', note_id, note_owner USING ERRCODE = 'BC101';
  END IF;
  IF body IS NULL OR length(body) NOT BETWEEN 1 AND 10000 THEN
    RAISE EXCEPTION 'note % would have no text, or more than 10000 characters', note_id USING ERRCODE = 'BC301';
  END IF;
  UPDATE notes.note AS n SET body = change_note.body WHERE n.note_id = change_note.note_id;
END
$$;

CREATE FUNCTION notes.remove_note(note_id int8) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  writer text := bucordo.member();
  note_owner text;
BEGIN
  SELECT n.owner INTO note_owner FROM notes.note AS n WHERE n.note_id = remove_note.note_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no note %', note_id USING ERRCODE = 'BC202';
  END IF;
  IF note_owner <> writer THEN
    RAISE EXCEPTION 'note % is a note of %', note_id, note_owner USING ERRCODE = 'BC101';
  END IF;
  DELETE FROM notes.note AS n WHERE n.note_id = remove_note.note_id;
END
$$;
