/** What a run configuration amounts to, before it starts: tokens, FLOPs, and an honest guess at the time. */
import type { RunSummary } from '../../shared/rpc/contract.ts';
import type { RunConfiguration } from '../../shared/run/configuration.ts';

export interface Plan {
  readonly tokens: number;
  readonly flops: number;
  /** Seconds, judged by a run measured on this machine; null when there is none. */
  readonly seconds: number | null;
  /** The run it is judged by. */
  readonly judgedBy: string | null;
}

export function tokensPerStep(configuration: RunConfiguration, documentContext: number): number {
  const context = Math.min(configuration.context ?? documentContext, documentContext);
  return configuration.batch * configuration.accumulate * context;
}

/**
 * `trainingFlops` per token of the document. The guess assumes that time grows with parameters (FLOPs per token are about
 * 6 P), taking the newest measured run of the device, or of any when the device is chosen automatically.
 */
export function planRun(
  configuration: RunConfiguration,
  documentContext: number,
  trainingFlops: number,
  parameters: number,
  runs: readonly RunSummary[],
): Plan {
  const tokens = configuration.steps * tokensPerStep(configuration, documentContext);
  const rate = expectedRate(parameters, runs, configuration.device);
  return {
    tokens,
    flops: tokens * trainingFlops,
    seconds: rate === null ? null : tokens / rate.tokensPerSecond,
    judgedBy: rate?.judgedBy ?? null,
  };
}

export interface Rate {
  readonly tokensPerSecond: number;
  /** The run that it is judged by. */
  readonly judgedBy: string;
}

/** Training speed of a model of so many parameters, from the newest measured run of the device; null where none is. */
export function expectedRate(
  parameters: number,
  runs: readonly RunSummary[],
  device: RunConfiguration['device'],
): Rate | null {
  for (const { tokensPerSecond, name, parameters: measured, device: ranOn } of runs) {
    if (tokensPerSecond === null || tokensPerSecond <= 0) continue;
    if (device !== 'auto' && ranOn !== null && ranOn !== device) continue;
    return {
      tokensPerSecond: (tokensPerSecond * Math.max(1, measured)) / Math.max(1, parameters),
      judgedBy: name,
    };
  }
  return null;
}

/** Learning rate as a share of its peak at a share of the steps, for the picture beside the schedule's name. */
export function scheduleShape(
  configuration: Pick<RunConfiguration, 'schedule' | 'steps' | 'warmup' | 'minimumRatio' | 'decayShare'>,
  share: number,
): number {
  const { schedule, steps, minimumRatio, decayShare } = configuration;
  const warmup = (configuration.warmup ?? Math.min(100, Math.round(steps * 0.05))) / steps;
  if (warmup > 0 && share < warmup) return share / warmup;
  if (schedule === 'constant') return 1;
  if (schedule === 'wsd') {
    const start = 1 - decayShare;
    return share <= start || decayShare === 0 ? 1 : 1 - (1 - minimumRatio) * ((share - start) / decayShare);
  }
  const progress = (share - warmup) / Math.max(1e-9, 1 - warmup);
  return minimumRatio + (1 - minimumRatio) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress)));
}
