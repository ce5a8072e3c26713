/** What a database holds, in a form that members can compare: contracts, and every object of their schemas. */

/** A contract as it runs. */
export interface RunningContract {
  readonly name: string;
  readonly version: string;
  /** Hash of the document, lower-case hex. */
  readonly hash: string;
  /** Nothing of it can be called any more. */
  readonly isRetired: boolean;
}

/** An object of the catalogue. */
export interface ReflectedObject {
  readonly kind:
    | 'callable'
    | 'column'
    | 'constraint'
    | 'default'
    | 'function'
    | 'index'
    | 'membership'
    | 'object'
    | 'policy'
    | 'relation'
    | 'right'
    | 'role'
    | 'rule'
    | 'schema'
    | 'table'
    | 'trigger'
    | 'type'
    | 'view';
  /** With its schema, and its table where it has one. */
  readonly name: string;
  /** Equal on nodes that executed the same chain on the same major version of Postgres. */
  readonly definition: string;
}

/** All of it as of one height. */
export interface Reflection {
  readonly height: number;
  /** `server_version_num` of Postgres. */
  readonly postgres: number;
  readonly contracts: readonly RunningContract[];
  /** Sorted by kind and name. */
  readonly objects: readonly ReflectedObject[];
}
