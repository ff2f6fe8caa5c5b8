/** Law readings made up for tests of figures; the numbers mean nothing. Never imported by the product. */
import { positionLoss } from '../laws/position.ts';
import { type LawReading, type ParameterTrack, tokenGrid } from '../laws/reading.ts';
import type { Prediction, PredictionMethod, Trajectory } from '../laws/types.ts';
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

/** Made of formulas, not of fits: a better fit must not change how a figure looks. */
export function testReading(): LawReading {
  const { points } = testTrajectory();
  const mean = (loss: readonly number[]) => loss.reduce((sum, value) => sum + value, 0) / loss.length;
  const measured = points.map(({ step, tokens, loss }) => ({
    step,
    tokens,
    loss: mean(loss),
    used: step <= 200,
  }));
  const prefix = measured[19]!;
  const at = (slope: number, spread: number) =>
    tokenGrid(prefix.tokens, 1e6, 20).map((tokens) => {
      const far = Math.log(tokens / prefix.tokens);
      const loss = prefix.loss - slope * far;
      if (spread === 0) return { tokens, loss };
      const [half, most] = [0.35 * spread * far, spread * far];
      return {
        tokens,
        loss,
        low50: loss - half,
        high50: loss + half,
        low95: loss - most,
        high95: loss + most,
      };
    });
  const trust = { level: 'good', sentence: 'Made up.' } as const;
  const line = (method: PredictionMethod, slope: number, spread = 0): Prediction => ({
    method,
    at: at(slope, spread),
    identifiable: true,
    trust,
  });
  const track = (
    name: 'a0' | 'a1' | 'a2',
    form: string,
    value: (tokens: number) => number,
  ): ParameterTrack => ({
    name,
    form,
    points: measured.map(({ tokens, used, step }) => ({
      tokens,
      used,
      value: value(tokens) + (step % 3) / 100,
    })),
    curve: tokenGrid(measured[0]!.tokens, 1e6, 20).map((tokens) => ({ tokens, value: value(tokens) })),
  });
  return {
    set: 'validation',
    positions: 32,
    measured,
    prefix: { step: prefix.step, tokens: prefix.tokens, checkpoints: 20 },
    horizon: 1e6,
    predictions: [
      line('temporal', 0.25, 0.1),
      line('power', 0.2, 0.2),
      line('lastValue', 0),
      line('multiPower', 0.3),
    ],
    problem: null,
    parameters: [
      track('a0', 'log', (tokens) => 0.3 + 0.2 * Math.log(tokens / 1e3)),
      track('a1', 'hyperbolic', (tokens) => 0.1 + 1 / (1 + tokens / 2e4)),
      track('a2', 'logThenCos', (tokens) => 5 - 0.3 * Math.log(tokens / 1e3)),
    ],
    separation: { tokens: 3e5 },
    truth: measured.at(-1)!.loss,
  };
}

export function testPositionCheckpoints() {
  const { points } = testTrajectory();
  return [5, 15, 25].map((k) => {
    const point = points[k]!;
    const fit = {
      law: 'hyperbolic',
      a0: 1 + k / 10,
      a1: 0.2,
      a2: point.loss.at(-1)! - 0.1,
      r2: 0.99,
    } as const;
    return { ...point, fit, law: point.loss.map((_, i) => positionLoss(fit, i + 1)) };
  });
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
