/**
 * The same attack written otherwise: other letters, comments for spaces, quoted, qualified and
 * escaped names, wrapped into statements and queries, moved to a helper. Whatever stops a case must
 * stop each of its variants.
 */

import type { HostileCase } from './hostile-case.ts';

/** The variants of a case; none for a case that brings its whole source or only tables. */
export function variantsOf(attacked: HostileCase): HostileCase[] {
  if (attacked.body === '' || attacked.source !== '') return [];
  return Object.entries(VARIANTS).flatMap(([name, vary]) => {
    const varied = vary(attacked);
    if (varied === null) return [];
    const isSame =
      varied.body === attacked.body && varied.declare === attacked.declare && varied.source === '';
    return isSame ? [] : [{ ...varied, name: `${attacked.name} (${name})` }];
  });
}

type Vary = (attacked: HostileCase) => HostileCase | null;

const VARIANTS: Readonly<Record<string, Vary>> = {
  'upper case': ofCode((token) => token.toUpperCase()),
  'mixed case': ofCode((token) => token.replace(/[a-z]/gi, (letter, at: number) => flip(letter, at))),
  'comments for spaces': ofSpaces(() => '/* a /* b */ */'),
  'lines and tabs for spaces': ofSpaces(() => ' -- SELECT $$\n\t'),
  'quoted names': ofCalled((name) => `"${name}"`),
  'qualified names': ofCalled((name) => `pg_catalog.${name}`),
  'qualified and quoted names': ofCalled((name) => `"pg_catalog" . "${name}"`),
  'escaped names': ofCalled(
    (name) => `U&"\\${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}"`,
  ),
  'in a block': ofBody((body) => `<<inner_one>>\nBEGIN\n${body}\nEND inner_one;\nRETURN 'y';`),
  'in a branch': ofBody((body) => `IF 1 = 1 THEN\n${body}\nEND IF;\nRETURN 'y';`),
  'in an else': ofBody((body) => `IF 1 = 2 THEN NULL; ELSE\n${body}\nEND IF;\nRETURN 'y';`),
  'in a loop': ofBody((body) => `FOR k IN 1 .. 1 LOOP\n${body}\nEND LOOP;\nRETURN 'y';`),
  'in a case': ofBody((body) => `CASE 1 WHEN 1 THEN\n${body}\nEND CASE;\nRETURN 'y';`),
  'in a handler': ofBody(
    (body) => `BEGIN PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN\n${body}\nEND;\nRETURN 'y';`,
  ),
  'in a helper': inHelper,
  'in a subquery': ofReturned((expression) => `RETURN (SELECT ${expression});`),
  'in a CTE': ofReturned(
    (expression) => `RETURN (WITH w AS (SELECT (${expression}) AS v) SELECT w.v FROM w);`,
  ),
  'in VALUES': ofReturned((expression) => `RETURN (SELECT v.a FROM (VALUES ((${expression}))) AS v (a));`),
  'in a CASE expression': ofReturned(
    (expression) => `RETURN CASE WHEN 1 = 1 THEN ${expression} ELSE 'y' END;`,
  ),
  'in coalesce': ofReturned((expression) => `RETURN coalesce(NULL, ${expression}, 'y');`),
  'in an array': ofReturned((expression) => `RETURN (ARRAY[${expression}])[1];`),
  'in an argument': ofReturned((expression) => `RETURN lower(${expression});`),
  'in an assignment': ofReturned(
    (expression) => `found_text := ${expression}; RETURN found_text;`,
    'found_text text;',
  ),
  'in an initialiser': (attacked) => {
    const expression = returned(attacked);
    if (expression === null) return null;
    const declare = `${attacked.declare} found_text text := ${expression};`;
    return { ...attacked, declare, body: 'RETURN found_text;' };
  },
  'in SELECT INTO': ofReturned(
    (expression) => `SELECT ${expression} INTO found_text; RETURN found_text;`,
    'found_text text;',
  ),
  'in a write': ofReturned(
    (expression) => `UPDATE trial.item SET owner = ${expression} WHERE id = 1; RETURN 'y';`,
  ),
};

const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_][\w$]*|\s+|[\s\S]/g;

function tokens(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

function ofBody(change: (body: string) => string): Vary {
  return (attacked) => ({ ...attacked, body: change(attacked.body) });
}

function ofCode(change: (token: string) => string): Vary {
  const all = (text: string): string =>
    tokens(text)
      .map((token) => (/^[A-Za-z_]/.test(token) ? change(token) : token))
      .join('');
  return (attacked) => ({ ...attacked, declare: all(attacked.declare), body: all(attacked.body) });
}

function ofSpaces(change: () => string): Vary {
  return ofBody((body) =>
    tokens(body)
      .map((token) => (/^\s+$/.test(token) ? change() : token))
      .join(''),
  );
}

/** Words before a parenthesis that are no function, or whose arguments have a grammar of their own. */
const NO_CALL: ReadonlySet<string> = new Set(
  `any all some array as by cast coalesce collate conflict cube current_time current_timestamp exists extract filter
  format from greatest group if in insert into item json least line localtime localtimestamp nullif on or over overlay
  and not normalize partition position precision row select set substring system bernoulli table then trim union using
  values when where with within xmlparse attack time timestamp interval numeric returning do update q i l e f j p s t a
  lateral repeatable range copy paper anything int4 text rows constraint bit char order having offset limit between is
  like leftarg loop return perform else elsif while on_conflict exception raise begin end`.split(/\s+/),
);

// Built-in functions are called by these cases without their schema.
function ofCalled(change: (name: string) => string): Vary {
  return ofBody((body) => {
    const all = tokens(body);
    return all
      .map((token, at) => {
        const isCalled = /^[a-z_]\w*$/.test(token) && all[at + 1] === '(' && !NO_CALL.has(token);
        return isCalled && all[at - 1] !== '.' ? change(token) : token;
      })
      .join('');
  });
}

// The expression of a body that is one RETURN.
function returned(attacked: HostileCase): string | null {
  const match = /^RETURN ([\s\S]+);$/.exec(attacked.body);
  const expression = match?.[1];
  if (expression === undefined || tokens(expression).includes(';') || expression === "'x'") return null;
  return expression;
}

function ofReturned(change: (expression: string) => string, declare = ''): Vary {
  return (attacked) => {
    const expression = returned(attacked);
    if (expression === null) return null;
    return { ...attacked, declare: `${attacked.declare} ${declare}`.trim(), body: change(expression) };
  };
}

// The helper is named after the attack, so that many of them fit into one contract.
function inHelper(attacked: HostileCase): HostileCase {
  const declare = attacked.declare === '' ? '' : `DECLARE ${attacked.declare} `;
  const body = attacked.body.replaceAll('trial.attack(', 'trial.attack_helped(');
  const helper = `CREATE FUNCTION trial.attack_helped() RETURNS text LANGUAGE plpgsql AS $helper$ ${declare}BEGIN ${body} END $helper$;`;
  const entry = `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $entry$ BEGIN RETURN trial.attack_helped(); END $entry$;`;
  return { ...attacked, declare: '', body: '', source: `${helper}\n${entry}` };
}

function flip(letter: string, at: number): string {
  return at % 2 === 0 ? letter.toUpperCase() : letter.toLowerCase();
}
