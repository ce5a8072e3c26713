-- What the test kit adds to a throwaway database after the genesis is installed. Runs as the
-- superuser; `bucordo_node` may call all of it. Never part of a member's database.

CREATE SCHEMA bucordo_kit;
GRANT USAGE ON SCHEMA bucordo_kit TO bucordo_node;

-- The tables of all contracts: where they lie, and their columns as lists of SQL.
CREATE VIEW bucordo_kit.present_table AS
SELECT
    n.nspname::pg_catalog.text COLLATE "C" AS contract,
    c.relname::pg_catalog.text COLLATE "C" AS name,
    (
        SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    ) AS columns,
    (
        SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute AS a
        JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
        WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
    ) AS key
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN bucordo.contract AS t ON t.name = n.nspname
WHERE c.relkind = 'r' AND n.nspname <> 'bucordo';

-- The same, written down: a block of a test does not wait for the catalogue.
CREATE TABLE bucordo_kit.contract_table AS
SELECT t.contract, t.name, t.columns, t.key FROM bucordo_kit.present_table AS t;
GRANT SELECT ON bucordo_kit.contract_table TO bucordo_node;

-- Writes them down again, after an upgrade.
CREATE FUNCTION bucordo_kit.read_tables() RETURNS void
LANGUAGE sql SECURITY DEFINER AS $$
    DELETE FROM bucordo_kit.contract_table;
    INSERT INTO bucordo_kit.contract_table (contract, name, columns, key)
    SELECT t.contract, t.name, t.columns, t.key FROM bucordo_kit.present_table AS t;
$$;

-- Puts the rows of one table into the reverse of the order in which they were last written. Triggers
-- are off meanwhile: for the contract nothing happens.
CREATE FUNCTION bucordo_kit.reverse_table(contract text, name text, columns text, key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET session_replication_role = replica SET enable_nestloop = on AS $$
BEGIN
    EXECUTE pg_catalog.format(
        'WITH gone AS (DELETE FROM %1$I.%2$I RETURNING *),
              written AS (
                  SELECT DISTINCT ON (%4$s) %4$s, _position, _ordinal
                  FROM %3$I.%2$I
                  ORDER BY %4$s, _position DESC, _ordinal DESC
              )
         INSERT INTO %1$I.%2$I (%5$s)
         SELECT %5$s
         FROM gone
         LEFT JOIN written USING (%4$s)
         ORDER BY written._position DESC, written._ordinal DESC',
        contract, name, contract || '_history', key, columns
    );
END
$$;

-- The same for all tables that have two rows or more and were written at or behind this position.
CREATE FUNCTION bucordo_kit.reverse_rows(first_position int8) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    this   record;
    is_due boolean;
BEGIN
    FOR this IN SELECT t.contract, t.name, t.columns, t.key FROM bucordo_kit.contract_table AS t ORDER BY 1, 2 LOOP
        EXECUTE pg_catalog.format(
            'SELECT EXISTS (SELECT FROM %I.%I WHERE _position >= $1)
                AND (SELECT count(*) = 2 FROM (SELECT FROM %I.%I LIMIT 2) AS two)',
            this.contract || '_history', this.name, this.contract, this.name
        ) INTO is_due USING first_position;
        IF is_due THEN
            PERFORM bucordo_kit.reverse_table(this.contract, this.name, this.columns, this.key);
        END IF;
    END LOOP;
END
$$;

-- Tells the planner how many rows and pages every table of a contract has, true or not.
CREATE FUNCTION bucordo_kit.pretend_statistics(row_count float4, page_count int4) RETURNS void
LANGUAGE sql AS $$
    UPDATE pg_catalog.pg_class AS c SET reltuples = row_count, relpages = page_count
    FROM bucordo_kit.contract_table AS t
    WHERE c.relnamespace = t.contract::regnamespace AND c.relname = t.name
$$;
REVOKE EXECUTE ON FUNCTION bucordo_kit.pretend_statistics(float4, int4) FROM PUBLIC;

-- Registers are sequences, which a rollback does not set back.
CREATE FUNCTION bucordo_kit.reset_registers() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    register text;
BEGIN
    FOR register IN
        SELECT c.oid::regclass::text
        FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = 'bucordo'::regnamespace AND c.relkind = 'S'
        ORDER BY c.relname
    LOOP
        PERFORM pg_catalog.setval(register::regclass, s.seqmin, false)
        FROM pg_catalog.pg_sequence AS s
        WHERE s.seqrelid = register::regclass;
    END LOOP;
END
$$;

-- How often each function of a contract was entered in this transaction, rejected calls included.
CREATE FUNCTION bucordo_kit.function_entries() RETURNS TABLE (contract text, name text, entries int8)
LANGUAGE sql SECURITY DEFINER AS $$
    SELECT n.nspname::text, p.proname::text, coalesce(pg_catalog.pg_stat_get_xact_function_calls(p.oid), 0)
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    JOIN bucordo.contract AS c ON c.name = n.nspname AND c.name <> 'bucordo'
    ORDER BY 1, 2
$$;

-- One line per table: what all its rows come to, whatever their order.
CREATE FUNCTION bucordo_kit.contents() RETURNS TABLE (contract text, name text, digest text)
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    FOR contract, name IN SELECT t.contract, t.name FROM bucordo_kit.contract_table AS t ORDER BY 1, 2 LOOP
        EXECUTE pg_catalog.format(
            'SELECT pg_catalog.md5(coalesce(pg_catalog.string_agg(r::text, chr(10) ORDER BY r::text COLLATE "C"), ''''))
             FROM %I.%I AS r',
            contract, name
        ) INTO digest;
        RETURN NEXT;
    END LOOP;
END
$$;

-- Branches of functions are counted by sequences, because a rollback leaves them alone.
CREATE FUNCTION bucordo_kit.make_branches(branch_count int4) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    FOR branch IN 1 .. branch_count LOOP
        EXECUTE pg_catalog.format('CREATE UNLOGGED SEQUENCE bucordo_kit.branch_%s', branch);
    END LOOP;
END
$$;

-- Notes that a branch was entered. What a marked contract calls, as an assertion that always holds.
CREATE FUNCTION bucordo_kit.reach(branch int4) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM pg_catalog.nextval(('bucordo_kit.branch_' || branch)::pg_catalog.regclass);
    RETURN true;
END
$$;

-- The branches that were entered since the beginning, rising.
CREATE FUNCTION bucordo_kit.reached_branches() RETURNS int4[]
LANGUAGE sql SECURITY DEFINER AS $$
    SELECT coalesce(pg_catalog.array_agg(b.number ORDER BY b.number), '{}')
    FROM (
        SELECT pg_catalog.replace(s.sequencename, 'branch_', '')::int4 AS number
        FROM pg_catalog.pg_sequences AS s
        WHERE s.schemaname = 'bucordo_kit' AND s.last_value IS NOT NULL
    ) AS b
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA bucordo_kit FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bucordo_kit TO bucordo_node;
REVOKE EXECUTE ON FUNCTION bucordo_kit.pretend_statistics(float4, int4), bucordo_kit.make_branches(int4) FROM bucordo_node;
GRANT USAGE ON SCHEMA bucordo_kit TO PUBLIC;
GRANT EXECUTE ON FUNCTION bucordo_kit.reach(int4) TO PUBLIC;
