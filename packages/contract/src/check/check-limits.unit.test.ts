import { describe, expect, it } from 'vitest';
import { contractOf, contractWithBody } from '../../test/contract-texts.ts';
import {
  bodyBytesMax,
  commentOpeningsMax,
  findingsMax,
  packageBytesMax,
  statementDepthMax,
  statementsMax,
  statementTokensMax,
  textBytesMax,
} from '../limits.ts';
import { checkSyntax } from './check-syntax.ts';

const functions = (text: string): Promise<readonly string[]> => found(contractOf({ functions: text }));

/** A comment of so many bytes. */
function comment(bytes: number): string {
  return `--${'x'.repeat(bytes - 2)}`;
}

async function found(contract: Parameters<typeof checkSyntax>[0]): Promise<readonly string[]> {
  return (await checkSyntax(contract)).map(({ layer, rule, file }) => `${layer} ${rule} ${file}`);
}

describe('limits of the texts', { timeout: 30_000 }, () => {
  it('takes a text up to its limit and refuses one byte more', async () => {
    expect(await functions(comment(textBytesMax))).toEqual([]);
    expect(await functions(comment(textBytesMax + 1))).toEqual(['B0 size functions.sql']);
  });

  it('limits all texts together', async () => {
    const half = comment(packageBytesMax / 2);
    expect(await found(contractOf({ schema: half, functions: half }))).toEqual([]);
    expect(await found(contractOf({ schema: half, functions: `${half}-` }))).toEqual(['B0 size schema.sql']);
  });

  it('limits bodies', async () => {
    expect(await found(contractWithBody(`RETURN 1; ${' '.repeat(bodyBytesMax)}`))).toEqual([
      'B0 size functions.sql',
    ]);
  });

  it('refuses characters that hide something', async () => {
    expect(await functions('-- a\0b')).toEqual(['B0 characters functions.sql']);
    expect(await functions('-- \uFFFD')).toEqual(['B0 characters functions.sql']);
    expect(await functions('\uFEFF-- a')).toEqual(['B0 characters functions.sql']);
    expect(await functions('-- a\u202Eb')).toEqual(['B0 characters functions.sql']);
    expect(await functions('-- \uD800')).toEqual(['B0 characters functions.sql']);
    expect(await functions(`SELECT U&"d\\0061t"`)).toEqual(['B0 characters functions.sql']);
    expect(await functions('-- 𝒳 is a letter')).toEqual([]);
  });

  it('counts openings of comments', async () => {
    const comments = '/* */ '.repeat(commentOpeningsMax);
    expect(await functions(comments)).toEqual([]);
    expect(await functions(`${comments}/* */`)).toEqual(['B0 comments functions.sql']);
  });

  it('takes rulers, refuses endless operators', async () => {
    expect(await functions(`-- ${'='.repeat(100)}\n`.repeat(500))).toEqual([]);
    expect(await functions('+'.repeat(5_000))).toEqual(['B0 operators functions.sql']);
  });

  it('limits the words of a statement', async () => {
    const sum = `1${'+1'.repeat(statementTokensMax)}`;
    expect(await functions(`SELECT ${sum}`)).toEqual(['B0 size functions.sql']);
    expect(await found(contractWithBody(`RETURN ${sum};`))).toEqual(['B0 size functions.sql']);
  });

  it('limits the number of statements', async () => {
    const comments = 'COMMENT ON TABLE shop.item IS NULL;\n'.repeat(statementsMax);
    expect(await functions(comments)).toEqual([]);
    expect(await functions(`${comments};`)).toEqual(['B0 size functions.sql']);
  });

  it('limits the depth of expressions and statements', async () => {
    expect(await found(contractWithBody(`RETURN 1${'+1'.repeat(1_000)};`))).toEqual([
      'B0 nesting functions.sql',
    ]);
    const deep = `${'BEGIN '.repeat(statementDepthMax)}NULL; ${'END; '.repeat(statementDepthMax)}`;
    expect(await found(contractWithBody(deep))).toEqual(['B1 syntax functions.sql']);
    expect(await found(contractWithBody(`RETURN 1${'+1'.repeat(60)};`))).toEqual([]);
  });

  it('limits the findings', async () => {
    expect(await functions('SELECT 1;\n'.repeat(findingsMax + 10))).toHaveLength(findingsMax);
  });
});

describe('time', () => {
  // Texts over which a parser without limits takes minutes, or loses its stack.
  const hostile: readonly (readonly [string, string])[] = [
    ['unclosed comments', '/*'.repeat(textBytesMax / 2)],
    ['operators', '+'.repeat(textBytesMax)],
    ['casts', `SELECT 1${'::int'.repeat(20_000)}`],
    ['brackets', `SELECT ${'('.repeat(60_000)}`],
    ['negations', `SELECT ${'not '.repeat(30_000)}true`],
    ['quotes', "'".repeat(textBytesMax - 1)],
    ['dollars', '$a$'.repeat(40_000)],
    ['empty statements', ';'.repeat(textBytesMax)],
    ['statements', 'SELECT 1;'.repeat(10_000)],
    ['joins', `SELECT FROM a ${'JOIN a USING (b) '.repeat(700)}`],
    ['unions', `SELECT 1 ${'UNION SELECT 1 '.repeat(1_200)}`],
  ];

  it.each(hostile)('%s are judged in seconds', { timeout: 30_000 }, async (_name, text) => {
    const begin = performance.now();
    await found(contractOf({ schema: text, functions: text.slice(0, packageBytesMax - text.length) }));
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  it('bodies are judged in seconds', { timeout: 30_000 }, async () => {
    const queries = 'a AS (SELECT b.x FROM b, b AS c), '.replaceAll('a', 'q');
    const chain = Array.from({ length: 60 }, (_each, at) =>
      queries.replace('q AS', `q${at + 1} AS`).replaceAll(/\bb\b/g, `q${at}`),
    ).join('');
    const body = `WITH q0 AS (SELECT 1 AS x), ${chain}z AS (SELECT 1) SELECT count(*) INTO p FROM q60;`;
    const begin = performance.now();
    await found(contractWithBody(body));
    await found(contractWithBody(`${'IF p = 1 THEN '.repeat(40)}NULL;${' END IF;'.repeat(40)}`));
    await found(contractWithBody('FOR i IN 1 .. '.repeat(1_000)));
    expect(performance.now() - begin).toBeLessThan(10_000);
  });
});
