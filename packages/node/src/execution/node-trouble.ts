/** Tells the trouble of this node from what a contract's text does wrong, which is the same on every node. */

import { sqlstateOf } from './sqlstate.ts';

// 08 connection, 40 rolled back by the server, 53 disk and memory, 57 cancelled or shut down, 58 system,
// XX damage, F0 configuration; 55006 and 55P03 an object that another session holds. The rest of class 55
// is a text's own doing, such as an INSERT into a view.
const TROUBLE = /^(08|40|53|57|58|XX|F0)|^55(006|P03)$/;

/** Whether an error is the node's own (disk, memory, cancel, a lock, a lost server) and no doing of a contract's text. */
export function isNodeTrouble(error: unknown): boolean {
  const sqlstate = sqlstateOf(error);
  return sqlstate === '' || TROUBLE.test(sqlstate);
}
