import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JudgedRow } from './judge-rows.ts';
import { readLoadRows } from './load-rows.ts';
import { RejectedFile, rejectedFileOf } from './rejected-file.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bucordo-rejected-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const csv = { delimiter: ';', columns: ['payer', '#line', 'amount'] };
const remark = { code: 'BC201', message: 'it "exists";\nalready' };

function row(line: number, payer: string | null, amount: string | null): JudgedRow {
  const values = new Map([
    ['payer', payer],
    ['amount', amount],
  ]);
  return {
    row: { line, values, isJson: false, flaw: null },
    args: '',
    bytes: 0,
    flaw: null,
    digest: Buffer.alloc(16),
  };
}

describe('the file of rejected rows', () => {
  it('is read as it was, remarks left out', async () => {
    const path = join(directory, 'r.csv');
    const file = new RejectedFile({ csv, choose: () => path, state: null });
    expect(file.state).toBeNull();
    file.add(row(4, 'Müller; "Söhne"', '1,50'), remark);
    file.add(row(7, null, ''), { code: 'failed', message: '' });
    file.flush();
    file.close();
    const [header = '', ...lines] = readFileSync(path, 'utf8').split('\n');
    expect(header).toBe('payer;amount;#line;#code;#message');
    const input = {
      file: { name: path, path, isPacked: false, release: () => undefined },
      encoding: null,
      format: 'csv' as const,
      csv: { delimiter: ';', columns: header.split(';') },
    };
    const read = [];
    for await (const { values } of readLoadRows(input)) read.push([...values]);
    expect(read).toEqual([
      [
        ['payer', 'Müller; "Söhne"'],
        ['amount', '1,50'],
      ],
      [
        ['payer', null],
        ['amount', ''],
      ],
    ]);
    expect(lines.join('\n')).toContain(';4;BC201;"it ""exists"";\nalready"');
  });

  it('writes JSON lines with the numbers as they were written', () => {
    const path = join(directory, 'r.jsonl');
    const file = new RejectedFile({ csv: null, choose: () => path, state: null });
    const values = new Map([['n', '9007199254740993']]);
    file.add({ ...row(3, null, null), row: { line: 3, values, isJson: true, flaw: null } }, remark);
    file.flush();
    expect(readFileSync(path, 'utf8')).toBe(
      '{"n":9007199254740993,"#line":3,"#code":"BC201","#message":"it \\"exists\\";\\nalready"}\n',
    );
  });

  it('goes on where the journal says, and takes another file when somebody has changed it', () => {
    const path = join(directory, 'a.csv');
    const choose = (): string => rejectedFileOf(path, 'csv');
    const first = new RejectedFile({ csv, choose, state: null });
    first.add(row(1, 'A', '1'), remark);
    first.flush();
    const { state } = first;
    const before = readFileSync(state?.file ?? '', 'utf8');
    appendFileSync(state?.file ?? '', 'what a crash left');
    const second = new RejectedFile({ csv, choose, state });
    second.flush();
    expect(readFileSync(state?.file ?? '', 'utf8')).toBe(before);
    second.add(row(2, 'B', '2'), remark);
    second.flush();
    expect(readFileSync(state?.file ?? '', 'utf8')).toMatch(/;1;.*;2;/s);
    writeFileSync(state?.file ?? '', before.replace('A', 'C'));
    const third = new RejectedFile({ csv, choose, state: second.state });
    third.add(row(3, 'D', '3'), remark);
    third.flush();
    expect(third.state?.file).toBe(join(directory, 'a.csv.rejected-2.csv'));
    expect(readFileSync(state?.file ?? '', 'utf8')).toContain('C');
  });

  it('has a name that is free, and none behind another', () => {
    const name = (input: string): string =>
      rejectedFileOf(join(directory, input), 'csv').slice(directory.length + 1);
    expect(name('a.csv')).toBe('a.csv.rejected.csv');
    expect(name('a.csv.gz')).toBe('a.csv.rejected.csv');
    writeFileSync(join(directory, 'a.csv.rejected.csv'), '');
    expect(name('a.csv')).toBe('a.csv.rejected-2.csv');
    expect(name('a.csv.rejected.csv')).toBe('a.csv.rejected-2.csv');
    writeFileSync(join(directory, 'a.csv.rejected-2.csv'), '');
    expect(name('a.csv.rejected-2.csv')).toBe('a.csv.rejected-3.csv');
  });
});
