/**
 * What every command shares: the options that stand on the program itself, and what follows from
 * them (output, profile, identity, node).
 */
import type { Command } from 'commander';
import { usageError } from './command-error.ts';
import { Output } from './output/output.ts';
import {
  endpointOf,
  knownEndpoints,
  type LoadedProfile,
  loadProfile,
  type MemberEndpoint,
} from './profile.ts';

/** Options of the program, valid for every command. */
export interface SharedOptions {
  readonly json?: boolean;
  readonly networkDir?: string;
  readonly profile?: string;
  readonly as?: string;
  readonly node?: string;
  /** Seconds. */
  readonly timeout?: number;
}

/** Default of `--timeout`, in seconds. */
export const timeoutSecondsDefault = 30;

/** The options of a command together with the shared ones. */
export function optionsOf<Options extends object>(command: Command): Options & SharedOptions {
  return command.optsWithGlobals<Options & SharedOptions>();
}

/** How the command speaks. */
export function outputOf(options: SharedOptions): Output {
  return new Output({ json: options.json ?? false });
}

/** The profile that the options name, or the nearest one. */
export function profileFor(options: SharedOptions): LoadedProfile {
  return loadProfile({ profile: options.profile, networkDirectory: options.networkDir });
}

/** The identity that signs: `--as`, else the profile's. */
export function identityFor(options: SharedOptions, loaded: LoadedProfile): string {
  return options.as ?? loaded.profile.as;
}

/**
 * The node that is asked: `--node`, else that of the member for whom `--as` signs, else the profile's. A member
 * may have no node, or one whose address is not known here; then the profile's is asked.
 */
export function nodeFor({ node, as }: SharedOptions, { profile }: LoadedProfile): MemberEndpoint {
  if (node !== undefined) return endpointOf(profile, node);
  const member = as?.split('/')[0];
  const own = knownEndpoints(profile).find(({ id }) => id === member);
  return own ?? endpointOf(profile, profile.node);
}

/** Parses an option that is a whole number within limits. */
export function wholeNumber(limits: { name: string; min: number; max: number }): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= limits.min && value <= limits.max) return value;
    throw usageError(
      `${limits.name} ${text} is not a whole number from ${limits.min} to ${limits.max}`,
      'Correct the option.',
    );
  };
}

/** Collects an option that may be given several times. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
