/** Probes, checkpoints, logs, data sets and tokenizers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Probe } from '../../shared/run/probe.ts';
import { openStore, type Store } from './store.ts';
import { newRun, reasonOf, temporaryFolder } from './testSupport.ts';

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
let run: string;
beforeEach(() => {
  folder = temporaryFolder();
  store = openStore(folder.path);
  run = store.runs.create(newRun());
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

const probe = (step: number, rate: number): Probe => ({
  step,
  tokens: 512,
  layers: [
    {
      layer: 0,
      kind: 'dsmoe',
      nsar: { '0.1': rate },
      nsarTimesUp: { '0.1': rate / 2 },
      activationHistogram: { edges: [-1, 0, 1], counts: [5, 7] },
      experts: {
        count: 2,
        groups: 1,
        load: [0.5, 0.5],
        meanGate: [Number.NaN, Number.POSITIVE_INFINITY],
        gateDeviation: [Number.NEGATIVE_INFINITY, 0],
        activeMean: 1.5,
        entropy: Math.LN2,
        dead: [],
        gateHistogram: Array<number>(20).fill(3),
      },
    },
  ],
});

describe('probes', () => {
  it('come back exactly, NaN and infinities included, in order of step', () => {
    store.probes.add(run, probe(20, 0.2));
    store.probes.add(run, probe(10, 0.1));
    expect(store.probes.list(run)).toEqual([probe(10, 0.1), probe(20, 0.2)]);
    expect(store.probes.list(run, { afterStep: 10 })).toEqual([probe(20, 0.2)]);
    expect(store.probes.newest(run)).toEqual(probe(20, 0.2));
  });

  it('replace one of the same step, and may be none', () => {
    expect(store.probes.newest(run)).toBeNull();
    store.probes.add(run, probe(10, 0.1));
    store.probes.add(run, probe(10, 0.3));
    expect(store.probes.list(run)).toEqual([probe(10, 0.3)]);
  });
});

describe('checkpoints', () => {
  const at = (step: number) => ({
    step,
    path: store.relative(`${store.folder}/runs/${run}/step-${step}`),
    bytes: step,
  });

  it('list in order of step with paths relative to the workspace', () => {
    store.checkpoints.add(run, { ...at(20), loss: 2 });
    store.checkpoints.add(run, { ...at(10), loss: Number.NaN });
    expect(store.checkpoints.list(run)).toMatchObject([
      { step: 10, path: `runs/${run}/step-10`, bytes: 10, loss: null },
      { step: 20, loss: 2 },
    ]);
    expect(store.absolute(store.checkpoints.list(run)[0]!.path)).toContain(store.folder);
    store.checkpoints.remove(run, [10]);
    expect(store.checkpoints.list(run).map(({ step }) => step)).toEqual([20]);
  });

  it('follow the disk when reconciled, and keep what only the rows know', () => {
    store.checkpoints.add(run, { ...at(10), loss: 1 });
    store.checkpoints.add(run, { ...at(20), loss: 2, createdAt: '2020-01-01T00:00:00.000Z' });
    store.checkpoints.reconcile(run, [{ ...at(20), bytes: 99 }, at(30)]);
    expect(store.checkpoints.list(run)).toMatchObject([
      { step: 20, loss: 2, bytes: 99, createdAt: '2020-01-01T00:00:00.000Z' },
      { step: 30, loss: null },
    ]);
  });
});

describe('the log of a run', () => {
  it('keeps the order of its lines and gives the newest', () => {
    for (let line = 0; line < 5; line++) store.logs.add(run, 'info', `line ${line}`);
    store.logs.add(run, 'error', 'the end');
    expect(store.logs.list(run, 2).map(({ level, message }) => [level, message])).toEqual([
      ['info', 'line 4'],
      ['error', 'the end'],
    ]);
    expect(store.detail(run)).toMatchObject({ run, checkpoints: [], metrics: [], log: { length: 6 } });
  });
});

describe('data sets and tokenizers', () => {
  const speeches = {
    name: 'speeches',
    domain: 'politics',
    documents: 243,
    bytes: 10_000_000_000,
    hash: 'abc',
    invalidBytes: 3,
    folder: 'data/speeches',
    manifest: { shards: ['0.jsonl'] },
  };
  const small = {
    name: 'small',
    vocabulary: 512,
    data: 'speeches',
    hash: 'def',
    folder: 'tokenizers/small',
    manifest: {},
  };

  it('come back with their manifests; the listing has the rows of the contract', () => {
    const stored = store.dataSets.add(speeches);
    expect(store.dataSets.get('speeches')).toEqual(stored);
    expect(Object.keys(store.dataSets.list()[0]!).sort()).toEqual(
      ['name', 'domain', 'documents', 'bytes', 'hash', 'invalidBytes', 'createdAt'].sort(),
    );
    const tokenizer = store.tokenizers.add(small);
    expect(store.tokenizers.get('small')).toEqual(tokenizer);
    expect(Object.keys(store.tokenizers.list()[0]!).sort()).toEqual(
      ['name', 'vocabulary', 'data', 'hash', 'createdAt'].sort(),
    );
  });

  it('refuse a taken name, replace on purpose, and name what there is', async () => {
    store.dataSets.add(speeches);
    store.tokenizers.add(small);
    expect((await reasonOf(() => store.dataSets.add(speeches))).message).toContain('speeches');
    expect((await reasonOf(() => store.tokenizers.add(small))).message).toContain('small');
    store.dataSets.put({ ...speeches, documents: 1 });
    store.tokenizers.put({ ...small, vocabulary: 1024 });
    expect(store.dataSets.get('speeches').documents).toBe(1);
    expect(store.tokenizers.get('small').vocabulary).toBe(1024);
    expect((await reasonOf(() => store.dataSets.get('poems'))).hint).toContain('speeches');
    expect((await reasonOf(() => store.tokenizers.get('large'))).hint).toContain('small');
    store.dataSets.remove('speeches');
    store.tokenizers.remove('small');
    expect(store.dataSets.find('speeches')).toBeNull();
    expect(store.tokenizers.find('small')).toBeNull();
  });
});
