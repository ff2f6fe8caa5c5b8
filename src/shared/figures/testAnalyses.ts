/** Results of analyses made up for tests of figures; the numbers mean nothing. Never imported by the product. */
import type {
  ActiveExpertsAnalysis,
  AnalysisSubject,
  BucketAnalysis,
  PositionAnalysis,
  RobustnessAnalysis,
  SaturationAnalysis,
  SimilarityAnalysis,
  SoftmaxTimeAnalysis,
} from '../run/analysis.ts';
import { bucketNames } from '../run/analysis.ts';

export function testSubject(run: string, name: string): AnalysisSubject {
  return { run, name, reconstruction: false, step: 40, source: 'validation text of speeches', tokens: 100 };
}

export function testSaturation(subject: AnalysisSubject, layers: number): SaturationAnalysis {
  const [saturation, fluctuation] = [
    [0.4, 0.7, 1],
    [0.5, 0.2, 0],
  ];
  return {
    kind: 'saturation',
    ...subject,
    steps: [10, 20, 40],
    layers: Array.from({ length: layers }, (_, layer) => ({
      layer,
      kind: 'moe',
      experts: 8,
      groups: 1,
      router: 'softmax',
      saturation,
      fluctuation,
    })),
    mean: { saturation, fluctuation },
  };
}

export function testBuckets(subject: AnalysisSubject): BucketAnalysis {
  const losses = (loss: number, rare: number | null) =>
    bucketNames.map((bucket, at) => ({
      bucket,
      types: 10 * at,
      tokens: [80, 20, rare === null ? 0 : 5][at]!,
      loss: at === 2 ? rare : loss + at,
    }));
  return {
    kind: 'buckets',
    ...subject,
    loss: 4,
    byTarget: losses(3, 7),
    byInput: losses(4, null),
    countedTokens: 1000,
  };
}

export function testSimilarity(subject: AnalysisSubject): SimilarityAnalysis {
  const values = [
    [1, 0.8, null],
    [0.8, 1, null],
    [null, null, 1],
  ];
  return { kind: 'similarity', ...subject, context: 64, values, definition: 'Our definition.' };
}

export function testActiveExperts({
  run,
  name,
  reconstruction,
  step,
}: AnalysisSubject): ActiveExpertsAnalysis {
  return {
    kind: 'active-experts',
    run,
    name,
    reconstruction,
    step,
    layers: [0, 2].map((layer) => ({ layer, kind: 'dsmoe', experts: 8 })),
    sources: [
      { source: 'validation text of speeches', tokens: 64, active: [3, 5], mean: 4 },
      { source: 'the given text', tokens: 32, active: [2, 2], mean: 2 },
    ],
  };
}

export function testRobustness(
  subject: AnalysisSubject,
  routers: readonly RobustnessAnalysis['disabled'][number]['routers'][],
): RobustnessAnalysis {
  const disabled = routers.map((which, at) => ({
    routers: which,
    loss: 5 + at,
    perplexity: 148,
    lossIncrease: 1 + at,
    perplexityIncrease: 94,
  }));
  return { kind: 'robustness', ...subject, loss: 4, perplexity: 54, disabled, layers: [] };
}

export function testPositions(subject: AnalysisSubject): PositionAnalysis {
  return { kind: 'positions', ...subject, context: 2, loss: 3, byPosition: [4, 2], windows: [5, 5] };
}

export function testSoftmaxTime({ run, name, reconstruction, step }: AnalysisSubject): SoftmaxTimeAnalysis {
  const part = (milliseconds: number) => ({ milliseconds, share: milliseconds / 10 });
  return {
    kind: 'softmax-time',
    run,
    name,
    reconstruction,
    step,
    device: 'cpu',
    threads: 2,
    batch: 1,
    context: 64,
    repeats: 10,
    wallMilliseconds: 11,
    softmax: part(2),
    attentionSoftmax: part(1),
    matrixProducts: part(7),
    other: part(1),
    operators: [{ operator: 'MatMul', calls: 3, ...part(7) }],
    method: 'Measured.',
  };
}
