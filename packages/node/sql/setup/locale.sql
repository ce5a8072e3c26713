-- Ends the set-up where the database has other letters or another order of texts than all nodes have.
-- With the locale C of the C library, Postgres asks no library about a letter: texts are ordered by
-- their bytes, and upper and lower case exist for A to Z alone, in every version the same. What a
-- database is made with cannot be changed afterwards.

DO $locale$
DECLARE
    found text;
BEGIN
    SELECT pg_catalog.format(
        'encoding %s, provider %s, LC_COLLATE %s, LC_CTYPE %s',
        pg_catalog.pg_encoding_to_char(d.encoding),
        CASE d.datlocprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' ELSE 'builtin' END,
        d.datcollate,
        d.datctype
    )
    INTO STRICT found
    FROM pg_catalog.pg_database AS d
    WHERE d.datname = pg_catalog.current_database();
    IF found <> 'encoding UTF8, provider libc, LC_COLLATE C, LC_CTYPE C' THEN
        RAISE EXCEPTION USING
            MESSAGE = 'the database ' || pg_catalog.current_database() || ' has ' || found
                || '; every node of a network has encoding UTF8, provider libc, LC_COLLATE C, LC_CTYPE C',
            HINT = 'Make another one: CREATE DATABASE bucordo TEMPLATE template0 ENCODING ''UTF8'' LOCALE_PROVIDER libc LOCALE ''C'';';
    END IF;
END
$locale$;
