/** Studies: real training of a tiny model, held at a prefix, ranked, continued; through a restart of the host too. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../src/main/host/index.ts';
import { FinegrainError } from '../../src/shared/errors.ts';
import type { StudyRow } from '../../src/shared/rpc/contract.ts';
import type { StudyPlanInput } from '../../src/shared/run/studyPlan.ts';
import { settings, speeches, tiny, type Workspace, workspace } from './tinyRun.ts';

let space: Workspace;

const steps = 24;
const configuration = settings({
  steps,
  batch: 4,
  evaluateEvery: 0,
  probeEvery: 0,
  measure: { points: 16, sequences: 4, maximumShare: 1 },
});
const rates = (values: number[]): StudyPlanInput['fields'] => ({ axes: [{ field: 'learningRate', values }] });

async function refusal(work: Promise<unknown>): Promise<FinegrainError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof FinegrainError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The study once it is no longer running. */
async function rested(host: Host, study: string): Promise<StudyRow> {
  while (host.store.studies.get(study).state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return host.studies.get(study);
}

beforeAll(async () => {
  space = await workspace(2);
  await space.host.call('data.addText', {
    name: 'later',
    files: [{ name: 'later.txt', text: speeches(400_000).slice(200_000) }],
  });
});
afterAll(() => space.remove());

describe('a study', () => {
  it('holds every candidate at the prefix, ranks them, trains all, and knows its regret', async () => {
    const { host } = space;
    const events: string[] = [];
    const off = host.events.on('study.changed', ({ state }) => events.push(state));
    const { study, sweep, runs } = await host.call('studies.start', {
      name: 'rates',
      architecture: tiny,
      configuration,
      plan: { fields: rates([1e-5, 3e-3, 1e-2]), prefix: 12, policy: { kind: 'all' } },
    });
    const row = await rested(host, study);
    off();
    expect(row).toMatchObject({ study, sweep, name: 'rates', state: 'done', reason: null, steps });
    expect(row.decisions).toHaveLength(1);
    const [decision] = row.decisions;
    expect(decision).toMatchObject({ step: 12, stopped: [] });
    expect([...decision!.continued].sort()).toEqual([...runs].sort());
    expect(decision!.ranking.map(({ rank, step }) => [rank, step])).toEqual([
      [1, 12],
      [2, 12],
      [3, 12],
    ]);
    // A rate of 1e-5 learns next to nothing in 24 steps: whatever ranks must see that.
    expect(decision!.ranking[2]!.run).toBe(runs[0]);
    for (const { run, final, state, step } of row.candidates) {
      expect(state).toBe('finished');
      expect(step).toBe(steps);
      const { sets } = await host.call('runs.measurements', { run });
      const last = sets[0]!.points.at(-1)!;
      expect(last.step).toBe(steps);
      expect(final).toBeCloseTo(last.loss.reduce((a, b) => a + b) / last.loss.length, 10);
    }
    const finals = row.candidates.map(({ final }) => final!);
    const picked = row.candidates.find(({ run }) => run === decision!.ranking[0]!.run)!;
    expect(row.report).toMatchObject({ known: 3, of: 3, chosen: { pick: picked.run } });
    expect(row.report!.chosen!.regret).toBeCloseTo(picked.final! - Math.min(...finals), 10);
    expect(row.report!.compute.selection / row.report!.compute.full).toBeCloseTo((3 * 12 + 12) / (3 * 24), 6);
    expect(row.report!.compute.spent).toBe(row.report!.compute.full);
    expect(events[0]).toBe('running');
    expect(events.at(-1)).toBe('done');
  });

  it('goes on where it was after the host was closed in the middle; the losers are stopped', async () => {
    const { study, runs } = await space.host.call('studies.start', {
      name: 'cut off',
      architecture: tiny,
      configuration,
      plan: {
        mixtures: {
          kind: 'list',
          data: ['speeches', 'later'],
          weights: [
            [1, 0],
            [1, 1],
            [0, 1],
          ],
        },
        target: [{ set: 'speeches' }, { set: 'later' }],
        prefix: 12,
        policy: { kind: 'best' },
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const host = await space.reopen();
    expect(host.studies.get(study).state).toBe('running');
    await host.call('studies.continue', { study });
    const row = await rested(host, study);
    expect(row.state).toBe('done');
    const { ranking, continued, stopped } = row.decisions[0]!;
    expect(ranking).toHaveLength(3);
    expect(continued).toEqual([ranking[0]!.run]);
    expect(stopped).toEqual([ranking[1]!.run, ranking[2]!.run]);
    const states = new Map(row.candidates.map((found) => [found.run, [found.state, found.step]]));
    expect(states.get(continued[0]!)).toEqual(['finished', steps]);
    for (const run of stopped) expect(states.get(run)).toEqual(['stopped', 12]);
    expect(row.report!.compute.spent / row.report!.compute.full).toBeCloseTo((3 * 12 + 12) / (3 * 24), 6);
    expect(row.report!.chosen).toMatchObject({ pick: continued[0], regret: null });
    // All candidates share one tokenizer, and each is measured on both sets, whatever it trains on.
    const configurations = await Promise.all(
      runs.map(async (run) => (await host.call('runs.get', { run })).configuration),
    );
    expect(new Set(configurations.map(({ tokenizer }) => tokenizer)).size).toBe(1);
    expect(configurations.map(({ data }) => data.map(({ name }) => name))).toEqual([
      ['speeches'],
      ['speeches', 'later'],
      ['later'],
    ]);
    for (const { measure } of configurations) expect(measure.sets).toEqual(['speeches', 'later']);

    // What was stopped can be trained to the end by hand; then regret is known.
    await host.call('studies.continue', { study, candidates: [...stopped] });
    const full = await rested(host, study);
    expect(full.candidates.map(({ state }) => state)).toEqual(['finished', 'finished', 'finished']);
    expect(full.report!.chosen!.regret).toBeGreaterThanOrEqual(0);
    expect(full.decisions).toHaveLength(1);
  });

  it('stops, and names what is wrong with a plan before anything is stored', async () => {
    const { host } = space;
    const { study, runs } = await host.call('studies.start', {
      architecture: tiny,
      configuration: { ...configuration, steps: 2000 },
      plan: { fields: rates([1e-3, 2e-3]), prefix: 1000 },
    });
    await host.call('studies.stop', { study });
    for (const run of runs) expect((await host.runs.ended(run)).summary.state).toBe('stopped');
    expect(host.studies.get(study)).toMatchObject({ state: 'stopped', reason: 'Stopped on request.' });
    const before = (await host.call('runs.list', {})).length;
    const start = (plan: StudyPlanInput) =>
      refusal(host.call('studies.start', { architecture: tiny, configuration, plan }));
    expect((await start({ fields: rates([1e-3, 2e-3]), prefix: 24 })).message).toMatch(
      /^prefix: 24 steps leave/,
    );
    expect((await start({ fields: rates([1e-3]), prefix: 12 })).message).toMatch(/1 candidate;/);
    expect((await start({ list: [{ steps: 3 }, { steps: 4 }], prefix: 12 })).message).toMatch(
      /^steps: a study/,
    );
    expect(
      (await start({ fields: rates([1e-3, 2e-3]), prefix: 12, target: [{ set: 'nowhere' }] })).code,
    ).toBe('notFound');
    expect((await host.call('runs.list', {})).length).toBe(before);
    expect(await host.call('studies.list', {})).toHaveLength(3);
  });

  it('leaves finished runs that hindcasts and scaling fits read', async () => {
    const { host } = space;
    const quality = await host.call('laws.quality', {});
    const finished = (await host.call('runs.list', {})).filter(({ state }) => state === 'finished');
    expect(quality.runs.map(({ run }) => run)).toEqual(finished.map(({ run }) => run));
    for (const { rows } of quality.runs) {
      const last = rows.filter(({ fraction, method }) => fraction === 0.4 && method === 'lastValue');
      expect(last).toHaveLength(1);
      expect(last[0]!.quality!.finalError).toBeGreaterThan(0); // the loss falls, so the last value lies above the end
    }
    expect(quality.without).toEqual([]);
    const onLater = await host.call('laws.quality', { set: 'later' });
    expect(onLater.runs).toHaveLength(3);
    expect(onLater.without).toHaveLength(3);
    expect(onLater.without[0]!.reason).toMatch(/was not measured on later; it was on validation\./);

    const scaling = await host.call('laws.scaling', {});
    expect(scaling.runs).toHaveLength(6);
    for (const { loss, tokens, parameters } of scaling.runs) {
      expect(loss).toBeGreaterThan(0);
      expect(tokens).toBe(steps * 4 * 64);
      expect(parameters).toBe(host.runs.summary(scaling.runs[0]!.run).parameters);
    }
    // Six runs of one size and length determine no exponent, and none is made up.
    expect(scaling.chinchilla).toMatchObject({ notPossible: expect.stringMatching(/runs|sizes/) });
  });
});
