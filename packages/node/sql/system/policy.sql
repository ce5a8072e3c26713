-- Policies: how many members must approve a decision of each kind, and who of them has a say.

-- One row per kind of decision. Filled from the genesis, changed by decisions of the kind `policy`.
CREATE TABLE bucordo.policy (
  decision      text COLLATE "C" PRIMARY KEY
                CHECK (decision IN ('deploy', 'retire', 'admit', 'expel', 'policy', 'limits', 'skip', 'rules')),
  rule          jsonb NOT NULL,   -- {"kind": "more_than_two_thirds"} and the like, as in a genesis
  proposal      int8              -- that set it; NULL = the genesis
);

-- What is wrong with a rule, in words for the person who wrote it; NULL when it is a good one.
CREATE FUNCTION bucordo.policy_problem(rule jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  kind     text := CASE WHEN pg_catalog.jsonb_typeof(rule) = 'object' THEN rule ->> 'kind' END;
  detail   text := CASE kind WHEN 'classes' THEN 'classes' WHEN 'at_least' THEN 'count' END;
  unwanted text := CASE WHEN kind IS NOT NULL THEN (
                     SELECT pg_catalog.min(key) FROM pg_catalog.jsonb_object_keys(rule) AS key
                      WHERE key <> 'kind' AND key IS DISTINCT FROM detail) END;
BEGIN
  IF kind IS NULL OR kind NOT IN ('all', 'more_than_two_thirds', 'more_than_half', 'classes', 'at_least') THEN
    RETURN 'the kind of a policy is all, more_than_two_thirds, more_than_half, classes or at_least';
  ELSIF unwanted IS NOT NULL THEN
    RETURN 'a policy of the kind ' || kind || ' has no "' || unwanted || '"';
  ELSIF kind = 'classes' AND NOT coalesce(pg_catalog.jsonb_typeof(rule -> 'classes') = 'array'
          AND pg_catalog.jsonb_array_length(rule -> 'classes') BETWEEN 1 AND 32
          AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements(rule -> 'classes') AS class
                           WHERE pg_catalog.jsonb_typeof(class) <> 'string'), false) THEN
    RETURN 'a policy of the kind classes names 1 to 32 classes of members';
  ELSIF kind = 'at_least' AND NOT coalesce(rule ->> 'count' ~ '^[1-9][0-9]{0,3}$'
          AND pg_catalog.jsonb_typeof(rule -> 'count') = 'number', false) THEN
    RETURN 'a policy of the kind at_least has a count from 1 to 9999';
  END IF;
  RETURN NULL;
END $$;

-- The arithmetic of every policy. Per member its class and what it says: true approves, false
-- rejects, NULL has not said. The policy is met when `approvals` reach `needed`, and cannot be met
-- any more when `voters` less `rejections` stay below it.
-- `voters` are those whom the rule asks: of the kind classes the members of these classes, else all.
-- Members may leave, so that no rule becomes one that nobody can meet: where nobody of the classes
-- is left, all members are asked; where fewer are left than `count`, all of them are needed.
CREATE FUNCTION bucordo.tally(rule jsonb, classes text[], ballots boolean[],
                              OUT voters int4, OUT approvals int4, OUT rejections int4, OUT needed int4)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  kind          text    := rule ->> 'kind';
  is_of_classes boolean := kind = 'classes' AND EXISTS (
                    SELECT FROM pg_catalog.unnest(classes) AS class WHERE pg_catalog.jsonb_exists(rule -> 'classes', class));
BEGIN
  SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE v.approves), pg_catalog.count(*) FILTER (WHERE NOT v.approves)
    INTO voters, approvals, rejections
    FROM ROWS FROM (pg_catalog.unnest(classes), pg_catalog.unnest(ballots)) AS v (class, approves)
   WHERE NOT is_of_classes OR pg_catalog.jsonb_exists(rule -> 'classes', v.class);
  needed := greatest(1, CASE kind
              WHEN 'more_than_two_thirds' THEN voters * 2 / 3 + 1
              WHEN 'more_than_half'       THEN voters / 2 + 1
              WHEN 'at_least'             THEN least(voters, (rule ->> 'count')::int4)
              ELSE voters
            END);
END $$;

-- A rule in words.
CREATE FUNCTION bucordo.policy_words(rule jsonb) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE rule ->> 'kind'
           WHEN 'all'                  THEN 'all members'
           WHEN 'more_than_two_thirds' THEN 'more than two thirds of the members'
           WHEN 'more_than_half'       THEN 'more than half of the members'
           WHEN 'classes'              THEN 'all members of ' || (
             SELECT pg_catalog.string_agg(class, ', ' ORDER BY place)
               FROM pg_catalog.jsonb_array_elements_text(rule -> 'classes') WITH ORDINALITY AS c (class, place))
           WHEN 'at_least'             THEN 'at least ' || (rule ->> 'count') || ' members'
         END
$$;

GRANT EXECUTE ON FUNCTION
  bucordo.tally(jsonb, text[], boolean[]), bucordo.policy_words(jsonb)
  TO bucordo_node, bucordo_reader;
