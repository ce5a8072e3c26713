-- What may happen to a task, and who may make it happen.
--
-- Refusals: BC101 not this member's to do   BC201 exists already   BC202 does not exist
--           BC401 not in this state

CREATE FUNCTION starter.add_task(task_id int8, description text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  asking text := bucordo.member();
BEGIN
  PERFORM FROM starter.task AS t WHERE t.task_id = add_task.task_id;
  IF FOUND THEN
    RAISE EXCEPTION 'task % exists already', task_id USING ERRCODE = 'BC201';
  END IF;
  INSERT INTO starter.task (task_id, asked_by, description, added_at)
  VALUES (add_task.task_id, asking, add_task.description, bucordo.block_time());
END
$$;

-- Whoever asks for a task does not do it.
CREATE FUNCTION starter.take_task(task_id int8) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  taking text := bucordo.member();
  task starter.task;
BEGIN
  SELECT t.* INTO task FROM starter.task AS t WHERE t.task_id = take_task.task_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no task %', task_id USING ERRCODE = 'BC202';
  END IF;
  IF task.asked_by = taking THEN
    RAISE EXCEPTION 'task % is for another member than %', task_id, taking USING ERRCODE = 'BC101';
  END IF;
  IF task.taken_by IS NOT NULL THEN
    RAISE EXCEPTION 'task % is taken by %', task_id, task.taken_by USING ERRCODE = 'BC401';
  END IF;
  UPDATE starter.task AS t SET taken_by = taking WHERE t.task_id = take_task.task_id;
END
$$;

CREATE FUNCTION starter.finish_task(task_id int8) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  finishing text := bucordo.member();
  task starter.task;
BEGIN
  SELECT t.* INTO task FROM starter.task AS t WHERE t.task_id = finish_task.task_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no task %', task_id USING ERRCODE = 'BC202';
  END IF;
  IF task.taken_by IS DISTINCT FROM finishing THEN
    RAISE EXCEPTION 'task % is not taken by %', task_id, finishing USING ERRCODE = 'BC101';
  END IF;
  IF task.finished_at IS NOT NULL THEN
    RAISE EXCEPTION 'task % is finished', task_id USING ERRCODE = 'BC401';
  END IF;
  UPDATE starter.task AS t SET finished_at = bucordo.block_time() WHERE t.task_id = finish_task.task_id;
END
$$;
