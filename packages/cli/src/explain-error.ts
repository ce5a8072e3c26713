/**
 * Any failure as a {@link CommandError}: errors of the client and faults of the node keep their
 * code, message and hint and get the exit code of their kind.
 *
 * They are told apart by their form, not by their class: so that `bucordo --help` need not load the
 * packages that define them.
 */
import { CommandError, type ErrorFacts } from './command-error.ts';
import { commandLine } from './command-line.ts';
import {
  exitFault,
  exitNotFound,
  exitRejected,
  exitStopped,
  exitUnreachable,
  exitUsage,
} from './exit-codes.ts';

/** What errors of the client and faults of the node have in common. */
interface CodedError extends Error {
  readonly code: string;
  readonly hint: string;
}

/** Codes that say the command line or a file named on it is wrong: doing the same again gives the same. */
const usageCodes: ReadonlySet<string> = new Set([
  'config_invalid',
  'argument_invalid',
  'query_refused',
  'genesis_invalid',
  'malformed',
  'member_unknown',
  'network_mismatch',
  'peer_missing',
  'secret_unreadable',
  'secret_exposed',
  'certificate_invalid',
  'key_invalid',
  'tls_required',
  'postgres_address_invalid',
  'postgres_password_in_address',
  'postgres_password_unreadable',
]);

/** Codes of a node that waits for another release of the program: started again as it is, it ends again. */
const stoppedCodes: ReadonlySet<string> = new Set(['rules_missing', 'rules_differ', 'database_newer']);

/** What to do where a node's certificate is of another time than this machine. */
export const clockHint =
  'Compare the clock of this machine and that of the node with the true time. If both are right, the node needs a new certificate.';

/** Whether no connection came about because the node's certificate does not hold at the time that this machine tells. */
export function isOfAnotherTime(reason: string): boolean {
  return /certificate (is not yet valid|has expired)/.test(reason);
}

/** The failure with its exit code and a remedy. What is not understood is a fault. */
export async function explainError(error: unknown): Promise<CommandError> {
  if (error instanceof CommandError) return error;
  if (isCoded(error)) {
    return new CommandError(
      {
        code: error.code,
        exitCode: exitCodeOf(error),
        hint: await hintOf(error),
        facts: factsOf(error),
        cause: error,
      },
      error.message,
    );
  }
  if (error instanceof Error) return explainPlainError(error);
  return new CommandError({ code: 'fault', exitCode: exitFault }, String(error));
}

function exitCodeOf(error: CodedError): number {
  if (error.name === 'RejectedError') return exitRejected;
  if (error.name === 'TimeoutError' || error.name === 'ConnectionLostError') return exitUnreachable;
  if (error.name === 'ArgumentError' || error.name === 'KeyError' || usageCodes.has(error.code))
    return exitUsage;
  if (stoppedCodes.has(error.code)) return exitStopped;
  return 'status' in error && typeof error.status === 'number' ? exitCodeOfStatus(error.status) : exitFault;
}

function exitCodeOfStatus(status: number): number {
  if (status === 404) return exitNotFound;
  if (status === 503 || status === 504) return exitUnreachable;
  if (status === 401 || status === 403) return exitRejected;
  return status < 500 ? exitUsage : exitFault;
}

/** Facts by name that errors of the client carry; never a key. */
function factsOf(error: CodedError): ErrorFacts {
  const facts: Record<string, string | number> = {};
  for (const name of ['transactionId', 'height', 'index', 'call', 'argument', 'path', 'status']) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === 'string' || typeof value === 'number') facts[name] = value;
  }
  const detail: unknown = Reflect.get(error, 'detail');
  if (typeof detail !== 'object' || detail === null) return facts;
  for (const name of ['sqlstate', 'table', 'constraint', 'column']) {
    const value: unknown = Reflect.get(detail, name);
    if (typeof value === 'string' && value !== '') facts[name] = value;
  }
  return facts;
}

/** What to do next in the words of the command line, where the error's own hint is meant for programs. */
async function hintOf(error: CodedError): Promise<string> {
  const { transactionId: id, height } = factsOf(error);
  const transactionId = String(id ?? '');
  if (error.name === 'ConnectionLostError' && isOfAnotherTime(error.message)) return clockHint;
  if (error.name === 'ConnectionLostError') return (await import('./how-to-start.ts')).howToStart();
  if (error.name === 'TimeoutError')
    return `Its outcome is unknown, but it is executed at most once. Ask for it: ${commandLine('tx', transactionId)}`;
  if (error.code === 'not_permitted')
    return `Sign as somebody who may: --as member/name. Who may call what: ${commandLine('network', 'show')}`;
  // The node says what is wrong with a request, a clock for example; where it does not, it is the key.
  if (error.code === 'unauthenticated' && error.hint === '')
    return `Is the identity of --as enrolled in this network? ${commandLine('network', 'show', '--identities')}`;
  if (error.code === 'argument_invalid' && error.message.includes('text is a string'))
    return `A value of --arg that is JSON is taken as JSON. A text that looks like it has quotes of its own: --arg 'name="12"'`;
  if (error.name === 'RejectedError' && height !== undefined) {
    // Where the node has said what broke, the sentence about the code tells nothing more.
    const meaning = hasWords(error) ? '' : await meaningOf(error.code);
    const place = `It was rejected at height ${height}. The receipt: ${commandLine('tx', transactionId)}`;
    return meaning === '' ? place : `${meaning} ${place}`;
  }
  if (error.code.startsWith('argument') && factsOf(error)['argument'] !== undefined) return error.hint;
  return error.hint !== '' ? error.hint : meaningOf(error.code);
}

function hasWords(error: CodedError): boolean {
  const detail: unknown = Reflect.get(error, 'detail');
  return typeof detail === 'object' && detail !== null;
}

/** The protocol's own sentence for whoever sent the transaction; empty for codes that are not the protocol's. */
async function meaningOf(code: string): Promise<string> {
  const { isRefusalCode, refusalCodes } = await import('@bucordo/protocol');
  return isRefusalCode(code) ? refusalCodes[code].user : '';
}

function explainPlainError(error: Error): CommandError {
  const system = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (system === 'EACCES' || system === 'EPERM')
    return new CommandError(
      { code: 'fault', exitCode: exitFault, hint: 'Check who owns the file and its folders.', cause: error },
      error.message,
    );
  if (system !== '')
    return new CommandError({ code: 'fault', exitCode: exitFault, cause: error }, error.message);
  const stack = process.env['BUCORDO_STACK'] === undefined ? error.message : (error.stack ?? error.message);
  return new CommandError(
    {
      code: 'bug',
      exitCode: exitFault,
      hint: 'This should not happen. Run it again with BUCORDO_STACK=1 and report what you see.',
      cause: error,
    },
    stack,
  );
}

function isCoded(error: unknown): error is CodedError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    'hint' in error &&
    typeof error.hint === 'string'
  );
}
