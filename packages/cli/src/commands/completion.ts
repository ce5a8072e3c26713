/** `bucordo completion`: the script for a shell, and the hidden command that the script asks. */
import { Argument, Command } from 'commander';
import { optionsOf, profileFor } from '../command-context.ts';
import {
  type CompletionKind,
  type CompletionValues,
  completeWords,
  completionScript,
  completionShells,
  wantedValues,
} from '../completion.ts';
import { listIdentities } from '../key-store.ts';
import { knownEndpoints, type LoadedProfile, profilePath } from '../profile.ts';

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
    .action(async (words: string[], _options: object, self: Command) => {
      const wanted = wantedValues(program, words);
      const values = wanted === null ? noValues : { ...noValues, [wanted]: await valuesOf(self, wanted) };
      const candidates = completeWords(program, words, values);
      if (candidates.length > 0) process.stdout.write(`${candidates.join('\n')}\n`);
    });
}

const noValues: CompletionValues = { members: [], nodes: [], identities: [], functions: [] };

/** Whoever presses the tab key waits no longer for a node; the founding is known without one. */
const answerMs = 1_500;

/** Values of one kind. Completion must never fail, so where there is no network there are none. */
async function valuesOf(command: Command, kind: CompletionKind): Promise<readonly string[]> {
  try {
    const loaded = profileFor(optionsOf(command));
    switch (kind) {
      case 'identities':
        return listIdentities(profilePath(loaded, loaded.profile.keys));
      case 'nodes':
        return knownEndpoints(loaded.profile).map(({ id }) => id);
      case 'members':
      case 'functions':
        return (await askNode(command, kind).catch(() => null)) ?? (await founded(loaded, kind));
      default:
        return kind satisfies never;
    }
  } catch {
    return [];
  }
}

async function askNode(command: Command, kind: 'members' | 'functions'): Promise<string[] | null> {
  const { withConnection } = await import('../connection.ts');
  const { readFunctionNames } = await import('../chain-view/present-network.ts');
  return withConnection(optionsOf(command), async ({ client }) => {
    if (kind === 'functions') return readFunctionNames(client, { timeoutMs: answerMs });
    const { members } = await client.status({ timeoutMs: answerMs });
    const present = members.filter(({ status }) => status === 'active' || status === 'invited');
    return present.length === 0 ? null : present.map(({ member }) => member);
  });
}

async function founded(loaded: LoadedProfile, kind: 'members' | 'functions'): Promise<string[]> {
  const { readFounding } = await import('../chain-view/founded-network.ts');
  const founding = await readFounding(loaded);
  return kind === 'members'
    ? founding.members.map(({ id }) => id)
    : founding.functions.map((each) => each.function);
}
