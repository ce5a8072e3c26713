-- What a transaction does to rows: its effect in 32 bytes, and the rows one by one for a person to read.
--
-- Generated from the catalogue, because both read the history of every table. Placeholders: effects,
-- changes, rows (one branch per table), effectTag.

-- H("effect", …) of the transaction at this position, over the row changes it has made so far. The
-- position is not part of it, so that a transaction has the same effect wherever it stands.
CREATE OR REPLACE FUNCTION bucordo.effect_of(transaction_position int8) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $effect$
DECLARE
  changes_counted CONSTANT boolean := current_setting('track_counts') = 'on';
  change_hashes   bytea[] := '{}';
  changes         bytea;
BEGIN
{{effects}}
  changes := (SELECT string_agg(hash, ''::bytea ORDER BY hash) FROM unnest(change_hashes) AS hash);
  RETURN sha256('\x{{effectTag}}'::bytea || int4send(coalesce(octet_length(changes), 0) / 32) || coalesce(changes, ''::bytea));
END $effect$;

-- The row changes of the transaction at this position in the order in which it made them. `row_values`
-- are the new row's columns as text, of the old row where it was deleted; `key_values` those of the
-- primary key. Of a table that not everybody may read all of, the values are left out (NULL).
CREATE OR REPLACE FUNCTION bucordo.changes_of(transaction_position int8, rows_max int4)
RETURNS TABLE (ordinal int4, operation text, contract text, table_name text, column_names text[],
               row_values text[], key_names text[], key_values text[])
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $changes$
BEGIN
  RETURN QUERY
    SELECT c.* FROM (
{{changes}}
    ) AS c (ordinal, operation, contract, table_name, column_names, row_values, key_names, key_values)
    ORDER BY c.ordinal, c.contract, c.table_name
    LIMIT rows_max;
END $changes$;

-- The present row of a table by its primary key, columns as text; NULL when there is none.
CREATE OR REPLACE FUNCTION bucordo.row_of(contract text, table_name text, key_values text[]) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $row$
BEGIN
{{rows}}
  RETURN NULL;
END $row$;

REVOKE EXECUTE ON FUNCTION bucordo.effect_of(int8), bucordo.changes_of(int8, int4), bucordo.row_of(text, text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bucordo.changes_of(int8, int4), bucordo.row_of(text, text, text[]), bucordo.effect_of(int8) TO bucordo_node;
