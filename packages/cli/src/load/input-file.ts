/**
 * The bytes of what is loaded: a file, packed with gzip or not, or standard input. A load reads its input several
 * times, so what comes through a pipe is kept in a file of its own until the load ends.
 */
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { usageError } from '../command-error.ts';

/** Where the bytes of a load lie. */
export interface InputFile {
  /** As the user named it; `-` for standard input. */
  readonly name: string;
  readonly path: string;
  readonly isPacked: boolean;
  /** Removes what was kept for the load alone. */
  readonly release: () => void;
}

/** The file of that name, or what standard input brings for `-`. A usage error where there is none. */
export async function openInput(name: string): Promise<InputFile> {
  if (name === '-') return keepStandardInput();
  const isFile = statSync(name, { throwIfNoEntry: false })?.isFile();
  if (isFile === undefined) throw usageError(`there is no file ${name}`, 'Check the path.', { file: name });
  if (!isFile)
    throw usageError(`${name} is no file`, 'Name a file, or - for standard input.', { file: name });
  return { name, path: name, isPacked: name.toLowerCase().endsWith('.gz'), release: () => undefined };
}

/** The bytes, unpacked. What cannot be unpacked is a usage error. */
export async function* readBytes({ name, path, isPacked }: InputFile): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path);
  if (!isPacked) {
    yield* file;
    return;
  }
  const unpacked = createGunzip();
  file.on('error', (error) => unpacked.destroy(error));
  try {
    yield* file.pipe(unpacked);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw usageError(`${name} cannot be unpacked: ${reason}`, 'Is it whole? gzip -t tells.', { file: name });
  } finally {
    file.destroy();
  }
}

async function keepStandardInput(): Promise<InputFile> {
  const directory = mkdtempSync(join(tmpdir(), 'bucordo-load-'));
  const path = join(directory, 'input');
  const release = (): void => rmSync(directory, { recursive: true, force: true });
  process.once('exit', release);
  await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }));
  return { name: '-', path, isPacked: false, release };
}
