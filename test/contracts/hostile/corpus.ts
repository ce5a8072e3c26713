/** All hostile cases, in one list whose names are unique together with their kind. */

import { CLOCKS, FAILURES, ORDER, PREDICATES, RANDOMNESS, TYPES } from './difference.ts';
import { DEFINITIONS, OUTSIDE, ROLES, SETTINGS } from './escape.ts';
import { EQUAL_VALUES, FIRST_ERRORS } from './first-row.ts';
import type { HostileCase } from './hostile-case.ts';
import { DYNAMIC, OTHER_CONTRACTS, SESSION, SYSTEM } from './reach.ts';
import { RESOURCES, TABLES, TEXTS } from './resources.ts';
import { STATEMENTS } from './statements.ts';
import { WORK } from './work.ts';

/** The corpus. */
export const HOSTILE: readonly HostileCase[] = [
  ROLES,
  SETTINGS,
  DEFINITIONS,
  OUTSIDE,
  OTHER_CONTRACTS,
  SYSTEM,
  SESSION,
  DYNAMIC,
  CLOCKS,
  RANDOMNESS,
  ORDER,
  EQUAL_VALUES,
  FIRST_ERRORS,
  PREDICATES,
  TYPES,
  FAILURES,
  RESOURCES,
  TEXTS,
  TABLES,
  STATEMENTS,
  WORK,
].flat();
