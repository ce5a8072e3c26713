/**
 * Layer B0: whether a text may be read at all. Looks at bytes only, in one pass, so that nothing
 * hostile reaches the parser: it takes quadratic time over some texts and runs out of stack over others.
 */

import {
  commentOpeningsMax,
  operatorRunCostMax,
  packageBytesMax,
  statementsMax,
  statementTokensMax,
  textBytesMax,
} from '../limits.ts';
import { FindingList, type Spot } from './finding-list.ts';
import { isNewNotation, NOTATION_ADVICE } from './rules/number-notation.ts';
import type { SourceText } from './source-text.ts';
import { scanTokens, type Token } from './sql-parser.ts';

/** Checks the texts of SQL together. Afterwards, and only without findings, they may be parsed. */
export function checkLimits(sources: readonly SourceText[], findings: FindingList): void {
  const total = sources.reduce((sum, source) => sum + source.bytes.length, 0);
  const [first] = sources;
  if (total > packageBytesMax && first !== undefined) {
    findings.addOf('B0', { source: first, offset: 0 }, `${total} bytes of SQL`, {
      rule: 'size',
      message: `A contract document holds at most ${packageBytesMax} bytes.`,
      remedy: 'Divide the contract into several, or shorten its comments.',
    });
  }
  for (const source of sources) checkText(source, findings);
}

/**
 * Checks what an installed text, with the budget in it, must keep to: that it can be read in time, and
 * alike by every version of Postgres.
 */
export function checkReading(source: SourceText, findings: FindingList): void {
  checkControls(source, findings);
  checkComments(source, findings);
  checkOperatorRuns(source, findings);
  if (findings.isEmpty) checkTokens(source, findings);
}

function checkText(source: SourceText, findings: FindingList): void {
  const own = new FindingList();
  checkSize(source, own);
  checkCharacters(source, own);
  checkReading(source, own);
  if (own.isEmpty) checkReservedNames(source, own);
  for (const finding of own.all) findings.take(finding);
}

function checkControls(source: SourceText, findings: FindingList): void {
  const nul = source.bytes.indexOf(0);
  if (nul >= 0) {
    findings.addOf('B0', { source, offset: nul }, 'a NUL character', {
      rule: 'characters',
      message: 'Parsers stop reading at it: what follows would be checked by nobody.',
      remedy: 'Remove it.',
    });
  }
  const tab = source.bytes.indexOf(VERTICAL_TAB);
  if (tab >= 0) {
    findings.addOf('B0', { source, offset: tab }, 'a vertical tab', {
      rule: 'characters',
      message: 'It is white space for Postgres 16 and newer, and an error for 15.',
      remedy: 'Write a space, or chr(11) in a text.',
    });
  }
}

const VERTICAL_TAB = 11;

function checkSize(source: SourceText, findings: FindingList): void {
  if (source.bytes.length <= textBytesMax) return;
  findings.addOf('B0', { source, offset: textBytesMax }, `${source.bytes.length} bytes`, {
    rule: 'size',
    message: `A text of a contract has at most ${textBytesMax} bytes, so that every node can check it.`,
    remedy: 'Divide the contract into several.',
  });
}

function checkCharacters(source: SourceText, findings: FindingList): void {
  // A text that was no UTF-8 has been read with replacement characters.
  const broken = source.text.search(
    /\uFFFD|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/,
  );
  if (broken >= 0) {
    findings.addOf('B0', { source, offset: offsetOf(source, broken) }, 'bytes that are not UTF-8', {
      rule: 'characters',
      message: 'Members would approve another text than the one that is installed.',
      remedy: 'Save the file as UTF-8.',
    });
  }
  // Byte order marks, and characters that turn the direction of what follows.
  const hidden = source.text.search(/[\uFEFF\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/);
  if (hidden >= 0) {
    findings.addOf('B0', { source, offset: offsetOf(source, hidden) }, 'an invisible character', {
      rule: 'characters',
      message: 'It lets a text look otherwise than it reads to those who approve it.',
      remedy: 'Remove it; save the file as UTF-8 without a byte order mark.',
    });
  }
  const escaped = source.text.search(/U&['"]/i);
  if (escaped >= 0) {
    findings.addOf(
      'B0',
      { source, offset: offsetOf(source, escaped) },
      source.text.slice(escaped, escaped + 3),
      {
        rule: 'characters',
        message: 'Escapes hide what a name or text says from those who approve it.',
        remedy: 'Write the characters themselves.',
      },
    );
  }
}

function offsetOf(source: SourceText, index: number): number {
  return Buffer.byteLength(source.text.slice(0, index));
}

function checkComments(source: SourceText, findings: FindingList): void {
  let openings = 0;
  for (let at = source.bytes.indexOf('/*'); at >= 0; at = source.bytes.indexOf('/*', at + 2)) {
    openings++;
    if (openings <= commentOpeningsMax) continue;
    findings.addOf('B0', { source, offset: at }, `more than ${commentOpeningsMax} times /*`, {
      rule: 'comments',
      message: 'Many openings of comments take the parser minutes.',
      remedy: 'Write comments with --.',
    });
    return;
  }
}

function checkOperatorRuns(source: SourceText, findings: FindingList): void {
  let cost = 0;
  for (const match of source.text.matchAll(/[-+*/<>=~!@#%^&|`?]{2,}/g)) {
    cost += match[0].length ** 2;
    if (cost <= operatorRunCostMax) continue;
    findings.addOf('B0', { source, offset: offsetOf(source, match.index) }, 'long rows of operator signs', {
      rule: 'operators',
      message: 'The parser reads them again from each sign and takes minutes.',
      remedy: 'Shorten them; for rulers in comments write -- and few signs.',
    });
    return;
  }
}

// Between two semicolons, so that a chain of operators stays within the parser's stack.
function checkTokens(source: SourceText, findings: FindingList): void {
  let count = 0;
  let statements = 0;
  for (const token of scanTokens(source.text) ?? []) {
    count = token.text === ';' ? 0 : count + 1;
    if (token.text === ';') statements++;
    if (statements > statementsMax) {
      findings.addOf('B0', { source, offset: token.start }, `more than ${statementsMax} statements`, {
        rule: 'size',
        message: 'So many statements take minutes to check.',
        remedy: 'Divide the contract into several.',
      });
      return;
    }
    if (count > statementTokensMax) {
      findings.addOf(
        'B0',
        { source, offset: token.start },
        `more than ${statementTokensMax} words in one statement`,
        {
          rule: 'size',
          message: 'A statement this long can exhaust the parser.',
          remedy: 'Divide it into several statements.',
        },
      );
      return;
    }
    checkNumber(token, { source, offset: token.start }, findings);
  }
}

/** Checks one token, of a text or of a body inside it. */
export function checkToken(token: Token, spot: Spot, findings: FindingList): void {
  if (token.kind === 'identifier' && token.word.startsWith('__'))
    findings.addOf('B0', spot, token.text, reservedName());
  checkNumber(token, spot, findings);
}

function checkNumber({ kind, text }: Token, spot: Spot, findings: FindingList): void {
  if (kind === 'number' && isNewNotation(text)) findings.addOf('B0', spot, text, NOTATION_ADVICE);
}

function checkReservedNames(source: SourceText, findings: FindingList): void {
  for (const token of scanTokens(source.text) ?? [])
    checkToken(token, { source, offset: token.start }, findings);
}

/** What to say about a name that begins with two underscores. */
export function reservedName(): { rule: string; message: string; remedy: string } {
  return {
    rule: 'reserved-name',
    message: 'Names that begin with two underscores belong to what the build inserts.',
    remedy: 'Choose another name.',
  };
}
