/**
 * Hooks of Node's module loader for files of tests: TypeScript loses its types and nothing else
 * (Node 20 does not do that itself, later versions do the same), and `@bucordo/kit` is found wherever
 * the contract's folder lies. Runs in the loader's own thread.
 */

import { readFile } from 'node:fs/promises';
import type { LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import swc from '@swc/wasm-typescript';

const KIT = new URL('./index.js', import.meta.url).href;

/** Finds the kit for whoever asks for it by name. */
export const resolve: ResolveHook = (specifier, context, next) => {
  if (specifier === '@bucordo/kit') return { url: KIT, shortCircuit: true };
  if (!specifier.startsWith('@bucordo/')) return next(specifier, context);
  return next(specifier, { ...context, parentURL: import.meta.url });
};

/** Reads files of tests as modules; the columns of what is left are those of the file. */
export const load: LoadHook = async (url, context, next) => {
  const path = url.startsWith('file:') ? fileURLToPath(url) : '';
  if (url.includes('/node_modules/')) return next(url, context);
  if (/\.m?ts$/.test(path)) {
    const source = await readFile(path, 'utf8');
    return { format: 'module', source: withoutTypes(source, path), shortCircuit: true };
  }
  return next(url, path.endsWith('.test.js') ? { ...context, format: 'module' } : context);
};

function withoutTypes(source: string, filename: string): string {
  try {
    return swc.transformSync(source, { mode: 'strip-only', filename }).code;
  } catch (error) {
    throw new SyntaxError(wordsOf(error, filename));
  }
}

// The stripper throws plain objects.
function wordsOf(error: unknown, filename: string): string {
  const parts: { message?: unknown; startLine?: unknown } = typeof error === 'object' ? { ...error } : {};
  return `${filename}:${String(parts.startLine ?? 1)}: ${String(parts.message ?? error)}`;
}
