/** Tables that fix before training which experts a token type may use (Hash Layer) or see (MaskMoE). */

export interface TableDraw {
  readonly vocabulary: number; // V
  readonly nExperts: number; // E
  /** How many experts a token id gets, 1 to E. */
  readonly expertsOf: (token: number) => number;
  /**
   * random: distinct experts drawn uniformly. balanced: ids in descending count (ties by id), each to the experts with
   * the fewest tokens so far, then the fewest ids; ties at random.
   */
  readonly draw: 'random' | 'balanced';
  /** Occurrences of each token id, [V]; read by `balanced` only. */
  readonly counts: ArrayLike<number>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** 1 where an id has an expert, else 0: [V, E], row-major. */
export function drawExpertTable(request: TableDraw): Float32Array {
  const { vocabulary, nExperts, expertsOf } = request;
  const table = new Float32Array(vocabulary * nExperts);
  const next = request.draw === 'random' ? uniformExperts(request) : leastLoaded(request);
  const ids = Array.from({ length: vocabulary }, (_, id) => id);
  if (request.draw === 'balanced') ids.sort((a, b) => request.counts[b]! - request.counts[a]! || a - b);
  for (const id of ids) {
    for (const expert of next(id, expertsOf(id))) table[id * nExperts + expert] = 1;
  }
  return table;
}

type NextExperts = (id: number, size: number) => readonly number[];

function uniformExperts({ nExperts, random }: TableDraw): NextExperts {
  const experts = Array.from({ length: nExperts }, (_, expert) => expert);
  return (_, size) => {
    shuffle(experts, size, random);
    return experts.slice(0, size);
  };
}

function leastLoaded({ nExperts, counts, random }: TableDraw): NextExperts {
  const loads = Array.from({ length: nExperts }, (_, expert) => ({ expert, tokens: 0, ids: 0 }));
  return (id, size) => {
    shuffle(loads, nExperts, random); // the sort below is stable: equal loads stay in this order
    loads.sort((a, b) => a.tokens - b.tokens || a.ids - b.ids);
    const found = loads.slice(0, size);
    for (const load of found) {
      load.tokens += counts[id]! / size; // a token of this type goes to each of its experts equally often
      load.ids++;
    }
    return found.map(({ expert }) => expert);
  };
}

/** The first `count` places of a uniformly random order (Fisher and Yates), in place. */
function shuffle(items: unknown[], count: number, random: () => number): void {
  for (let i = 0; i < Math.min(count, items.length - 1); i++) {
    const j = i + Math.floor(random() * (items.length - i));
    [items[i], items[j]] = [items[j], items[i]];
  }
}
