/** What the checker knows of resolved trees: the kinds of nodes that its rules judge, any other being refused, and system objects. */

/** Kinds that the rules know how to judge. */
export const KNOWN_TAGS: ReadonlySet<string> = new Set(
  `QUERY RANGETBLENTRY ALIAS VAR RTEPERMISSIONINFO FROMEXPR RANGETBLREF BOOLEXPR OPEXPR CONST PARAM TARGETENTRY
   FUNCEXPR COERCEVIAIO FIELDSELECT WINDOWFUNC AGGREF SORTGROUPCLAUSE WINDOWCLAUSE SCALARARRAYOPEXPR SUBLINK
   RELABELTYPE CASEEXPR CASEWHEN CASETESTEXPR COALESCEEXPR MINMAXEXPR NULLTEST BOOLEANTEST ARRAYEXPR ROWEXPR
   SUBSCRIPTINGREF NULLIFEXPR DISTINCTEXPR JOINEXPR COMMONTABLEEXPR RANGETBLFUNCTION ONCONFLICTEXPR INFERENCEELEM
   SETTODEFAULT COLLATEEXPR ROWCOMPAREEXPR ARRAYCOERCEEXPR SETOPERATIONSTMT FIELDSTORE NAMEDARGEXPR
   WINDOWFUNCRUNCONDITION`.split(/\s+/),
);

/** Fields that repeat what stands elsewhere, or are names only. */
export const SKIPPED_FIELDS: ReadonlySet<string> = new Set([
  'alias',
  'eref',
  'exclRelTlist',
  'aggargtypes',
  'colTypes',
  'rteperminfos',
  'joinaliasvars',
  'returningOldAlias',
]);

/** What people call some of the others. */
export const TAG_NAMES: ReadonlyMap<string, string> = new Map([
  ['SQLVALUEFUNCTION', 'a keyword of clock or user, such as current_timestamp'],
  ['NEXTVALUEEXPR', 'nextval'],
  ['XMLEXPR', 'xml'],
  ['JSONCONSTRUCTOREXPR', 'JSON constructor'],
  ['JSONEXPR', 'JSON query'],
  ['JSONISPREDICATE', 'IS JSON'],
  ['CURRENTOFEXPR', 'CURRENT OF'],
  ['GROUPINGFUNC', 'GROUPING'],
  ['GROUPINGSET', 'GROUPING SETS'],
  ['TABLEFUNC', 'a table made of a document'],
  ['RANGETBLENTRY', 'TABLESAMPLE or a table made of a document'],
  ['MERGEACTION', 'MERGE'],
]);

/** Where relations lie that are no contract's. */
export const SYSTEM_SCHEMAS: readonly string[] = ['pg_catalog', 'information_schema', 'bucordo', 'pg_'];

/** Columns that every table has, by their numbers. */
export const SYSTEM_COLUMNS: ReadonlyMap<number, string> = new Map([
  [-1, 'ctid'],
  [-2, 'xmin'],
  [-3, 'cmin'],
  [-4, 'xmax'],
  [-5, 'cmax'],
  [-6, 'tableoid'],
]);
