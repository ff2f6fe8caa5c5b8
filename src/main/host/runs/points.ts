/** From the training process's reports to metric points. */
import type { MetricPoint } from '../../../shared/run/metrics.ts';
import type { FromTrainer, StepReport } from '../../training/protocol.ts';

/** Training FLOPs for one token: as computed, and with only the active experts counted. */
export interface TrainingFlops {
  readonly computed: number;
  readonly active: number;
}

/** The points of one optimiser step. Rates are absent until there is a second step to measure. */
export function stepPoints(report: StepReport, flopsPerToken: TrainingFlops): MetricPoint[] {
  const at = { step: report.step, tokens: report.tokens, flops: report.flops, seconds: report.seconds };
  const points: MetricPoint[] = [{ ...at, name: 'train/loss', value: report.loss }];
  const auxiliary = Object.entries(report.auxiliary);
  if (report.objective !== undefined)
    points.push({ ...at, name: 'train/objective', value: report.objective });
  // Without auxiliary terms the total is the objective, and a second copy of every curve helps nobody.
  if (auxiliary.length > 0) points.push({ ...at, name: 'train/totalLoss', value: report.totalLoss });
  for (const [name, value] of auxiliary) points.push({ ...at, name: `train/auxiliary/${name}`, value });
  for (const [name, value] of Object.entries(report.reports)) {
    points.push({ ...at, name: `train/report/${name}`, value });
  }
  points.push({ ...at, name: 'train/gradientNorm', value: report.gradientNorm });
  points.push({ ...at, name: 'train/learningRate', value: report.learningRate });
  if (report.tokensPerSecond !== null) {
    points.push({ ...at, name: 'train/tokensPerSecond', value: report.tokensPerSecond });
    const { computed, active } = flopsPerToken;
    points.push({ ...at, name: 'train/flopsPerSecond', value: report.tokensPerSecond * computed });
    if (active < computed) {
      points.push({ ...at, name: 'train/activeFlopsPerSecond', value: report.tokensPerSecond * active });
    }
  }
  if (report.utilisation !== null)
    points.push({ ...at, name: 'train/utilisation', value: report.utilisation });
  return points;
}

export function evaluationPoints(report: Extract<FromTrainer, { type: 'evaluation' }>): MetricPoint[] {
  const at = { step: report.step, tokens: report.tokens, flops: report.flops, seconds: report.seconds };
  return [
    { ...at, name: 'validation/loss', value: report.loss },
    { ...at, name: 'validation/perplexity', value: report.perplexity },
    { ...at, name: 'validation/bitsPerByte', value: report.bitsPerByte },
  ];
}

/** Mean loss over positions of every measured set. */
export function measurementPoints(report: Extract<FromTrainer, { type: 'measurement' }>): MetricPoint[] {
  const at = { step: report.step, tokens: report.tokens, flops: report.flops, seconds: report.seconds };
  return report.sets.map(({ set, loss }) => ({
    ...at,
    name: `measured/loss/${set}`,
    value: loss.reduce((sum, value) => sum + value, 0) / loss.length,
  }));
}
