/** What every benchmark hands back. */
export interface BenchResult {
  /** e.g. `train-step/dense`; stable, scripts rely on it. */
  readonly name: string;
  /** Finegrain's figure. */
  readonly value: number;
  readonly unit: string;
  /** What it was measured against, e.g. `pytorch-eager`. */
  readonly peer: string;
  /** Above 1: Finegrain is better by that factor. For a ceiling: the share reached. null where there is nothing to compare. */
  readonly ratio: number | null;
  /** The peer's figure, in the same unit. */
  readonly peerValue?: number;
  /** What a reader must know beside the numbers: spread, settings. One phrase. */
  readonly note?: string;
}

export interface BenchContext {
  /** A line of progress for whoever waits. */
  readonly log: (line: string) => void;
  /** Peers that are not to be measured. */
  readonly without: ReadonlySet<string>;
  /** Whether results of this name are wanted; a benchmark leaves out work that serves none. */
  readonly wants: (name: string) => boolean;
  /** Rounds of alternating measurement. */
  readonly rounds: number;
}

export interface Benchmark {
  /** Names of its results, so that a filter can choose without running it. */
  readonly names: readonly string[];
  run(context: BenchContext): Promise<BenchResult[]>;
}
