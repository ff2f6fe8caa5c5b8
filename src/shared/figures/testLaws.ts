/** Law readings made up for tests of figures; the numbers mean nothing. Never imported by the product. */
import { fitPositions, positionLoss } from '../laws/position.ts';
import { readLaw } from '../laws/reading.ts';
import type { Trajectory } from '../laws/types.ts';
import { uniformityStretches } from '../laws/uniformity.ts';
import { uniforms } from '../random.ts';
import type { LawsQuality, StudyRow } from '../rpc/contract/laws.ts';

/** A run of 1 M tokens whose losses follow the law's own forms, with noise of `noise` nats; 30 checkpoints, 32 positions. */
export function testTrajectory(noise = 0.01): Trajectory {
  const next = uniforms(7, 'figures of laws');
  const total = 1e6;
  const points = Array.from({ length: 30 }, (_, k) => {
    const tokens = Math.round(total * ((k + 1) / 30) ** 1.5);
    const a0 = 0.3 + 0.2 * Math.log(tokens / 1e3);
    const a1 = 0.1 + 1 / (1 + tokens / 2e4);
    const a2 = 5 - 0.3 * Math.log(tokens / 1e3);
    const loss = Array.from({ length: 32 }, (_, i) => a0 / (1 + a1 * (i + 1)) + a2 + noise * (next() - 0.5));
    return { step: 10 * (k + 1), tokens, learningRate: 1e-3, loss };
  });
  const schedule = {
    kind: 'cosine',
    warmupTokens: 5e4,
    totalTokens: total,
    peak: 1e-3,
    minimumRatio: 0.1,
    decayShare: 0.2,
  } as const;
  return { set: 'validation', points, schedule };
}

export function testReading() {
  return readLaw(testTrajectory(), { untilStep: 200, intervals: { resamples: 40, seed: 0 }, places: 20 });
}

export function testPositionCheckpoints() {
  const { points } = testTrajectory();
  const { fits } = fitPositions({ ...testTrajectory(), points });
  return [5, 15, 25].map((k) => ({
    ...points[k]!,
    fit: fits[k]!,
    law: points[k]!.loss.map((_, i) => positionLoss(fits[k]!, i + 1)),
  }));
}

export function testStretches() {
  return uniformityStretches(testTrajectory().points);
}

export function testCalibration() {
  const rows = [0.1, 0.2, 0.4].flatMap((fraction) =>
    (['temporal', 'power', 'lastValue'] as const).map((method, at) => ({
      fraction,
      method,
      runs: 4,
      of: 4,
      medianError: (0.02 * (at + 1)) / fraction / 4,
      medianMape: 0.01,
      coverage95: at === 0 ? 0.9 : null,
    })),
  );
  const levels = [0.5, 0.8, 0.95].map((nominal) => ({ nominal, observed: nominal - 0.05 }));
  return { set: 'validation', runs: 4, points: 60, levels, summary: rows };
}

export function testCandidates() {
  return [0.001, 0.003, 0.01].map((rate, at) => ({
    run: `r${at}`,
    label: `learning rate ${rate}`,
    predicted: { loss: 2 + at / 10, low95: 1.9 + at / 10, high95: 2.2 + at / 10 },
    chance: [0.7, 0.2, 0.1][at]!,
    final: at === 2 ? null : 2.02 + at / 10,
  }));
}

/** A study of two candidates with predictions. */
export function testStudy(study: string): StudyRow {
  const trust = { level: 'good', sentence: '' } as const;
  return {
    study,
    name: 'rates',
    candidates: [0.001, 0.01].map((learningRate, at) => ({
      run: `r${at + 1}`,
      name: `rate ${learningRate}`,
      values: { learningRate },
      state: 'paused',
      step: 10,
      due: null,
      ranked: {
        run: `r${at + 1}`,
        step: 10,
        observed: 3,
        predicted: { loss: 2 + at, low95: 1.9 + at, high95: 2.1 + at },
        identifiable: true,
        trust,
        rank: at + 1,
        chance: 0.5,
      },
      observed: { step: 10, loss: 3 },
      final: null,
    })),
  } as unknown as StudyRow;
}

/** Hindcasts of no run: what a fresh workspace answers. */
export function testQuality(set: string): LawsQuality {
  const trustworthy = { level: 'none', sentence: 'No run has finished.' } as const;
  const calibration = { runs: 0, points: 0, levels: [], inflation: { 50: null, 95: null }, trustworthy };
  return { set, runs: [], calibration, without: [] };
}
