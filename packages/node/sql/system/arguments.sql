-- Arguments that are JSON arrays, as SQL arrays. A JSON null among the elements becomes NULL, and so
-- does a JSON null instead of the array. The grammar was checked before; nothing here decides.

CREATE FUNCTION bucordo.text_array(argument jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF pg_catalog.jsonb_typeof(argument) = 'null' THEN
    RETURN NULL;
  END IF;
  RETURN ARRAY(SELECT element FROM pg_catalog.jsonb_array_elements_text(argument) WITH ORDINALITY AS e (element, place) ORDER BY place);
END $$;

CREATE FUNCTION bucordo.bytea_array(argument jsonb) RETURNS bytea[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF pg_catalog.jsonb_typeof(argument) = 'null' THEN
    RETURN NULL;
  END IF;
  RETURN ARRAY(SELECT pg_catalog.decode(element, 'hex') FROM pg_catalog.jsonb_array_elements_text(argument) WITH ORDINALITY AS e (element, place) ORDER BY place);
END $$;

CREATE FUNCTION bucordo.jsonb_array(argument jsonb) RETURNS jsonb[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF pg_catalog.jsonb_typeof(argument) = 'null' THEN
    RETURN NULL;
  END IF;
  RETURN ARRAY(SELECT NULLIF(element, 'null'::pg_catalog.jsonb) FROM pg_catalog.jsonb_array_elements(argument) WITH ORDINALITY AS e (element, place) ORDER BY place);
END $$;
