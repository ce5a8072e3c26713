/** Refusals of the HTTP API: one form for all, `{ code, message, hint }`, and the status that belongs to each code. */

import { type RefusalCode, refusalCodes } from '@bucordo/protocol';

/** A request that is refused; thrown by handlers, written by the server. */
export class HttpRefusal extends Error {
  readonly code: RefusalCode;
  readonly hint: string;
  /** What the caller needs for another try, beside the words. */
  readonly facts: Readonly<Record<string, string>>;

  /** `message` says what is wrong with this request; the code's own sentence when absent. */
  constructor(
    code: RefusalCode,
    message: string = refusalCodes[code].user,
    hint: string = '',
    facts: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'HttpRefusal';
    this.code = code;
    this.hint = hint;
    this.facts = facts;
  }
}

/** HTTP status of a refusal. */
export function statusOf(code: RefusalCode): number {
  switch (code) {
    case 'unauthenticated':
      return 401;
    case 'not_permitted':
      return 403;
    case 'not_found':
      return 404;
    case 'too_large':
      return 413;
    case 'query_refused':
      return 422;
    case 'failed':
      return 500;
    case 'overloaded':
    case 'waiting':
    case 'stopping':
    case 'held':
    case 'diverged':
    case 'forked':
    case 'quarantined':
      return 503;
    case 'timeout':
    case 'unknown':
      return 504;
    default:
      return 400;
  }
}

/** The refusal that an error stands for; what is unknown is `failed` and tells nothing of its cause. */
export function refusalOf(error: unknown): HttpRefusal {
  if (error instanceof HttpRefusal) return error;
  const code = property(error, 'code');
  if (property(error, 'validation') !== undefined && error instanceof Error) {
    return new HttpRefusal('malformed', error.message, 'See /openapi.json for what this route takes.');
  }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new HttpRefusal('too_large');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new HttpRefusal('malformed', 'The body must be application/json.');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new HttpRefusal('malformed', 'The body is empty or not as long as announced.');
    default:
      break;
  }
  const status = property(error, 'statusCode');
  if (typeof status === 'number' && status >= 400 && status < 500) return new HttpRefusal('malformed');
  return new HttpRefusal(
    'failed',
    'The node could not answer this request.',
    'The operator finds the cause in the log of the node.',
  );
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
