-- Which public keys may be enrolled: the rule of the protocol (formats.md, keys), where the nodes
-- decide together. A key must be canonical, a point of edwards25519 (RFC 8032), and of the prime
-- order, so that every way to verify a signature comes to the same verdict. Whole numbers only, so
-- the result is exact; about ten milliseconds, for a step that is rare.

CREATE FUNCTION bucordo.is_admitted_key(key bytea) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  p         CONSTANT numeric := 57896044618658097711785492504343953926634992332820282019728792003956564819949;  -- 2^255 - 19
  d         CONSTANT numeric := 37095705934669439343138083508754565189542113879843219016388785533085940283555;
  root_of_minus_one CONSTANT numeric := 19681161376707505956807079304988542015446066515923890162744021073123829784752;
  -- The order of the prime group, 253 bits.
  group_order CONSTANT bit(256) := x'1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed';
  is_odd    CONSTANT boolean := pg_catalog.get_byte(key, 31) >= 128;
  y         numeric := pg_catalog.get_byte(key, 31) & 127;
  u         numeric;
  v         numeric;
  base      numeric;
  power     numeric := 1;
  x         numeric;
  -- A point in extended coordinates, and what the formulas of Hisil et al. (2008) name.
  px numeric; py numeric; pz numeric; pt numeric;
  a  numeric; b  numeric; c  numeric; e  numeric; f numeric; g numeric; h numeric;
BEGIN
  IF pg_catalog.octet_length(key) <> 32 THEN
    RETURN false;
  END IF;
  FOR place IN REVERSE 30 .. 0 LOOP
    y := y * 256 + pg_catalog.get_byte(key, place);
  END LOOP;
  IF y >= p THEN
    RETURN false;
  END IF;

  -- x of RFC 8032, section 5.1.3: a square root of u / v by the power (p - 5) / 8 = 2^252 - 3.
  u := pg_catalog.mod(y * y - 1 + p, p);
  v := pg_catalog.mod(pg_catalog.mod(y * y, p) * d + 1, p);
  base := pg_catalog.mod(v * v, p);
  base := pg_catalog.mod(base * v, p);                          -- v^3
  x := pg_catalog.mod(u * base, p);                             -- u v^3
  base := pg_catalog.mod(pg_catalog.mod(pg_catalog.mod(base * base, p) * v, p) * u, p);  -- u v^7
  FOR place IN REVERSE 251 .. 0 LOOP
    power := pg_catalog.mod(power * power, p);
    IF place <> 1 THEN
      power := pg_catalog.mod(power * base, p);
    END IF;
  END LOOP;
  x := pg_catalog.mod(x * power, p);
  power := pg_catalog.mod(pg_catalog.mod(x * x, p) * v, p);
  IF power = pg_catalog.mod(p - u, p) THEN
    x := pg_catalog.mod(x * root_of_minus_one, p);
  ELSIF power <> u THEN
    RETURN false;
  END IF;
  IF x = 0 THEN
    RETURN false;                                               -- the neutral point or one of order 2
  END IF;
  IF (pg_catalog.mod(x, 2) = 1) <> is_odd THEN
    x := p - x;
  END IF;

  -- The order's multiple of the point, from the order's second bit on, is the neutral point.
  px := x; py := y; pz := 1; pt := pg_catalog.mod(x * y, p);
  base := pt;
  FOR place IN 4 .. 255 LOOP
    a := pg_catalog.mod(px * px, p);
    b := pg_catalog.mod(py * py, p);
    c := pg_catalog.mod(2 * pz * pz, p);
    e := pg_catalog.mod((px + py) * (px + py) - a - b, p);
    g := b - a;
    f := g - c;
    h := -a - b;
    px := pg_catalog.mod(e * f, p); py := pg_catalog.mod(g * h, p); pt := pg_catalog.mod(e * h, p); pz := pg_catalog.mod(f * g, p);
    IF pg_catalog.get_bit(group_order, place) = 1 THEN
      a := pg_catalog.mod((py - px) * (y - x), p);
      b := pg_catalog.mod((py + px) * (y + x), p);
      c := pg_catalog.mod(pg_catalog.mod(pt * base, p) * 2 * d, p);
      e := b - a;
      f := 2 * pz - c;
      g := 2 * pz + c;
      h := b + a;
      px := pg_catalog.mod(e * f, p); py := pg_catalog.mod(g * h, p); pt := pg_catalog.mod(e * h, p); pz := pg_catalog.mod(f * g, p);
    END IF;
  END LOOP;
  RETURN pg_catalog.mod(px, p) = 0 AND pg_catalog.mod(py - pz, p) = 0;
END $$;
