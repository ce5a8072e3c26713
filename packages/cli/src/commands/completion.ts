/** `bucordo completion`: the script for a shell, and the hidden command that the script asks. */
import { readFileSync } from 'node:fs';
import { Argument, Command } from 'commander';
import { optionsOf, profileFor } from '../command-context.ts';
import { type CompletionValues, completeWords, completionScript, completionShells } from '../completion.ts';
import { listIdentities } from '../key-store.ts';
import { profilePath } from '../profile.ts';

/** The visible command. */
export function completionCommand(): Command {
  return new Command('completion')
    .description('completion for your shell')
    .helpGroup('Set up:')
    .addArgument(new Argument('<shell>').choices([...completionShells]))
    .addHelpText(
      'after',
      '\nExamples:\n  eval "$(bucordo completion bash)"        # in ~/.bashrc\n  eval "$(bucordo completion zsh)"         # in ~/.zshrc\n  bucordo completion fish > ~/.config/fish/completions/bucordo.fish',
    )
    .action((shell: string) => {
      process.stdout.write(`${completionScript(shell)}\n`);
    });
}

/** The command behind the scripts: `bucordo __complete -- words…` prints candidates, one a line. */
export function completeCommand(program: Command): Command {
  return new Command('__complete')
    .argument('[words...]')
    .action((words: string[], _options: object, self: Command) => {
      const candidates = completeWords(program, words, networkValues(self));
      if (candidates.length > 0) process.stdout.write(`${candidates.join('\n')}\n`);
    });
}

/** Names from the network at hand. Completion must never fail, so where there is none there are no names. */
function networkValues(command: Command): CompletionValues {
  try {
    const loaded = profileFor(optionsOf(command));
    const genesis: unknown = JSON.parse(readFileSync(profilePath(loaded, loaded.profile.genesis), 'utf8'));
    return {
      members: loaded.profile.members.map(({ id }) => id),
      identities: listIdentities(profilePath(loaded, loaded.profile.keys)),
      functions: functionNames(genesis),
    };
  } catch {
    return { members: [], identities: [], functions: [] };
  }
}

function functionNames(genesis: unknown): string[] {
  if (
    typeof genesis !== 'object' ||
    genesis === null ||
    !('contracts' in genesis) ||
    !Array.isArray(genesis.contracts)
  )
    return [];
  const contracts: readonly unknown[] = genesis.contracts;
  return contracts.flatMap((contract) => {
    if (
      typeof contract !== 'object' ||
      contract === null ||
      !('name' in contract) ||
      !('functions' in contract)
    )
      return [];
    return Object.keys(contract.functions ?? {}).map((name) => `${contract.name}.${name}`);
  });
}
