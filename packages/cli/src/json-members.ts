/**
 * The members of a JSON object as the texts they were written as. `JSON.parse` would turn
 * 9007199254740993 into …992 and 10.50 into 10.5; what a user typed has to arrive as typed.
 */
import { usageError } from './command-error.ts';

/**
 * Name to JSON text of each member of the object that `text` holds. A usage error, which begins
 * with `where`, when it is not JSON, not an object, or names a member twice.
 */
export function readJsonMembers(text: string, where: string): ReadonlyMap<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw usageError(
      `${where}: not JSON (${cause instanceof Error ? cause.message : String(cause)})`,
      `Write one JSON object, quoted for the shell: '{"order_id":5001}'`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usageError(`${where}: not a JSON object`, `Example: '{"order_id":5001}'`);
  return splitMembers(text.trim(), where);
}

/** Walks a text that is known to be a valid object: only quotes, backslashes, brackets and commas matter. */
function splitMembers(text: string, where: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  let depth = 0;
  let quoted = false;
  let from = 1;
  for (let at = 1; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (depth === 0 && (character === ',' || character === '}')) {
      addMember(members, text.slice(from, at).trim(), where);
      from = at + 1;
    } else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
  }
  return members;
}

function addMember(members: Map<string, string>, member: string, where: string): void {
  if (member === '') return;
  const nameEnd = /^"(?:[^"\\]|\\.)*"/.exec(member)?.[0].length ?? 0;
  const name: unknown = JSON.parse(member.slice(0, nameEnd));
  if (typeof name !== 'string') return;
  if (members.has(name)) throw usageError(`${where}: ${name} is there twice`, 'Give each argument once.');
  members.set(name, member.slice(nameEnd).trim().slice(1).trim());
}
