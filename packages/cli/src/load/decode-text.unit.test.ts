import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFile, decodeText, encodingOf } from './decode-text.ts';

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Uint8Array, encoding: string | null = null, size = 7): Promise<string> {
  let text = '';
  for await (const part of decodeText(pieces(bytes, size), encoding)) text += part;
  return text;
}

async function refusal(bytes: Uint8Array, encoding: string | null = null, size = 7): Promise<string> {
  try {
    return `read: ${await read(bytes, encoding, size)}`;
  } catch (error) {
    return error instanceof Error
      ? `${error.message} | ${String(Reflect.get(error, 'hint'))}`
      : String(error);
  }
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('decodeText', () => {
  it('reads UTF-8 however it is cut, with and without a mark', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 1, max: 9 }),
        async (text, size) => {
          const plain = text.replaceAll('\0', '').replace(/^\ufeff/, '');
          expect(await read(Buffer.from(plain), null, size)).toBe(plain);
          expect(await read(Buffer.from(`\ufeff${plain}`), null, size)).toBe(plain);
        },
      ),
    );
  });

  it.each([1, 2, 3, 7, 100_000])(
    'names line, byte and a likely reading of what is no UTF-8, cut by %d',
    async (size) => {
      const bytes = latin1('payer,amount\nM\xfcller & S\xf6hne,10.00\nCaf\xe9,2\n');
      const words = await refusal(bytes, null, size);
      expect(words).toContain('line 2, byte 2: 0xfc is no UTF-8');
      if (size > 30)
        expect(words).toContain('"Müller & Söhne,10.00"; if that is right: --encoding windows-1252');
    },
  );

  it('names the place of every single wrong byte', async () => {
    const good = Buffer.from('aé\n€b\n😀c\n');
    for (let at = 0; at <= good.length; at++) {
      const bytes = Buffer.concat([good.subarray(0, at), Buffer.of(0xff), good.subarray(at)]);
      const words = await refusal(bytes, null, 100);
      expect(words).toMatch(/^line \d+, byte \d+: 0x(ff|c3|e2|f0) is no UTF-8/);
      const line = bytes.subarray(0, at).toString('latin1').split('\n').length;
      expect(words).toContain(`line ${line}, `);
    }
  });

  it('refuses a character that the end cuts', async () => {
    expect(await refusal(Buffer.of(0x61, 0x0a, 0xc3))).toContain('line 2, byte 1: 0xc3 is no UTF-8');
  });

  it.each([
    [
      'UTF-16 with its mark',
      Buffer.from('\ufeffa,b\n', 'utf16le'),
      'UTF-16 (little endian), not UTF-8 | Name it: --encoding utf-16le',
    ],
    ['UTF-16 without one', Buffer.from('payer\n', 'utf16le'), 'UTF-16 (little endian)'],
    ['the other order', Buffer.from('payer\n', 'utf16le').swap16(), 'UTF-16 (big endian)'],
    ['a NUL', Buffer.from('a\nb\0c'), 'line 2: the character NUL'],
  ])('names %s', async (_what, bytes, words) => {
    expect(await refusal(bytes)).toContain(words);
  });

  it.each([
    ['windows-1252', latin1('\x80 M\xfcller\n'), '€ Müller\n'],
    ['latin1', latin1('\x80 M\xfcller\n'), '€ Müller\n'],
    ['iso-8859-15', latin1('\xa4'), '€'],
    ['utf-16le', Buffer.from('\ufeffä,b\n', 'utf16le'), 'ä,b\n'],
    ['utf-16be', Buffer.from('ä,b\n', 'utf16le').swap16(), 'ä,b\n'],
    ['utf-8', Buffer.from('ä'), 'ä'],
  ])('reads %s where it is named', async (label, bytes, text) => {
    expect(await read(bytes, encodingOf(label))).toBe(text);
  });

  it.each([
    [
      'windows-1252',
      Buffer.from('a\nMüller'),
      'the file is UTF-8, with letters beyond ASCII; read as windows-1252',
    ],
    ['windows-1252', latin1('a\n\x81'), 'line 2: the byte 0x81 stands for no letter in windows-1252'],
    ['windows-1252', Buffer.from('payer\n', 'utf16le'), 'line 1: the character NUL'],
    ['utf-16le', Buffer.of(0x61, 0, 0x0a, 0, 0x00, 0xd8, 0x61, 0), 'bytes that are not utf-16le'],
    ['shift_jis', latin1('a\n\xff'), 'bytes that are not shift_jis'],
  ])('refuses what is not in %s', async (label, bytes, words) => {
    expect(await refusal(bytes, encodingOf(label))).toContain(words);
  });

  it('reads a small file whole', () => {
    expect(decodeFile('x.json', Buffer.from('\ufeff{"a":"ü"}'))).toBe('{"a":"ü"}');
    expect(() => decodeFile('x.json', latin1('{\n"a":"\xfc"}'))).toThrow('x.json, line 2, byte 6: no UTF-8');
  });

  it('knows no other names than the platform', () => {
    expect(() => encodingOf('ansi-german')).toThrow('ansi-german is no encoding');
  });
});
