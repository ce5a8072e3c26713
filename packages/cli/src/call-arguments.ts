/**
 * What a call names and carries, as typed on the command line: `contract.function` and either one
 * JSON object or `--arg name=value` several times.
 */
import { usageError } from './command-error.ts';
import { readJsonMembers } from './json-members.ts';

/** One call as text, before it is built into a transaction. */
export interface CallText {
  readonly contract: string;
  readonly function: string;
  /** JSON text of the arguments, passed on as typed so that decimals keep their scale. */
  readonly args: string;
}

const batchExample = 'One JSON object a line: {"call":"contract.function","args":{}}';

const qualified = /^([a-z][a-z0-9_]{0,62})\.([a-z][a-z0-9_]{0,62})$/;

/** Splits `contract.function` (or `contract.table`), or fails with an example. */
export function parseQualifiedName(
  text: string,
  kind: 'function' | 'table',
): { contract: string; name: string } {
  const match = qualified.exec(text);
  if (match === null)
    throw usageError(
      `${text} is not contract.${kind}`,
      kind === 'function' ? 'Example: purchasing.place_order' : 'Example: purchasing.order_header',
    );
  const [, contract = '', name = ''] = match;
  return { contract, name };
}

/** One call from the words of a command line. `json` and `pairs` exclude each other; both absent = no arguments. */
export function parseCall(options: {
  name: string;
  json: string | undefined;
  pairs: readonly string[];
}): CallText {
  const { contract, name } = parseQualifiedName(options.name, 'function');
  if (options.json !== undefined && options.pairs.length > 0)
    throw usageError('both a JSON object and --arg were given', 'Use one of the two.');
  const args = options.json === undefined ? argumentsOfPairs(options.pairs) : checkedObject(options.json);
  return { contract, function: name, args };
}

/** The calls of a batch file: JSON lines `{"call":"contract.function","args":{…}}`. */
export function parseBatch(text: string): CallText[] {
  const calls: CallText[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    calls.push(batchLine(line, index + 1));
  }
  if (calls.length === 0) throw usageError('the batch has no calls', batchExample);
  return calls;
}

function batchLine(line: string, number: number): CallText {
  const where = `line ${number} of the batch`;
  const members = readJsonMembers(line, where);
  const call: unknown = JSON.parse(members.get('call') ?? 'null');
  if (typeof call !== 'string') throw usageError(`${where} names no call`, batchExample, { line: number });
  const { contract, name } = parseQualifiedName(call, 'function');
  const args = members.get('args') ?? '{}';
  readJsonMembers(args, `${where}, args`);
  return { contract, function: name, args };
}

/** `name=value`: a value that is JSON (`12`, `true`, `null`, `{"a":1}`, `"12"`) is taken as such, anything else as text. */
function argumentsOfPairs(pairs: readonly string[]): string {
  const members = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw usageError(`--arg ${pair} is not name=value`, 'Example: --arg order_id=5001');
    const name = pair.slice(0, at);
    if (members.has(name)) throw usageError(`--arg ${name} was given twice`, 'Give each argument once.');
    members.set(name, valueText(pair.slice(at + 1)));
  }
  return `{${[...members].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

function valueText(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}

function checkedObject(text: string): string {
  readJsonMembers(text, 'the arguments');
  return text;
}
