/** Cases that reach for other contracts, for the system's own tables and registers, and for SQL made at run time. */

import { cases, type HostileCase } from './hostile-case.ts';

/** Other contracts' tables and functions. */
export const OTHER_CONTRACTS: readonly HostileCase[] = [
  ...cases('other contract', 'B1 B2 A', {
    'read a table': `RETURN (SELECT p.content FROM secret.paper AS p WHERE p.id = 1);`,
    'write a table': `INSERT INTO secret.paper (id, content) VALUES (7, 'forged'); RETURN 'x';`,
    'update a table': `UPDATE secret.paper SET content = 'forged' WHERE id = 1; RETURN 'x';`,
    'delete from a table': `DELETE FROM secret.paper WHERE id = 1; RETURN 'x';`,
    'call a function': `PERFORM secret.publish(8); RETURN 'x';`,
    'call a helper': `RETURN secret.whisper(1);`,
    'use its row type': {
      declare: 'p secret.paper;',
      body: `SELECT * INTO p FROM secret.paper AS s WHERE s.id = 1; RETURN p.content;`,
    },
    'read by join': `RETURN (SELECT p.content FROM trial.item AS i JOIN secret.paper AS p ON p.id = i.id WHERE i.id = 1);`,
    'read its history': `RETURN (SELECT count(*) FROM secret_history.paper)::text;`,
    'read in a subquery of a write': `UPDATE trial.item SET owner = (SELECT p.content FROM secret.paper AS p WHERE p.id = 1) WHERE id = 1; RETURN 'x';`,
    'insert what it reads': `INSERT INTO trial.line (item, no, amount) SELECT 1, p.id + 100, 1 FROM secret.paper AS p ORDER BY p.id; RETURN 'x';`,
    'merge into it': `MERGE INTO secret.paper AS p USING trial.item AS i ON p.id = i.id WHEN MATCHED THEN DELETE; RETURN 'x';`,
    'table command': `RETURN (TABLE secret.paper)::text;`,
    'a view that is not published': `RETURN (SELECT d.content FROM secret.digest AS d WHERE d.id = 1);`,
    'existence by name': `RETURN (to_regclass('secret.paper') IS NOT NULL)::text;`,
  }),
];

/** The system's own tables, registers and functions. */
export const SYSTEM: readonly HostileCase[] = [
  ...cases('system', 'B1 B2 A', {
    'give itself a role': `UPDATE bucordo.identity SET roles = '{node}'; RETURN 'x';`,
    'enrol an identity': `INSERT INTO bucordo.identity (key) VALUES ('\\x00'); RETURN 'x';`,
    'read identities': `RETURN (SELECT count(*) FROM bucordo.identity)::text;`,
    'read transactions': `RETURN (SELECT count(*) FROM bucordo.transaction)::text;`,
    'write a rejection': `INSERT INTO bucordo.rejection (position, code, message) VALUES (1, 'x', 'x'); RETURN 'x';`,
    'rewrite the state': `UPDATE bucordo.state SET state_hash = '\\x00'; RETURN 'x';`,
    'rewrite a block': `DELETE FROM bucordo.block; RETURN 'x';`,
    'change a contract': `UPDATE bucordo.contract SET version = '9.9.9'; RETURN 'x';`,
    'change a function': `UPDATE bucordo.function SET roles = '{}'; RETURN 'x';`,
    'forge the register of the transaction': `PERFORM setval('bucordo.context', 1); RETURN 'x';`,
    'read the register': `RETURN currval('bucordo.context')::text;`,
    'last value of the register': `RETURN (SELECT s.last_value FROM bucordo.context AS s)::text;`,
    lastval: `RETURN lastval()::text;`,
    'forge the counter of rows': `PERFORM setval('bucordo.rows', 1); RETURN 'x';`,
    'nextval of the counter': `RETURN nextval('bucordo.rows')::text;`,
    'execute a block': `PERFORM bucordo.execute_block(1, 1, '', '', '', '', '', 0); RETURN 'x';`,
    'call the checkpoint': `PERFORM bucordo.checkpoint('x', 'y'); RETURN 'x';`,
    'rejection codes': `RETURN bucordo.rejection_code('53100', 'x', 'y');`,
    'read its own history': `RETURN (SELECT count(*) FROM trial_history.item)::text;`,
    'write its own history': `DELETE FROM trial_history.item; RETURN 'x';`,
    'call the history trigger': `PERFORM trial_history.item_insert(); RETURN 'x';`,
    'as of a height': `RETURN (SELECT count(*) FROM trial_history.item_at(1))::text;`,
    'read the guard': `RETURN (SELECT count(*) FROM bucordo_guard.routine_right)::text;`,
    'private schema': `RETURN (SELECT count(*) FROM private.anything)::text;`,
  }),
];

/** The catalogue and what the session knows. */
export const SESSION: readonly HostileCase[] = [
  ...cases('session', 'B1 B2 A', {
    'statistics of tables': `RETURN (SELECT sum(s.n_live_tup) FROM pg_catalog.pg_stat_user_tables AS s)::text;`,
    'estimates of tables': `RETURN (SELECT c.reltuples FROM pg_catalog.pg_class AS c WHERE c.relname = 'item')::text;`,
    'samples of values': `RETURN (SELECT count(*) FROM pg_catalog.pg_stats)::text;`,
    'sources of functions': `RETURN (SELECT count(*) FROM pg_catalog.pg_proc)::text;`,
    'tables by information schema': `RETURN (SELECT count(*) FROM information_schema.tables)::text;`,
    'tables without a schema': `RETURN (SELECT count(*) FROM pg_tables)::text;`,
    'size of a table': `RETURN pg_relation_size('trial.item')::text;`,
    'size of the database': `RETURN pg_database_size('postgres')::text;`,
    'size of a value on disk': `RETURN (SELECT pg_column_size(i.facts) FROM trial.item AS i WHERE i.id = 1)::text;`,
    'compression of a value': `RETURN (SELECT pg_column_compression(i.facts) FROM trial.item AS i WHERE i.id = 1);`,
    version: `RETURN version();`,
    'server address': `RETURN inet_server_port()::text;`,
    'client address': `RETURN inet_client_addr()::text;`,
    'process number': `RETURN pg_backend_pid()::text;`,
    'own database': `RETURN current_database()::text;`,
    'schemas in the path': `RETURN current_schemas(true)::text;`,
    'start of the server': `RETURN pg_postmaster_start_time()::text;`,
    'source of itself': `RETURN pg_get_functiondef('trial.attack()'::regprocedure);`,
    'number of a transaction': `RETURN txid_current()::text;`,
    'number of a transaction, new name': `RETURN pg_current_xact_id()::text;`,
    snapshot: `RETURN pg_current_snapshot()::text;`,
    'log position': `RETURN pg_current_wal_lsn()::text;`,
    'description of an object': `RETURN obj_description('trial.item'::regclass);`,
    'depth of triggers': `RETURN pg_trigger_depth()::text;`,
    'time zones': `RETURN (SELECT count(*) FROM pg_catalog.pg_timezone_names)::text;`,
    'type of an expression': `RETURN pg_typeof(1)::text;`,
    'collation of an expression': `RETURN (SELECT pg_collation_for(i.owner) FROM trial.item AS i WHERE i.id = 1);`,
    'oid of a name': `RETURN to_regclass('trial.item')::oid::text;`,
    'visible tables': `RETURN pg_table_is_visible(1259)::text;`,
    'oid of a table by cast': `RETURN 'trial.item'::regclass::oid::text;`,
    'oid of a function by cast': `RETURN 'trial.attack()'::regprocedure::oid::text;`,
    'oid of a type by cast': `RETURN 'int4'::regtype::oid::text;`,
    'role by cast': `RETURN 'bucordo_owner'::regrole::oid::text;`,
  }),
  ...cases('session', 'B1 B2', {
    'current_user keyword': `RETURN CURRENT_USER;`,
    'session_user keyword': `RETURN SESSION_USER;`,
    'user keyword': `RETURN USER;`,
    'current_role keyword': `RETURN CURRENT_ROLE;`,
    'current_catalog keyword': `RETURN CURRENT_CATALOG;`,
    'current_schema keyword': `RETURN CURRENT_SCHEMA;`,
  }),
  ...cases('session', 'B1', {
    'call stack': { declare: 'x text;', body: `GET DIAGNOSTICS x = PG_CONTEXT; RETURN x;` },
  }),
];

/** SQL put together while it runs, and other ways around what can be read beforehand. */
export const DYNAMIC: readonly HostileCase[] = [
  ...cases('dynamic', 'B1 B2', {
    execute: `EXECUTE 'RESET ALL'; RETURN 'x';`,
    'execute of a harmless text': `EXECUTE 'DELETE FROM trial.line WHERE item = 99'; RETURN 'x';`,
    'execute into': { declare: 'x text;', body: `EXECUTE 'SELECT CURRENT_USER' INTO x; RETURN x;` },
    'execute using': {
      declare: 'x text;',
      body: `EXECUTE 'SELECT $1 || $2' INTO x USING 'a', 'b'; RETURN x;`,
    },
    'execute of format': { declare: 'x text;', body: `EXECUTE format('SELECT %L', 'a') INTO x; RETURN x;` },
    'for in execute': {
      declare: 'r record;',
      body: `FOR r IN EXECUTE 'SELECT CURRENT_USER AS u' LOOP RETURN r.u; END LOOP; RETURN 'x';`,
    },
    'open for execute': { declare: `c refcursor;`, body: `OPEN c FOR EXECUTE 'SELECT 1'; RETURN 'x';` },
    'cursor left open': { declare: `c refcursor := 'leak';`, body: `OPEN c FOR SELECT 1; RETURN 'x';` },
    'bound cursor': {
      declare: `c CURSOR FOR SELECT i.id FROM trial.item AS i;`,
      body: `OPEN c; RETURN 'x';`,
    },
    'scroll cursor': {
      declare: `c SCROLL CURSOR FOR SELECT i.id FROM trial.item AS i; n int;`,
      body: `OPEN c; MOVE LAST FROM c; FETCH PRIOR FROM c INTO n; CLOSE c; RETURN n::text;`,
    },
    'where current of': {
      declare: `c CURSOR FOR SELECT i.id FROM trial.item AS i FOR UPDATE; n int;`,
      body: `OPEN c; FETCH c INTO n; DELETE FROM trial.line WHERE item = 99; RETURN 'x';`,
    },
    prepare: `PREPARE trial_plan AS SELECT 1; RETURN 'x';`,
    deallocate: `DEALLOCATE ALL; RETURN 'x';`,
    'discard plans': `DISCARD PLANS; RETURN 'x';`,
    explain: {
      declare: 'r record;',
      body: `FOR r IN EXPLAIN SELECT 1 LOOP RETURN r::text; END LOOP; RETURN 'x';`,
    },
    'for update': {
      declare: 'n int;',
      body: `SELECT i.id INTO n FROM trial.item AS i WHERE i.id = 1 FOR UPDATE; RETURN n::text;`,
    },
    'for update skip locked': {
      declare: 'n int;',
      body: `SELECT i.id INTO n FROM trial.item AS i WHERE i.id = 1 FOR UPDATE SKIP LOCKED; RETURN n::text;`,
    },
  }),
  ...cases('dynamic', 'B1 A', {
    'return query execute': {
      source: `CREATE FUNCTION trial.attack() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'SELECT CURRENT_USER::text'; END $$;`,
    },
  }),
  ...cases('dynamic', 'B1 B2 A', {
    'do block': `DO $do$ BEGIN NULL; END $do$; RETURN 'x';`,
    commit: `COMMIT; RETURN 'x';`,
    rollback: `ROLLBACK; RETURN 'x';`,
    'commit and chain': `COMMIT AND CHAIN; RETURN 'x';`,
    savepoint: `SAVEPOINT s; RETURN 'x';`,
    'prepare transaction': `PREPARE TRANSACTION 'x'; RETURN 'x';`,
    'call a procedure': `CALL trial.nothing(); RETURN 'x';`,
    'query to xml': `RETURN query_to_xml('SELECT 1', true, true, '')::text;`,
    'table to xml': `RETURN table_to_xml('secret.paper', true, true, '')::text;`,
    'cursor to xml': {
      declare: `c refcursor := 'zz';`,
      body: `OPEN c FOR SELECT 1; RETURN cursor_to_xml(c, 1, true, true, '')::text;`,
    },
    'database to xml': `RETURN length(database_to_xml(true, true, '')::text)::text;`,
    'rewrite a text search query': `RETURN ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, ''b''::tsquery')::text;`,
    'text search statistics': `RETURN (SELECT count(*) FROM ts_stat('SELECT ''a''::tsvector'))::text;`,
    'select into a table': `EXECUTE 'SELECT 1 AS a INTO TABLE trial.made'; RETURN 'x';`,
  }),
];
