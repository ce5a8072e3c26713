-- From the question to the finished task. Every test begins with an empty database.
-- identity first/ann class member roles worker
-- identity second/bob class member roles worker

-- test: a task is added, taken and finished
-- at 2026-03-01T09:00:00Z
-- as first/ann
SELECT starter.add_task(1, 'paint the fence');
SELECT asked_by = 'first', taken_by IS NULL FROM starter.task WHERE task_id = 1;
-- as second/bob
SELECT starter.take_task(1);
SELECT starter.finish_task(1);
SELECT taken_by = 'second', finished_at IS NOT NULL FROM starter.task WHERE task_id = 1;
-- expect no rows
SELECT * FROM starter.open_task;

-- test: a number is used once
-- as first/ann
SELECT starter.add_task(1, 'paint the fence');
-- expect BC201 exists already
SELECT starter.add_task(1, 'paint it again');

-- test: nobody takes their own task, or one that is taken
-- as first/ann
SELECT starter.add_task(1, 'paint the fence');
-- expect BC101
SELECT starter.take_task(1);
-- as second/bob
SELECT starter.take_task(1);
-- expect BC401
SELECT starter.take_task(1);

-- test: only who has taken a task finishes it, once
-- as first/ann
SELECT starter.add_task(1, 'paint the fence');
-- expect BC101
SELECT starter.finish_task(1);
-- as second/bob
SELECT starter.take_task(1);
SELECT starter.finish_task(1);
-- expect BC401
SELECT starter.finish_task(1);

-- test: what does not exist is neither taken nor finished
-- as second/bob
-- expect BC202
SELECT starter.take_task(7);
-- expect BC202
SELECT starter.finish_task(7);
