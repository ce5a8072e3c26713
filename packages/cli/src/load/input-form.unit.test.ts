import { describe, expect, it } from 'vitest';
import { parseColumnMap } from './column-map.ts';
import { parseDelimiter } from './csv-form.ts';
import { readCsvForm, type WantedColumns } from './input-form.ts';

const parameters = [
  { name: 'payer', type: 'text' },
  { name: 'amount', type: 'numeric' },
  { name: 'paid_on', type: 'date' },
] as const;

function form(head: string, changes: Partial<WantedColumns> = {}, delimiter: string | null = null) {
  async function* chunks(): AsyncGenerator<string> {
    for (let at = 0; at < head.length; at += 5) yield head.slice(at, at + 5);
  }
  const wanted = { name: 'links.pay', parameters, columnMap: [], groupBy: '', ...changes };
  return readCsvForm(chunks(), wanted, delimiter);
}

async function refusal(...words: Parameters<typeof form>): Promise<string> {
  const error: unknown = await form(...words).catch((reason: unknown) => reason);
  return error instanceof Error
    ? `${error.message} | ${String(Reflect.get(error, 'hint'))}`
    : JSON.stringify(error);
}

describe('readCsvForm', () => {
  it.each([
    [',', 'payer,amount,paid_on\nA;b;c,1,\n'],
    [';', 'payer;amount;paid_on\nA,1,2'],
    ['\t', 'paid_on\tpayer\tamount\r\n'],
    ['|', '\n\n"payer"|amount| paid_on \n'],
  ])('finds the delimiter %j by the names that it gives', async (delimiter, head) => {
    expect((await form(head)).delimiter).toBe(delimiter);
  });

  it('takes the delimiter that is named, and no other', async () => {
    expect((await form('payer:amount:paid_on', {}, ':')).columns).toEqual(['payer', 'amount', 'paid_on']);
    expect(await refusal('payer;amount;paid_on', {}, ',')).toContain('payer;amount;paid_on is no parameter');
  });

  it('leaves out columns of remarks', async () => {
    expect((await form('payer,amount,paid_on,#line,#code')).columns).toHaveLength(5);
  });

  it.each([
    [
      'Payer,Amount,Paid On',
      "the header: Payer, Amount, Paid On are no parameter, and there is no column for payer (text), amount (numeric), paid_on (date); links.pay takes payer (text), amount (numeric), paid_on (date) | Say which is which: --map 'Payer=payer,Amount=amount,Paid On=paid_on'",
    ],
    ['payer;amount;when', 'when is no parameter, and there is no column for paid_on (date); links.pay takes'],
    ['payer;amount;when', '(with a semicolon between columns)'],
    ['payer,amount', 'there is no column for paid_on (date)'],
    ['payer,amount,paid_on,note', 'note is no parameter; links.pay takes'],
    ['payer,payer,paid_on', 'the column payer twice'],
    ['payer,,paid_on', 'an empty column name'],
    ['', 'the file has no rows'],
  ])('refuses the header %j', async (head, words) => {
    expect(await refusal(head)).toContain(words);
  });

  it.each([
    [
      'who=payer,amount=amount,paid_on=paid_on',
      'the header has no column who | Columns: payer, amount, paid_on',
    ],
    ['payer=nobody', '--map payer=nobody: links.pay has no parameter nobody'],
    ['payer=payer,amount=amount', '--map gives no value for paid_on (date)'],
  ])('refuses the map %s', async (map, words) => {
    expect(await refusal('payer,amount,paid_on', { columnMap: parseColumnMap([map]) })).toContain(words);
  });

  it('refuses a column to group by that is not there', async () => {
    expect(await refusal('payer,amount,paid_on', { groupBy: 'invoice' })).toContain('no column invoice');
  });

  it('knows delimiters by name', () => {
    expect(['tab', '\\t', ';', 'semicolon', 'pipe'].map(parseDelimiter)).toEqual(['\t', '\t', ';', ';', '|']);
    for (const text of ['', '""', ';;', '"', '#'])
      expect(() => parseDelimiter(text)).toThrow('is not one sign');
  });
});
