/**
 * How much memory others make this node hold, over all their connections: bodies that have not come
 * whole, answers that nobody reads. When the sum is too large, the one who holds most is cut: first the
 * group (an address) with the most bytes, in it the holder with the most, of equals the oldest. So who
 * fills the memory loses his own connections, and a newcomer with an ordinary request is served.
 */

/** Bytes held for one request or stream. */
export interface Holding {
  readonly bytes: number;
  /** Counts more bytes; may cut a holder, this one too. Nothing after {@link release}. */
  add(bytes: number): void;
  /** Counts fewer bytes. */
  remove(bytes: number): void;
  /** Nothing is held any more. */
  release(): void;
}

class Held implements Holding {
  readonly group: string;
  readonly cut: () => void;
  readonly #all: HeldBytes;
  bytes = 0;
  isOver = false;

  constructor(all: HeldBytes, group: string, cut: () => void) {
    this.#all = all;
    this.group = group;
    this.cut = cut;
  }

  add(bytes: number): void {
    if (this.isOver) return;
    this.bytes += bytes;
    this.#all.changed(this, bytes);
  }

  remove(bytes: number): void {
    this.add(-bytes);
  }

  release(): void {
    if (this.isOver) return;
    this.remove(this.bytes);
    this.isOver = true;
    this.#all.forget(this);
  }
}

/** Counts the bytes of all holders together. */
export class HeldBytes {
  readonly #bytesMax: number;
  // In the order in which they came.
  readonly #holders: Set<Held> = new Set();
  readonly #groups: Map<string, number> = new Map();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Begins to count for one request or stream of `group`. `cut` ends it, so that its bytes are free; it is released before. */
  hold(group: string, cut: () => void): Holding {
    const held = new Held(this, group, cut);
    this.#holders.add(held);
    return held;
  }

  /** For {@link Held} alone: its bytes have changed by so many. */
  changed(held: Held, bytes: number): void {
    this.#bytes += bytes;
    const group = (this.#groups.get(held.group) ?? 0) + bytes;
    if (group === 0) this.#groups.delete(held.group);
    else this.#groups.set(held.group, group);
    while (bytes > 0 && this.#bytes > this.#bytesMax) this.#cutGreediest();
  }

  /** For {@link Held} alone: it is released. */
  forget(held: Held): void {
    this.#holders.delete(held);
  }

  #cutGreediest(): void {
    let greediest = '';
    for (const [group, bytes] of this.#groups) {
      if (bytes > (this.#groups.get(greediest) ?? 0)) greediest = group;
    }
    let largest: Held | null = null;
    for (const held of this.#holders) {
      if (held.group === greediest && held.bytes > (largest?.bytes ?? 0)) largest = held;
    }
    if (largest === null) return;
    largest.release();
    largest.cut();
  }
}

/** The group of an address: IPv4 as it is, of IPv6 the network that one site has, so that its many addresses count as one. */
export function groupOfAddress(address: string): string {
  const [, mapped] = /^(?:::ffff:)?([\d.]+)$/i.exec(address) ?? [];
  return mapped ?? address.split(':').slice(0, 4).join(':');
}
