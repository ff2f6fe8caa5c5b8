/** Runs made up for tests of figures; the numbers mean nothing. Never imported by the product. */
import type { Curve } from '../run/metrics.ts';
import type { LayerProbe, RoutingStatistics } from '../run/probe.ts';
import type { FigureRun } from './run.ts';

export interface TestRun {
  readonly run: string;
  readonly name: string;
  readonly reconstruction?: boolean;
  readonly steps?: number;
  readonly layers?: number;
  readonly experts?: number;
  readonly groups?: number;
  /** Experts that can be switched off: which ran for which tokens is known. */
  readonly routed?: boolean;
  readonly unigramEntropy?: number | null;
}

/** A deterministic value in [0, 1) for a pair of integers. */
function noise(a: number, b: number): number {
  const x = Math.sin(a * 12.9898 + b * 78.233) * 43758.5453;
  return x - Math.floor(x);
}

export function testCurve(metric: string, steps: readonly number[], values: readonly number[]): Curve {
  return {
    metric,
    axis: 'tokens',
    x: steps.map((step) => step * 2048),
    last: [...values],
    min: [...values],
    max: [...values],
    steps: [...steps],
  };
}

export function testRun(given: TestRun): FigureRun {
  const steps = Array.from({ length: given.steps ?? 40 }, (_, index) => index + 1);
  const loss = (step: number): number =>
    4 + 3.6 * Math.exp(-step / (steps.length / 4)) + 0.1 * noise(step, 1);
  const evaluated = steps.filter((step) => step % Math.ceil(steps.length / 4) === 0);
  return {
    run: given.run,
    name: given.name,
    reconstruction: given.reconstruction ?? false,
    training: testCurve('train/loss', steps, steps.map(loss)),
    validation: testCurve(
      'validation/loss',
      evaluated,
      evaluated.map((step) => loss(step) + 0.1),
    ),
    unigramEntropy: given.unigramEntropy === undefined ? 5.5 : given.unigramEntropy,
    probes: [10, 20, 40].map((step) => ({
      step,
      tokens: 512,
      layers: Array.from({ length: given.layers ?? 2 }, (_, layer) => testLayer(layer, step, given)),
    })),
  };
}

function testLayer(layer: number, step: number, given: TestRun): LayerProbe {
  const rates = [0.01, 0.05, 0.1, 0.2, 0.5].map(
    (tau) => [String(tau), (0.9 - 0.05 * layer - step / 400) * Math.exp(-3 * tau)] as const,
  );
  const count = given.experts ?? 0;
  const meanGate = Array.from({ length: count }, (_, expert) => 0.25 + 0.5 * noise(expert, layer + step));
  const total = meanGate.reduce((sum, gate) => sum + gate, 0);
  return {
    layer,
    kind: count === 0 ? 'dense' : 'finedeep',
    nsar: Object.fromEntries(rates),
    nsarTimesUp: Object.fromEntries(rates.map(([tau, rate]) => [tau, rate / 2])),
    activationHistogram: { edges: [-1, 0, 1], counts: [3, 5] },
    experts:
      count === 0
        ? null
        : {
            count,
            groups: given.groups ?? 1,
            load: meanGate.map((gate) => gate / total),
            meanGate,
            gateDeviation: meanGate.map(() => 0.1),
            activeMean: count,
            entropy: Math.log(count),
            dead: [],
            gateHistogram: Array.from({ length: 20 }, () => 1),
            ...(given.routed === true ? { routing: testRouting(count, layer, step) } : {}),
          },
  };
}

function testRouting(count: number, layer: number, step: number): RoutingStatistics {
  const choiceShare = Array.from({ length: count }, (_, expert) => 0.1 + 0.3 * noise(expert, layer + step));
  return {
    tokens: 512,
    choiceShare,
    pairs: null,
    routerEntropy: 0.9 * Math.log(count) - step / 200,
    maxOverMean: 1.2 + layer / 10,
    distinct: count,
  };
}
