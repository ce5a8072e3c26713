/** What the process of a node tells the one that started it, over their channel. */

/** It serves; or it cannot go on, and the process is about to end. */
export type ParentMessage =
  | { readonly bucordo: 'ready' }
  | { readonly bucordo: 'failed'; readonly code: string; readonly message: string };

/** The message, if it is one. */
export function parentMessageOf(value: unknown): ParentMessage | null {
  if (typeof value !== 'object' || value === null || !('bucordo' in value)) return null;
  if (value.bucordo === 'ready') return { bucordo: 'ready' };
  if (value.bucordo !== 'failed' || !('code' in value) || !('message' in value)) return null;
  return { bucordo: 'failed', code: String(value.code), message: String(value.message) };
}
