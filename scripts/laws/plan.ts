/** The real runs behind the table of docs/laws.md: three sizes, three schedules, three domains and mixtures of them. */
import type { RunConfigurationInput, scheduleKinds } from '../../src/shared/run/configuration.ts';
import type { StudyPlanInput } from '../../src/shared/run/studyPlan.ts';

/** Sample data sets that ship with the app, one a domain. */
export const domains = ['state-of-the-union', 'moby-dick', 'typescript-library'] as const;

type Schedule = (typeof scheduleKinds)[number];
type Weights = Partial<Record<(typeof domains)[number], number>>;

export interface PlannedRun {
  readonly name: string;
  readonly preset: string;
  readonly steps: number;
  readonly schedule: Schedule;
  readonly learningRate: number;
  readonly weights: Weights;
  readonly seed: number;
  /** Choices of the law were made by looking at it, on 24 November 2026. */
  readonly development: boolean;
}

const speeches: Weights = { 'state-of-the-union': 1 };
const novel: Weights = { 'moby-dick': 1 };
const code: Weights = { 'typescript-library': 1 };
const thirds: Weights = { 'state-of-the-union': 1, 'moby-dick': 1, 'typescript-library': 1 };

const run = (
  name: string,
  preset: string,
  steps: number,
  schedule: Schedule,
  learningRate: number,
  weights: Weights,
  seed = 0,
): PlannedRun => ({
  ...{ name, preset, steps, schedule, learningRate, weights, seed },
  development: preset.endsWith('-0.3m') || name === '1m-speeches-cosine',
});

/** Fixed before the first of them was trained. 2048 tokens a step. */
export const plannedRuns: readonly PlannedRun[] = [
  run('speeches-cosine', 'dense-0.3m', 1000, 'cosine', 3e-3, speeches),
  run('speeches-cosine-seed-1', 'dense-0.3m', 1000, 'cosine', 3e-3, speeches, 1),
  run('speeches-wsd', 'dense-0.3m', 1000, 'wsd', 3e-3, speeches),
  run('speeches-constant', 'dense-0.3m', 1000, 'constant', 3e-3, speeches),
  run('speeches-cosine-slow', 'dense-0.3m', 1000, 'cosine', 1e-3, speeches),
  run('novel-cosine', 'dense-0.3m', 750, 'cosine', 3e-3, novel),
  run('code-cosine', 'dense-0.3m', 1000, 'cosine', 3e-3, code),
  run('code-wsd', 'dense-0.3m', 1000, 'wsd', 3e-3, code),
  run('thirds-cosine', 'dense-0.3m', 1500, 'cosine', 3e-3, thirds),
  run('speeches-and-code-wsd', 'dense-0.3m', 1000, 'wsd', 3e-3, { ...speeches, 'typescript-library': 0.5 }),
  run('finedeep-speeches-cosine', 'finedeep-0.3m', 1000, 'cosine', 3e-3, speeches),
  run('1m-speeches-cosine', 'dense-1m', 700, 'cosine', 2e-3, speeches),
  run('1m-code-wsd', 'dense-1m', 700, 'wsd', 2e-3, code),
  run('1m-thirds-constant', 'dense-1m', 700, 'constant', 2e-3, thirds),
  run('2m-speeches-cosine', 'dense-2m', 500, 'cosine', 1.5e-3, speeches),
  run('2m-speeches-and-novel-wsd', 'dense-2m', 500, 'wsd', 1.5e-3, { ...speeches, 'moby-dick': 0.5 }),
];

/** Every run is measured on each of the domains; those that it does not train on are out of its distribution. */
export const shared = {
  batch: 16,
  context: 128,
  evaluateEvery: 0,
  probeEvery: 0,
  checkpointEvery: 250,
  keepCheckpoints: 2,
  device: 'cpu',
  threads: 1,
  measure: { points: 40, sequences: 64, sets: [...domains], maximumShare: 0.3 },
} as const satisfies Partial<RunConfigurationInput>;

/** One tokenizer for each vocabulary, trained on all domains, so that losses of different mixtures can be compared. */
export const tokenizerName = (vocabulary: number): string => `laws-${vocabulary}`;

/**
 * The mixture study: a lattice over the three domains, all candidates trained to the end, so that regret is known. They
 * are shorter than the runs above, and measured more sparsely, to keep ten of them within minutes.
 */
export const mixtureStudy = {
  name: 'mixtures of three domains, 600 steps',
  preset: 'dense-0.3m',
  plan: {
    mixtures: { kind: 'lattice', data: [...domains], divisions: 3 },
    prefix: 180,
    target: domains.map((set) => ({ set, weight: 1 })),
    policy: { kind: 'all' },
  },
} as const satisfies { name: string; preset: string; plan: StudyPlanInput };

export const studySettings = {
  ...shared,
  steps: 600,
  batch: 8,
  learningRate: 3e-3,
  checkpointEvery: 0,
  measure: { points: 48, sequences: 32, sets: [...domains], maximumShare: 0.3 },
} as const satisfies Partial<RunConfigurationInput>;
