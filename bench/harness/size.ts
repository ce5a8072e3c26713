/** How much a benchmark does, and what it answers with. */

/** `full` for figures; `short` is tiny and waits for nothing: it only shows that the benchmark runs. */
export type Size = 'full' | 'short';

/** What a benchmark found, by name: Bucordo divided by its peer, or late divided by early. */
export type Ratios = Readonly<Record<string, number>>;
