/** Analyses of really trained tiny models, through the host and through the command. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../src/main/host/index.ts';
import { parseArchitecture } from '../../src/shared/architecture/parse.ts';
import { FinegrainError } from '../../src/shared/errors.ts';
import type { BucketLoss } from '../../src/shared/run/analysis.ts';
import { coActivation } from '../../src/shared/run/probe.ts';
import { asked, finegrain, refused } from './command.ts';
import { settings, speeches, type Workspace, workspace } from './tinyRun.ts';

let space: Workspace;
let host: Host;
/** Finished runs by name. */
const runs: Record<string, string> = {};

const attention = { kind: 'softmax', heads: 2, kvHeads: 1, headSize: 32, position: { kind: 'rope' } };
const experts = { nExperts: 8, expertWidth: 32, sharedWidth: 32 };
const dense = { kind: 'dense', width: 128 };
/** FFN of each run, and what else its document says. */
const models: Record<string, { ffn: object; more?: object; layers?: number }> = {
  moe: { ffn: { kind: 'moe', topK: 2, ...experts } },
  cartesian: { ffn: { kind: 'cartesianmoe', nSubExperts: 4, topKPerSublayer: 2, subExpertWidth: 16 } },
  masked: { ffn: { kind: 'maskmoe', nExperts: 8, topK: 1, expertWidth: 32, vFrequent: 4 } },
  hash: { ffn: { kind: 'hash', topK: 2, ...experts } },
  full: { ffn: { kind: 'moe', topK: 2, nExperts: 2, expertWidth: 32, sharedWidth: 0 } },
  shared: {
    ffn: dense,
    layers: 4,
    more: { sharing: { kind: 'uniattn', groupSize: 2, begin: 0, end: 4, compensation: 'zero' } },
  },
};

async function train(name: string): Promise<void> {
  const { ffn, more = {}, layers = 2 } = models[name]!;
  const architecture = parseArchitecture({
    format: 'finegrain.architecture',
    version: 2,
    name,
    vocabulary: 320,
    width: 64,
    context: 64,
    blocks: [{ repeat: layers, attention, ffn }],
    ...more,
  });
  const steps = { steps: 20, checkpointEvery: 5, keepCheckpoints: 4, probeEvery: 10, evaluateEvery: 0 };
  const { run } = await host.call('runs.start', { name, architecture, configuration: settings(steps) });
  const { summary } = await host.runs.ended(run);
  expect(summary).toMatchObject({ state: 'finished', step: 20 });
  runs[name] = run;
}

async function reasonOf(work: Promise<unknown>): Promise<FinegrainError> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(FinegrainError);
  return error as FinegrainError;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const windows = 3;

beforeAll(async () => {
  space = await workspace();
  host = space.host;
  const other = speeches(260_000).slice(200_000);
  await host.call('data.addText', { name: 'later', files: [{ name: 'later.txt', text: other }] });
  for (const name of Object.keys(models)) await train(name);
});
afterAll(() => space.remove());

describe('probes of a run', () => {
  it('log choices that sum to K, pairs that fit them, and the entropy of the router', async () => {
    for (const [name, chosen] of [
      ['moe', 2],
      ['cartesian', 4],
      ['masked', 1],
      ['hash', 2],
    ] as const) {
      const probes = await host.call('runs.probes', { run: runs[name]! });
      expect(probes.length).toBeGreaterThan(1);
      for (const { experts: found } of probes.at(-1)!.layers) {
        const routing = found!.routing!;
        expect(sum(routing.choiceShare)).toBeCloseTo(chosen, 10);
        const matrix = coActivation(found!)!;
        matrix.forEach((row, i) => {
          expect(row[i]).toBe(routing.choiceShare[i]);
          row.forEach((share, j) => {
            expect(share).toBe(matrix[j]![i]);
            expect(share).toBeLessThanOrEqual(row[i]!);
          });
        });
        // Every token makes chosen^2 ordered pairs, each expert with itself among them.
        expect(sum(matrix.flat())).toBeCloseTo(chosen ** 2, 8);
        expect(routing.maxOverMean).toBeGreaterThanOrEqual(1);
        if (name === 'hash') expect(routing.routerEntropy).toBeNull();
        else {
          expect(routing.routerEntropy).toBeGreaterThan(0);
          expect(routing.routerEntropy).toBeLessThanOrEqual(Math.log(8) + 1e-6);
        }
      }
    }
  });
});

describe('routing', () => {
  it('lists probabilities and experts token by token', async () => {
    const found = await host.call('analysis.routing', { run: runs.moe!, tokens: 20, windows });
    expect(found).toMatchObject({ kind: 'routing', step: 20, tokens: windows * 64 });
    expect(found.positions.map(({ position }) => position)).toEqual([...Array(20).keys()]);
    expect(found.layers.map(({ layer }) => layer)).toEqual([0, 1]);
    for (const { probabilities, chosen, weights, router } of found.layers) {
      expect(router).toBe('softmax');
      probabilities!.forEach((row, token) => {
        expect(sum(row)).toBeCloseTo(1, 5);
        const ranked = [...row.keys()].sort((a, b) => row[b]! - row[a]!);
        expect(chosen[token]).toEqual(ranked.slice(0, 2));
        expect(weights[token]).toEqual(chosen[token]!.map((expert) => row[expert]));
      });
    }
  });

  it('of a hash layer follows from the token alone', async () => {
    const { layers, positions } = await host.call('analysis.routing', {
      run: runs.hash!,
      tokens: 192,
      windows,
    });
    for (const { router, probabilities, chosen, distinctPerType } of layers) {
      expect([router, probabilities, distinctPerType]).toEqual(['none', null, 2]);
      const ofType = new Map(positions.map(({ id }, token) => [id, chosen[token]]));
      positions.forEach(({ id }, token) => {
        expect(chosen[token]).toEqual(ofType.get(id));
      });
    }
  });
});

describe('saturation', () => {
  it('compares the kept checkpoints with the final one, which agrees with itself', async () => {
    const found = await host.call('analysis.saturation', { run: runs.moe!, windows });
    expect(found.steps).toEqual([5, 10, 15, 20]);
    for (const { saturation, fluctuation } of [...found.layers, found.mean]) {
      expect([saturation.at(-1), fluctuation.at(-1)]).toEqual([1, 0]);
      expect(saturation).toHaveLength(4);
      for (const share of [...saturation, ...fluctuation]) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
      }
    }
    // Three hundred numbers of a router that has just begun to learn do not all stay where they are.
    expect(found.mean.saturation[0]).toBeLessThan(1);
    const earlier = await host.call('analysis.saturation', { run: runs.moe!, step: 15, windows });
    expect(earlier).toMatchObject({ steps: [5, 10, 15], step: 15 });
  });

  it('is refused where there is nothing to settle or to compare, with the reason', async () => {
    const of = (input: object) => reasonOf(host.call('analysis.saturation', { windows, ...input } as never));
    expect((await of({ run: runs.hash })).message).toContain('hash fixes or draws its choices');
    expect((await of({ run: runs.shared })).message).toContain('routes no tokens');
    expect((await of({ run: runs.moe, step: 5 })).message).toContain('no checkpoint before step 5');
  });
});

describe('losses', () => {
  it('by bucket, by position and as they are add up to one another', async () => {
    const reading = { run: runs.moe!, windows };
    const buckets = await host.call('analysis.buckets', reading);
    const positions = await host.call('analysis.positions', reading);
    const robustness = await host.call('analysis.robustness', reading);
    expect([positions.loss, robustness.loss]).toEqual([buckets.loss, buckets.loss]);
    for (const rows of [buckets.byTarget, buckets.byInput]) {
      expect(rows.map(({ bucket }) => bucket)).toEqual(['frequent', 'middle', 'rare']);
      expect(sum(rows.map(({ tokens }) => tokens))).toBe(windows * 64);
      expect(sum(rows.map(({ types }) => types))).toBe(320);
      const total = sum(rows.map(({ tokens, loss }: BucketLoss) => tokens * (loss ?? 0)));
      expect(total / (windows * 64)).toBeCloseTo(buckets.loss, 8);
    }
    expect(buckets.countedTokens).toBeGreaterThan(50_000);
    expect(positions.windows).toEqual(Array(64).fill(windows));
    expect(sum([...positions.byPosition]) / 64).toBeCloseTo(buckets.loss, 8);
  });

  it('go beyond the training context, over the same text', async () => {
    const long = await host.call('analysis.positions', { run: runs.moe!, windows, context: 160 });
    expect(long.byPosition).toHaveLength(160);
    const text = speeches(3000);
    const short = await host.call('runs.evaluate', { run: runs.moe!, text });
    const longer = await host.call('runs.evaluate', { run: runs.moe!, text, context: 256 });
    expect(longer.tokens).toBe(short.tokens);
    expect(longer.loss).not.toBe(short.loss);
    // The first window's first tokens see the same past.
    longer.perToken.slice(0, 64).forEach(({ logProbability }, at) => {
      expect(logProbability).toBeCloseTo(short.perToken[at]!.logProbability, 4);
    });
    const huge = await reasonOf(host.call('runs.evaluate', { run: runs.moe!, text, context: 1_000_000 }));
    expect(huge.message).toContain('context: a window of 1000000 tokens');
  });
});

describe('robustness', () => {
  it('takes the first choice of every router, or of one sub-layer’s', async () => {
    const moe = await host.call('analysis.robustness', { run: runs.moe!, windows });
    expect(moe.disabled.map(({ routers }) => routers)).toEqual(['both']);
    const cartesian = await host.call('analysis.robustness', { run: runs.cartesian!, windows });
    expect(cartesian.disabled.map(({ routers }) => routers)).toEqual(['first', 'second', 'both']);
    for (const { loss, perplexity, disabled, layers } of [moe, cartesian]) {
      expect(perplexity).toBeCloseTo(Math.exp(loss), 8);
      expect(new Set([loss, ...disabled.map((row) => row.loss)]).size).toBe(disabled.length + 1);
      for (const row of disabled) {
        expect(row.lossIncrease).toBe(row.loss - loss);
        expect(row.perplexityIncrease).toBeCloseTo(row.perplexity - perplexity, 8);
      }
      expect(layers.map(({ kept }) => kept)).toEqual([0, 0]);
    }
  });

  it('reports which tokens of a masked router keep their expert: those that see no other', async () => {
    const reading = { run: runs.masked!, windows };
    const { layers } = await host.call('analysis.robustness', reading);
    const routing = await host.call('analysis.routing', { ...reading, tokens: windows * 64 });
    routing.layers.forEach(({ probabilities }, at) => {
      const alone = probabilities!.filter((row) => row.filter((value) => value > 0).length === 1);
      expect(layers[at]!.kept).toBe(alone.length / probabilities!.length);
      expect(layers[at]!.kept).toBeGreaterThan(0);
      expect(layers[at]!.kept).toBeLessThan(1);
    });
  });

  it('is refused without a router, and where no expert is left', async () => {
    const of = async (name: string) =>
      (await reasonOf(host.call('analysis.robustness', { run: runs[name]!, windows }))).message;
    expect(await of('hash')).toContain('hash assigns experts without a router');
    expect(await of('shared')).toContain('no layer of this model has experts');
    expect(await of('full')).toContain('layer 1 (moe) has 2 experts and chooses 2');
    const evaluated = host.call('runs.evaluate', { run: runs.shared!, text: 'A text.', disableTop1: 'both' });
    expect((await reasonOf(evaluated)).message).toContain('cannot be disabled');
  });
});

describe('similarity', () => {
  it('is symmetric with 1 on the diagonal, and 1 where a layer reuses the map of another', async () => {
    const { values, context } = await host.call('analysis.similarity', { run: runs.shared!, windows });
    expect(context).toBe(64);
    expect(values).toHaveLength(4);
    values.forEach((row, i) => {
      expect(row[i]).toBe(1);
      row.forEach((value, j) => {
        expect(value).toBe(values[j]![i]);
        expect(value).toBeLessThanOrEqual(1 + 1e-6);
      });
    });
    // Leaders 0 and 2, followers 1 and 3.
    expect(values[0]![1]).toBeCloseTo(1, 6);
    expect(values[2]![3]).toBeCloseTo(1, 6);
    expect(values[1]![2]).toBeLessThan(1 - 1e-6);
  });
});

describe('active experts', () => {
  it('has a row for each data set', async () => {
    const data = ['speeches', 'later'];
    const found = await host.call('analysis.activeExperts', { run: runs.moe!, data, windows });
    expect(found.sources.map(({ source }) => source)).toEqual(
      data.map((name) => `validation text of ${name}`),
    );
    for (const { active, mean, tokens } of found.sources) {
      expect([active, mean, tokens]).toEqual([[2, 2], 2, windows * 64]);
    }
    const unknown = await reasonOf(host.call('analysis.activeExperts', { run: runs.moe!, data: ['none'] }));
    expect(unknown.code).toBe('notFound');
    const without = await reasonOf(host.call('analysis.activeExperts', { run: runs.shared!, windows }));
    expect(without.message).toContain('has no experts');
  });
});

describe('softmax time', () => {
  it('is measured on cpu, parts of a whole', async () => {
    const found = await host.call('analysis.softmaxTime', { run: runs.moe!, batch: 2, repeats: 3 });
    expect(found).toMatchObject({ device: 'cpu', batch: 2, context: 64, repeats: 3, step: 20 });
    expect(found.softmax.share + found.matrixProducts.share + found.other.share).toBeCloseTo(1, 10);
    expect(found.attentionSoftmax.share).toBeGreaterThan(0);
    // The routers' softmax is the rest.
    expect(found.softmax.milliseconds).toBeGreaterThan(found.attentionSoftmax.milliseconds);
    expect(found.method).toContain('ONNX Runtime');
    const elsewhere = host.call('analysis.softmaxTime', { run: runs.moe!, device: 'webgpu' });
    expect((await reasonOf(elsewhere)).message).toContain('webgpu cannot be profiled');
  });
});

describe('the command', () => {
  const where = () => ['--workspace', space.folder, '--windows', '2'];

  it('prints results as JSON and writes CSV', async () => {
    const out = join(space.folder, 'buckets.csv');
    const found = await asked('analyse', 'buckets', 'moe', 'hash', ...where(), '--out', out);
    expect(found).toMatchObject({ analysis: 'buckets', results: [{ name: 'moe' }, { name: 'hash' }] });
    expect(readFileSync(out, 'utf8').trimEnd().split('\r\n')).toHaveLength(1 + 2 * 6);
    const text = join(space.folder, 'text.txt');
    writeFileSync(text, speeches(2000));
    const seen = await asked('inspect', 'cartesian', '--workspace', space.folder, '--text-file', text);
    const [layer] = seen.layers as { routing: { choiceShare: number[]; coActivation: number[][] } }[];
    expect(layer!.routing.coActivation.map((row, i) => row[i])).toEqual(layer!.routing.choiceShare);
  });

  it('prints text for people', async () => {
    const { code, out } = await finegrain('analyse', 'robustness', 'cartesian', ...where());
    expect(code).toBe(0);
    expect(out).toMatch(/first +\d/);
    expect(out).toContain('cartesian, reconstruction) at step 20: 128 tokens of validation text of speeches');
  });

  it('draws figures', async () => {
    for (const kind of ['co-activation', 'saturation', 'similarity', 'active-experts'] as const) {
      const { content } = await host.call('figures.make', {
        kind,
        runs: [runs.cartesian!],
        format: 'svg',
        windows: 2,
      });
      expect(content).toContain('</svg>');
      expect(content).not.toContain('NaN');
    }
    const out = join(space.folder, 'buckets.svg');
    await asked('figure', 'buckets', 'moe', 'masked', ...where(), '--data', 'later', '--out', out);
    expect(readFileSync(out, 'utf8')).toContain('>masked (reconstruction)<');
  });

  it('refuses options that a kind does not take as wrong usage, and what makes no sense as failed', async () => {
    const usage = await refused('analyse', 'buckets', 'moe', '--tokens', '3', ...where());
    expect(usage).toMatchObject({ code: 2, error: { message: '--tokens is for routing, not for buckets.' } });
    const failed = await refused('analyse', 'saturation', 'hash', ...where());
    expect(failed).toMatchObject({ code: 1, error: { code: 'input.invalid' } });
    expect(failed.error.hint).toContain('Choose a run');
  });
});
