/**
 * Completion in bash, zsh and fish. The shells ask the program itself (`bucordo __complete`), so
 * that commands, options, members, identities and functions are never out of step with it.
 */
import type { Command, Option } from 'commander';
import { usageError } from './command-error.ts';

/** Values that only the network knows; each may be empty. */
export interface CompletionValues {
  /** Ids of members. */
  readonly members: readonly string[];
  /** Members whose nodes can be asked from here. */
  readonly nodes: readonly string[];
  /** Qualified names of identities whose keys are at hand. */
  readonly identities: readonly string[];
  /** `contract.function`. */
  readonly functions: readonly string[];
}

/** A kind of value that only the network knows. */
export type CompletionKind = keyof CompletionValues;

/** Shells that `bucordo completion` knows. */
export const completionShells = ['bash', 'zsh', 'fish'] as const;

/** The script that a shell sources, or a usage error for a shell it does not know. */
export function completionScript(shell: string): string {
  if (shell === 'bash') return bashScript;
  if (shell === 'zsh') return zshScript;
  if (shell === 'fish') return fishScript;
  throw usageError(`no completion for the shell ${shell}`, `Choose one of: ${completionShells.join(', ')}`, {
    shell,
  });
}

/** Which values of the network the last of `words` may be one of; null when none is needed to complete it. */
export function wantedValues(program: Command, words: readonly string[]): CompletionKind | null {
  const { command, previous } = walk(program, words.slice(0, -1));
  const found = candidates(command, previous, words.at(-1) ?? '');
  return typeof found === 'string' ? found : null;
}

/**
 * What may stand in the place of the last of `words` (the words after `bucordo`; the last one is
 * the beginning of the word to complete, possibly empty). Sorted as the program declares them.
 */
export function completeWords(
  program: Command,
  words: readonly string[],
  values: CompletionValues,
): string[] {
  const current = words.at(-1) ?? '';
  const { command, previous } = walk(program, words.slice(0, -1));
  const found = candidates(command, previous, current);
  const all = typeof found === 'string' ? values[found] : found;
  return all.filter((word) => word.startsWith(current));
}

/** The command that the finished words lead to, and the last of those words. */
function walk(program: Command, words: readonly string[]): { command: Command; previous: string } {
  let command = program;
  for (const word of words) {
    const next = command.commands.find(
      (candidate) => candidate.name() === word || candidate.aliases().includes(word),
    );
    if (next !== undefined) command = next;
  }
  return { command, previous: words.at(-1) ?? '' };
}

/** The words that may come, or the kind of value of which one may. */
function candidates(command: Command, previous: string, current: string): readonly string[] | CompletionKind {
  const option = optionsOf(command).find(
    (candidate) => candidate.long === previous || candidate.short === previous,
  );
  if (option !== undefined && (option.required || option.optional)) return optionValues(option);
  if (current.startsWith('-'))
    return [...optionsOf(command).flatMap((candidate) => candidate.long ?? []), '--help'];
  const commands = command.commands
    .filter((candidate) => !candidate.name().startsWith('_'))
    .map((candidate) => candidate.name());
  if (commands.length > 0) return commands;
  return argumentValues(command);
}

function optionValues(option: Option): readonly string[] | CompletionKind {
  if (option.argChoices !== undefined) return option.argChoices;
  if (option.long === '--as') return 'identities';
  if (option.long === '--node') return 'nodes';
  if (option.long === '--member') return 'members';
  return [];
}

function argumentValues(command: Command): readonly string[] | CompletionKind {
  const names = command.registeredArguments.map((argument) => argument.name());
  const choices = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
  if (choices.length > 0) return choices;
  if (names.includes('function')) return 'functions';
  if (names.includes('member')) return 'members';
  if (names.includes('identity')) return 'identities';
  return [];
}

/** The command's own options and those of the commands above it. */
function optionsOf(command: Command): Option[] {
  const own = command.options.filter((option) => !option.hidden);
  return command.parent === null ? own : [...own, ...optionsOf(command.parent)];
}

const bashScript = `# bash completion of bucordo; add to ~/.bashrc:  eval "$(bucordo completion bash)"
_bucordo() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(bucordo __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _bucordo bucordo`;

const zshScript = `#compdef bucordo
# zsh completion of bucordo; add to ~/.zshrc:  eval "$(bucordo completion zsh)"
_bucordo() {
  local -a candidates
  candidates=("\${(@f)$(bucordo __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${candidates[1]}" ]]; then compadd -a candidates; else _files; fi
}
compdef _bucordo bucordo`;

const fishScript = `# fish completion of bucordo; save as ~/.config/fish/completions/bucordo.fish
complete -c bucordo -a '(bucordo __complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`;
