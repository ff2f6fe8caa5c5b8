/** Trajectories drawn from the temporal law itself, with AR(1) noise: for tests, where the truth must be known. */
import { uniforms } from '../random.ts';
import { normals } from './noise.ts';
import type { Schedule, Trajectory } from './types.ts';

export interface SyntheticOptions {
  readonly seed: number;
  readonly kind: 'constant' | 'cosine';
  /** Checkpoints over the whole run. */
  readonly checkpoints: number;
  /** Standard deviation of the noise, shared by all positions and own to each, nats per token. */
  readonly deviation: number;
  /** Autocorrelation of the noise from one checkpoint to the next. */
  readonly rho: number;
  readonly positions?: number;
}

export const syntheticTotal = 1e6;
const warmup = 2e4;
const separation = 1.2e5;

export function syntheticSchedule(kind: SyntheticOptions['kind']): Schedule {
  return {
    kind,
    warmupTokens: warmup,
    totalTokens: syntheticTotal,
    peak: 1e-3,
    minimumRatio: 0.1,
    decayShare: 0.2,
  };
}

/** a0, a1, a2 without noise: logarithm, hyperbola, logarithm then (under a cosine schedule) cosine. */
export function syntheticParameters(
  tokens: number,
  kind: SyntheticOptions['kind'],
): [number, number, number] {
  const cosine = (at: number) => Math.cos((Math.PI * (at - warmup)) / (syntheticTotal - warmup));
  const early = (at: number) => 3.2 - 0.22 * Math.log(at / 1e5);
  const late = kind === 'cosine' && tokens >= separation;
  return [
    1.2 + 0.25 * Math.log(tokens / 1e5),
    0.1 + 0.3 / (1 + tokens / 8e4),
    late ? early(separation) + 0.5 * (cosine(tokens) - cosine(separation)) : early(tokens),
  ];
}

/** Checkpoints from 3 % of the run to its end, denser at the beginning; the last at `syntheticTotal` tokens. */
export function syntheticTrajectory(options: SyntheticOptions): Trajectory {
  const { seed, kind, checkpoints, deviation, rho, positions = 32 } = options;
  const normal = normals(uniforms(seed, 'synthetic trajectory'));
  const fresh = Math.sqrt(1 - rho * rho);
  let shared = normal();
  let own = Array.from({ length: positions }, () => normal());
  const points = Array.from({ length: checkpoints }, (_, k) => {
    const tokens = Math.round(3e4 + (syntheticTotal - 3e4) * (k / (checkpoints - 1)) ** 1.3);
    const [a0, a1, a2] = syntheticParameters(tokens, kind);
    shared = rho * shared + fresh * normal();
    own = own.map((value) => rho * value + fresh * normal());
    const loss = own.map((value, i) => a0 / (1 + a1 * (i + 1)) + a2 + deviation * (shared + value));
    return { step: k + 1, tokens, learningRate: 1e-3, loss };
  });
  return { set: 'validation', points, schedule: syntheticSchedule(kind) };
}
