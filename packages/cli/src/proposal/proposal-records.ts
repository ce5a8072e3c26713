/** Proposals and their story as every node's database has them, read with plain SQL. */
import type { Client } from '@bucordo/client';
import { type DecisionKind, decisionKinds } from '@bucordo/protocol';
import { notFoundError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';

/** A decision that members are asked for. */
export interface ProposalRecord {
  readonly number: number;
  readonly kind: DecisionKind;
  /** Contract, member or kind of decision that it is about. */
  readonly subject: string;
  readonly title: string;
  readonly status: string;
  /** Open, but on a version that does not run any more. */
  readonly isOutdated: boolean;
  readonly baseVersion: string | null;
  /** Version of the contract that is proposed. */
  readonly version: string | null;
  /** Hash of the document, hex. */
  readonly documentHash: string;
  readonly proposedBy: string;
  readonly proposedAt: string;
  readonly proposedHeight: number;
  readonly decidedHeight: number | null;
  readonly outcome: string | null;
  /** Where and why it failed, as far as that is the same for everybody. */
  readonly reason: string | null;
  /** The same in the words of the node that answers. */
  readonly localReason: string | null;
  /** The policy in words, of an open one. */
  readonly policy: string | null;
  /** How the members stand, or stood when it was decided, in words. */
  readonly tally: string | null;
  /** How many approve and how many must, of an open one. */
  readonly approvals: number | null;
  readonly needed: number | null;
}

/** What a member says: null where it has not said yet. */
export interface MemberBallot {
  readonly member: string;
  readonly class: string;
  readonly approves: boolean | null;
}

/** Something that happened to a proposal. */
export interface StoryStep {
  readonly step: number;
  readonly event: string;
  readonly identity: string;
  readonly text: string;
  /** Why it failed, in the words of the node that answers; null for anything else. */
  readonly localText: string | null;
  /** Of the document or of the report, hex. */
  readonly hash: string | null;
  readonly height: number;
  readonly time: string;
  /** Id, hex. */
  readonly transaction: string;
}

/** Everything about one proposal. */
export interface ProposalStory {
  readonly proposal: ProposalRecord;
  /** What is decided, to the byte. */
  readonly document: string;
  /** Document of the version that it stands on. */
  readonly baseDocument: string | null;
  readonly ballots: readonly MemberBallot[];
  readonly story: readonly StoryStep[];
}

/** How to ask. */
interface Asking {
  readonly timeoutMs: number;
}

const proposalColumns = `p.number::int4, p.kind, p.subject, p.title, p.status, p.is_outdated, p.base_version, p.version,
  p.document_hash, p.proposed_by, p.proposed_at::text, p.proposed_height::int4, p.decided_height::int4, p.outcome,
  p.reason, p.local_reason,
  p.policy, p.tally, p.approvals, p.needed`;

/** Proposals, newest first; only the open ones unless `all`. */
export async function readProposals(
  client: Client,
  options: Asking & { readonly all: boolean; readonly rowsMax: number },
): Promise<ProposalRecord[]> {
  const { all, ...asking } = options;
  const { rows } = await client.query(
    `select ${proposalColumns} from bucordo.proposals as p ${all ? '' : `where p.status = 'open'`} order by p.number desc`,
    [],
    asking,
  );
  return rows.map(proposalOf);
}

/** One proposal with its document, its ballots and its story. Fails when there is none of this number. */
export async function readProposalStory(
  client: Client,
  number: number,
  asking: Asking,
): Promise<ProposalStory> {
  const { rows } = await client.query(
    `select ${proposalColumns}, d.document, v.document as base_document
       from bucordo.proposals as p
       join bucordo.proposal as d on d.number = p.number
       left join bucordo.contract_version as v on v.name = p.subject and v.version = p.base_version
      where p.number = $1`,
    [number],
    asking,
  );
  const [row] = rows;
  if (row === undefined)
    throw notFoundError(
      `there is no proposal ${number}`,
      `See which there are: ${commandLine('proposal', 'list', '--all')}`,
      {
        number,
      },
    );
  return {
    proposal: proposalOf(row),
    document: text(row, 'document'),
    baseDocument: textOrNull(row, 'base_document'),
    ballots: await readBallots(client, number, asking),
    story: await readSteps(client, number, asking),
  };
}

/** Version of the contract that runs; null when none of this name does. */
export async function readRunningVersion(
  client: Client,
  contract: string,
  asking: Asking,
): Promise<string | null> {
  const { rows } = await client.query(
    'select r.version from bucordo.running_contract as r where r.name = $1',
    [contract],
    asking,
  );
  const [row] = rows;
  return row === undefined ? null : text(row, 'version');
}

/** Documents of those of the contracts that run, by name. */
export async function readRunningDocuments(
  client: Client,
  contracts: readonly string[],
  asking: Asking,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const contract of contracts) {
    const { rows } = await client.query(
      `select v.document from bucordo.running_contract as r
         join bucordo.contract_version as v on v.name = r.name and v.version = r.version
        where r.name = $1`,
      [contract],
      asking,
    );
    const [row] = rows;
    if (row !== undefined) found.set(contract, text(row, 'document'));
  }
  return found;
}

async function readBallots(client: Client, number: number, asking: Asking): Promise<MemberBallot[]> {
  const { rows } = await client.query(
    'select b.member, b.class, b.approves from bucordo.proposal_ballots as b where b.proposal = $1 order by b.member',
    [number],
    asking,
  );
  return rows.map((row) => ({
    member: text(row, 'member'),
    class: text(row, 'class'),
    approves: typeof row['approves'] === 'boolean' ? row['approves'] : null,
  }));
}

async function readSteps(client: Client, number: number, asking: Asking): Promise<StoryStep[]> {
  const { rows } = await client.query(
    `select s.step::int4, s.event, s.identity, s.text, s.hash, s.height::int4, s.time::text, s.transaction, s.local_text
       from bucordo.decision_story as s
      where s.proposal = $1
      order by s.step`,
    [number],
    asking,
  );
  return rows.map((row) => ({
    step: count(row, 'step'),
    event: text(row, 'event'),
    identity: text(row, 'identity'),
    text: text(row, 'text'),
    localText: textOrNull(row, 'local_text'),
    hash: textOrNull(row, 'hash'),
    height: count(row, 'height'),
    time: text(row, 'time'),
    transaction: text(row, 'transaction'),
  }));
}

type Row = Readonly<Record<string, unknown>>;

function proposalOf(row: Row): ProposalRecord {
  return {
    number: count(row, 'number'),
    kind: kindOf(text(row, 'kind')),
    subject: text(row, 'subject'),
    title: text(row, 'title'),
    status: text(row, 'status'),
    isOutdated: row['is_outdated'] === true,
    baseVersion: textOrNull(row, 'base_version'),
    version: textOrNull(row, 'version'),
    documentHash: text(row, 'document_hash'),
    proposedBy: text(row, 'proposed_by'),
    proposedAt: text(row, 'proposed_at'),
    proposedHeight: count(row, 'proposed_height'),
    decidedHeight: countOrNull(row, 'decided_height'),
    outcome: textOrNull(row, 'outcome'),
    reason: textOrNull(row, 'reason'),
    localReason: textOrNull(row, 'local_reason'),
    policy: textOrNull(row, 'policy'),
    tally: textOrNull(row, 'tally'),
    approvals: countOrNull(row, 'approvals'),
    needed: countOrNull(row, 'needed'),
  };
}

function kindOf(name: string): DecisionKind {
  const kind = decisionKinds.find((each) => each === name);
  if (kind === undefined) throw new Error(`the answer has the unknown kind ${name}`);
  return kind;
}

function text(row: Row, name: string): string {
  const value = row[name];
  if (typeof value !== 'string') throw new Error(`the answer has no text ${name}`);
  return value;
}

function textOrNull(row: Row, name: string): string | null {
  return typeof row[name] === 'string' ? text(row, name) : null;
}

function count(row: Row, name: string): number {
  const value = row[name];
  if (typeof value !== 'number') throw new Error(`the answer has no number ${name}`);
  return value;
}

function countOrNull(row: Row, name: string): number | null {
  return typeof row[name] === 'number' ? count(row, name) : null;
}
