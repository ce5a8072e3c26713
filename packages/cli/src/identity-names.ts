/** Names of the identities of the genesis by public key, for showing who signed. */
import { readFileSync } from 'node:fs';

/** Public key (hex) to `member/name`. Empty when the genesis is not at hand: then keys are shown. */
export function identityNames(genesisFile: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const member of readMembers(genesisFile)) {
    for (const identity of member.identities) names.set(identity.key, `${member.id}/${identity.name}`);
  }
  return names;
}

interface GenesisMember {
  readonly id: string;
  readonly identities: readonly { name: string; key: string }[];
}

function readMembers(file: string): readonly GenesisMember[] {
  try {
    const { members }: { members: readonly GenesisMember[] } = JSON.parse(readFileSync(file, 'utf8'));
    return members;
  } catch {
    return [];
  }
}
