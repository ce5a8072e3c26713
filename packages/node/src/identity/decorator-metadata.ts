/**
 * The three functions of `Reflect` that the certificate library's dependency container asks for.
 *
 * `@peculiar/x509` registers its algorithms through a container that refuses to load without a
 * polyfill of the metadata proposal. Its classes carry no constructor parameters, so a store by
 * target and key is all it needs. An implementation that is already there is left alone.
 */

type Metadata = Map<unknown, unknown>;

/** Installs the functions, once per process. */
export function metadataForDecorators(): void {
  if ('getMetadata' in Reflect) return;
  const store = new WeakMap<object, Metadata>();
  Object.assign(Reflect, {
    getOwnMetadata: (key: unknown, target: object): unknown => store.get(target)?.get(key),
    getMetadata: (key: unknown, target: object): unknown => inherited(store, key, target),
    defineMetadata: (key: unknown, value: unknown, target: object): void => {
      const known = store.get(target) ?? new Map<unknown, unknown>();
      known.set(key, value);
      store.set(target, known);
    },
  });
}

function inherited(store: WeakMap<object, Metadata>, key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
    const found = store.get(at);
    if (found?.has(key)) return found.get(key);
  }
  return undefined;
}
