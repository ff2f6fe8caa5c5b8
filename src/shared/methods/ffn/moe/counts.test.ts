import { describe, expect, test } from 'vitest';
import { dense } from '../dense.ts';
import { hash } from '../hash.ts';
import { ffnMethod } from '../index.ts';
import { llamamoe } from '../llamamoe.ts';
import { moe } from '../moe.ts';
import { random } from '../random.ts';
import { topp } from '../topp.ts';

const shape = { width: 64, layers: 2, context: 16, vocabulary: 256 };
const D = 192;
const W = 64;
const base = dense.counts(dense.defaults(D), shape);

/** All elements of the layer's parameters. */
function elements(ffn: Parameters<ReturnType<typeof ffnMethod>['parameters']>[0]): number {
  const specs = ffnMethod(ffn.kind).parameters(ffn, shape);
  return specs.reduce((sum, spec) => sum + spec.shape.reduce((product, size) => product * size, 1), 0);
}

const topKLayouts = {
  ...Object.fromEntries(Object.entries(moe.variants).map(([name, variant]) => [name, variant.options(D)])),
  hash: hash.defaults(D),
  random: random.defaults(D),
  llamamoe: llamamoe.defaults(D),
};

describe.each(Object.entries(topKLayouts))('%s', (_name, ffn) => {
  const method = ffnMethod(ffn.kind);
  const counts = method.counts(ffn, shape);
  const router = method.parameters(ffn, shape).find(({ name }) => name === 'router.weight');
  const routerSize = router === undefined ? 0 : router.shape[0]! * router.shape[1]!;

  test('the count is that of the parameters; 9 W units in total, 3 W active like the dense FFN', () => {
    expect(counts.parameters).toBe(elements(ffn));
    expect(method.units(ffn)).toBe(9 * W);
    expect(counts.activeParameters - routerSize).toBe(base.parameters);
    expect(counts.parameters - routerSize - shape.width).toBe(3 * (base.parameters - shape.width));
  });

  test('dense dispatch counts every expert, capacity its slots; the active cost is the same', () => {
    const layout = method.experts(ffn)!;
    const K = layout.chosenPerGroup!;
    const weighted = (experts: number) => 2 * shape.width * experts;
    expect(counts.matrixFlops).toBe(6 * shape.width * 9 * W);
    expect(counts.forwardFlops).toBe(counts.matrixFlops + 2 * routerSize + weighted(layout.count));
    expect(counts.activeForwardFlops).toBe(base.forwardFlops + 2 * routerSize + weighted(K));

    const capacity = (capacityFactor: number) =>
      method.counts({ ...ffn, dispatch: 'capacity', capacityFactor } as typeof ffn, shape);
    expect(capacity(1).forwardFlops).toBe(counts.activeForwardFlops);
    expect(capacity(1).matrixFlops).toBe(base.matrixFlops);
    const shared = 'sharedWidth' in ffn ? ffn.sharedWidth : 0;
    const slots = 1.25 * K;
    const expertWidth = (9 * W - shared) / layout.count;
    expect(capacity(1.25).matrixFlops).toBe(6 * shape.width * (slots * expertWidth + shared));
    expect(capacity(1000).forwardFlops).toBe(counts.forwardFlops); // an expert has no more slots than tokens
    expect(capacity(1.25).activeForwardFlops).toBe(counts.activeForwardFlops);
  });

  test('a width is kept by a change of kind and back', () => {
    expect(method.matchedWidth(ffn)).toBe(D);
  });
});

describe('top-p counts', () => {
  const ffn = { ...topp.defaults(D), maxExperts: 0 };

  test('parameters are those of smoe-share; active ones follow the measured mean', () => {
    const same = moe.counts(moe.defaults(D), shape);
    expect(topp.counts(ffn, shape).parameters).toBe(same.parameters);
    expect(topp.counts(ffn, shape, { activeExperts: 2 })).toEqual(same);
    const half = topp.counts(ffn, shape, { activeExperts: 2.5 });
    expect(half.activeParameters - same.activeParameters).toBe(0.5 * 3 * shape.width * W);
  });

  test('the expectation: P times the experts, rounded up, where the router is nearly uniform; at most maxExperts', () => {
    const active = (options: Partial<typeof ffn>, width = 1) => {
      const of = (activeExperts?: number) =>
        topp.counts(
          { ...ffn, ...options },
          { ...shape, width },
          activeExperts === undefined ? {} : { activeExperts },
        );
      return (of().activeParameters - of(0).activeParameters) / (3 * width * W);
    };
    expect(active({ topP: 0.45 })).toBeCloseTo(4, 1);
    expect(active({ topP: 0.01 })).toBe(1);
    expect(active({ topP: 1 })).toBe(8);
    expect(active({ topP: 1, maxExperts: 3 })).toBe(3);
    // A wider stream gives logits of a larger spread, a more certain router, and fewer experts.
    expect(active({ topP: 0.45 }, 4096)).toBeLessThan(3);
  });
});

describe('rules that cross fields', () => {
  const messages = (ffn: Parameters<typeof elements>[0]) =>
    ffnMethod(ffn.kind)
      .check(ffn, shape)
      .map(({ path, message }) => `${path}: ${message}`);

  test.each([moe.defaults(D), hash.defaults(D), random.defaults(D), llamamoe.defaults(D)])(
    '$kind: more experts per token than there are',
    (ffn) => {
      expect(messages(ffn)).toEqual([]);
      const [problem, ...others] = messages({ ...ffn, nExperts: 4, topK: 5, width: 576 } as typeof ffn);
      expect(others).toEqual([]);
      for (const part of ['topK: ', 'topK = 5', 'nExperts = 4', 'topK to 4 or less', 'nExperts to 5'])
        expect(problem).toContain(part);
    },
  );

  test('llamamoe: a width that the experts do not divide', () => {
    const [problem] = messages({ ...llamamoe.defaults(D), width: 100 });
    for (const part of ['width: ', 'D = 100', 'n = 9', '99 or 108', 'n to 5 or 10'])
      expect(problem).toContain(part);
  });

  test('topp: a limit above the experts, and none under capacity dispatch', () => {
    expect(messages({ ...topp.defaults(D), maxExperts: 9 })[0]).toContain(
      'maxExperts = 9 exceeds nExperts = 8',
    );
    expect(messages({ ...topp.defaults(D), maxExperts: 0, dispatch: 'capacity' })[0]).toContain(
      'set maxExperts from 1 to 8',
    );
    expect(messages({ ...topp.defaults(D), dispatch: 'capacity', maxExperts: 4 })).toEqual([]);
  });
});

describe('another layout', () => {
  test('twice the experts are half as wide and twice as many per token: fine-grained', () => {
    const half = moe.withLayout(moe.defaults(D), 1, 16);
    expect(half).toEqual(moe.variants['fine-grained'].options(D));
    expect(topp.withLayout({ ...topp.defaults(D), maxExperts: 3 }, 1, 16)).toMatchObject({
      nExperts: 16,
      expertWidth: W / 2,
      maxExperts: 6,
    });
    expect(llamamoe.withLayout(llamamoe.defaults(D), 1, 18)).toMatchObject({
      width: 9 * W,
      nExperts: 18,
      topK: 6,
    });
  });

  test('a layout that does not divide the units is refused by the schema', () => {
    expect(moe.schema.safeParse(moe.withLayout(moe.defaults(D), 1, 7)).success).toBe(false);
    expect(moe.schema.safeParse(moe.withLayout(moe.defaults(D), 1, 4)).success).toBe(true);
  });
});
