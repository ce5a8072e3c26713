/** The decision that the next rules of this release hold from a height on. */
import { RELEASE, rulesHash } from '@bucordo/node';
import { usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import type { Connection } from '../connection.ts';
import type { MemberEndpoint } from '../profile.ts';
import { rulesDocument } from './decision-document.ts';
import type { ProposedDecision } from './proposed-decision.ts';

/** The node whose member proposes. */
interface Asked extends Pick<Connection, 'client' | 'timeoutMs'> {
  readonly endpoint: Pick<MemberEndpoint, 'id'>;
}

/** Puts it together. Refused where this program or the node that is asked does not have these rules: who proposes them has them. */
export async function rulesDecision(
  { client, endpoint, timeoutMs }: Asked,
  fromHeight: number,
): Promise<ProposedDecision> {
  const { rules, height } = await client.status({ timeoutMs });
  const version = (rules?.version ?? 1) + 1;
  const next = RELEASE.rules.find((each) => each.version === version);
  if (next === undefined)
    throw usageError(
      `this release has no rules ${version}; ${version - 1} hold`,
      `What it has: ${commandLine('release', 'show')}`,
      { version },
    );
  if (rules === null || rules.known < version)
    throw usageError(
      `the node of ${endpoint.id} does not have rules ${version}: it would stop before their height`,
      'Start it with this release first.',
      { version, node: endpoint.id },
    );
  if (fromHeight <= height)
    throw usageError(
      `the network is at height ${height} already; rules begin at a height to come`,
      'Choose one that leaves every member the time to decide and to install the release.',
      { height, fromHeight },
    );
  const hash = Buffer.from(rulesHash(next)).toString('hex');
  return {
    kind: 'rules',
    title: `Rules ${version} from height ${fromHeight} on: ${next.description}`,
    document: rulesDocument({ version, hash, fromHeight }),
    baseVersion: null,
  };
}
