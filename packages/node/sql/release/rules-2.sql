-- Rules 2. A refusal tells what is missing.
--
-- 1. Where a call is refused as not_permitted while it is executed, the receipt's message names the roles of
--    which the caller needs one and the member classes to which its member has to belong. It was empty.
--    The program writes that into bucordo.run_block (execution/dispatch-sql.ts).
-- 2. Where an unknown kind of proposal or of policy is refused, the kind `rules` stands among those that there are.

CREATE OR REPLACE FUNCTION bucordo.kinds_of_proposals() RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT 'deploy, retire, admit, expel, policy, limits or rules' $$;

CREATE OR REPLACE FUNCTION bucordo.kinds_of_policies() RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT 'deploy, retire, admit, expel, policy, limits, skip or rules' $$;
