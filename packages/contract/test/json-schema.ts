/** As much of JSON Schema (draft 7) as the manifest's schema uses, to hold reader and schema against each other. */

type Schema = Readonly<Record<string, unknown>>;

/** Whether `schema` accepts the value. Fails over a keyword that it does not know. */
export function acceptedBySchema(schema: unknown, value: unknown): boolean {
  return accepts(asSchema(schema), value, asSchema(schema));
}

const ANNOTATIONS: readonly string[] = ['$schema', 'title', 'description', 'definitions'];

function accepts(schema: Schema, value: unknown, root: Schema): boolean {
  return Object.entries(schema).every(([keyword, rule]) => {
    if (ANNOTATIONS.includes(keyword)) return true;
    const check = CHECKS[keyword];
    if (check === undefined) throw new Error(`the schema uses ${keyword}`);
    return check({ rule, value, schema, root });
  });
}

interface Step {
  readonly rule: unknown;
  readonly value: unknown;
  readonly schema: Schema;
  readonly root: Schema;
}

const CHECKS: Readonly<Record<string, (step: Step) => boolean>> = {
  type: ({ rule, value }) => typeOf(value) === rule || (rule === 'integer' && Number.isInteger(value)),
  pattern: ({ rule, value }) => typeof value !== 'string' || new RegExp(String(rule), 'u').test(value),
  minimum: ({ rule, value }) => typeof value !== 'number' || value >= Number(rule),
  maximum: ({ rule, value }) => typeof value !== 'number' || value <= Number(rule),
  minItems: ({ rule, value }) => !Array.isArray(value) || value.length >= Number(rule),
  uniqueItems: ({ value }) => !Array.isArray(value) || new Set(value).size === value.length,
  items: ({ rule, value, root }) =>
    !Array.isArray(value) || value.every((each) => accepts(asSchema(rule), each, root)),
  required: ({ rule, value }) =>
    typeOf(value) !== 'object' || (Array.isArray(rule) && rule.every((key) => key in asSchema(value))),
  properties: ({ rule, value, root }) =>
    typeOf(value) !== 'object' ||
    Object.entries(asSchema(rule)).every(
      ([key, each]) => !(key in asSchema(value)) || accepts(asSchema(each), asSchema(value)[key], root),
    ),
  propertyNames: ({ rule, value, root }) =>
    typeOf(value) !== 'object' ||
    Object.keys(asSchema(value)).every((key) => accepts(asSchema(rule), key, root)),
  additionalProperties: ({ rule, value, schema, root }) => {
    if (typeOf(value) !== 'object') return true;
    const known = Object.keys(asSchema(schema['properties'] ?? {}));
    const others = Object.entries(asSchema(value)).filter(([key]) => !known.includes(key));
    return others.every(([, each]) => rule !== false && accepts(asSchema(rule), each, root));
  },
  $ref: ({ rule, value, root }) => {
    const name = String(rule).replace('#/definitions/', '');
    return accepts(asSchema(asSchema(root['definitions'])[name]), value, root);
  },
};

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}

function asSchema(value: unknown): Schema {
  if (typeof value !== 'object' || value === null) throw new Error('an object is expected');
  return Object.fromEntries(Object.entries(value));
}
