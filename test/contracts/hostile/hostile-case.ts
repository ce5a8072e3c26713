/**
 * What a hostile case is: a contract that tries to leave its fence, to see what differs between
 * nodes, or to use up a node, and the layers each of which must stop it alone.
 *
 * Most cases are the body of one function, `trial.attack`, in a contract with two filled tables.
 */

/**
 * `B0` limits, `B1` syntax, `B2` semantics and table rules of the checker; `A` privileges (with what
 * Postgres itself refuses inside a function); `budget` the counted limits of a transaction.
 */
export type Layer = 'B0' | 'B1' | 'B2' | 'A' | 'budget';

/** What the attack is after. */
export type AttackKind =
  | 'role'
  | 'setting'
  | 'definition'
  | 'outside'
  | 'other contract'
  | 'system'
  | 'clock'
  | 'randomness'
  | 'session'
  | 'physical'
  | 'order'
  | 'equal'
  | 'first error'
  | 'type'
  | 'failure'
  | 'dynamic'
  | 'table'
  | 'text'
  | 'statement'
  | 'resources';

/** One case. */
export interface HostileCase {
  readonly name: string;
  readonly kind: AttackKind;
  /** Each of these stops the case when the others are switched off. */
  readonly stoppedBy: readonly Layer[];
  /** Declarations of the attacking function. */
  readonly declare: string;
  /** Statements of the attacking function. */
  readonly body: string;
  /** Statements that make more tables; for cases about tables. */
  readonly schema: string;
  /** Function texts instead of the one that `declare` and `body` make. */
  readonly source: string;
}

/** What an author of cases writes: statements, or these parts. */
export type CaseText = string | Partial<Pick<HostileCase, 'declare' | 'body' | 'schema' | 'source'>>;

/** Cases of one kind that the same layers stop, by name. */
export function cases(
  kind: AttackKind,
  stoppedBy: string,
  texts: Readonly<Record<string, CaseText>>,
): HostileCase[] {
  return Object.entries(texts).map(([name, text]) => ({
    name,
    kind,
    stoppedBy: stoppedBy.split(' ').filter(isLayer),
    declare: '',
    body: '',
    schema: '',
    source: '',
    ...(typeof text === 'string' ? { body: text } : text),
  }));
}

function isLayer(text: string): text is Layer {
  return ['B0', 'B1', 'B2', 'A', 'budget'].includes(text);
}

/** Tables of the contract under attack. */
export const TRIAL_SCHEMA = `
CREATE TABLE trial.item (
  id int4 PRIMARY KEY,
  owner text NOT NULL CHECK (octet_length(owner) <= 100),
  balance numeric(12,2) NOT NULL,
  place int4 UNIQUE,
  placed timestamptz,
  facts jsonb
);
CREATE TABLE trial.line (
  item int4 NOT NULL REFERENCES trial.item,
  no int4 NOT NULL,
  amount numeric(12,2) NOT NULL,
  PRIMARY KEY (item, no)
);`;

/** A harmless function that fills them. */
export const TRIAL_FILL = `
CREATE FUNCTION trial.fill() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. 20 LOOP
    INSERT INTO trial.item (id, owner, balance, place, facts) VALUES (i, 'o' || i::text, 100, i, '{"a": 1}');
    INSERT INTO trial.line (item, no, amount) VALUES (i, 1, 1), (i, 2, 2);
  END LOOP;
END
$$;`;

/** The text of the functions of a case, the attacking one named `attack`. */
export function attackSource(attacked: HostileCase, attack = 'attack'): string {
  if (attacked.source !== '') return attacked.source.replaceAll('trial.attack', `trial.${attack}`);
  const declare = attacked.declare === '' ? '' : `DECLARE\n  ${attacked.declare}\n`;
  const body = attacked.body.replaceAll('trial.attack', `trial.${attack}`);
  return `CREATE FUNCTION trial.${attack}() RETURNS text LANGUAGE plpgsql AS $attack$\n${declare}BEGIN\n  ${body}\nEND\n$attack$;`;
}
