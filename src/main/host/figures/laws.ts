/** Figures of laws: the measurements of a run, read as the page reads them; hindcasts; candidates of a study. */
import { FinegrainError } from '../../../shared/errors.ts';
import { lawCalibrationFigure, lawCandidatesFigure } from '../../../shared/figures/builders/lawStudies.ts';
import {
  lawLossFigure,
  lawParametersFigure,
  lawPositionFigure,
  lawUniformityFigure,
} from '../../../shared/figures/builders/laws.ts';
import type { PanelOptions } from '../../../shared/figures/document.ts';
import type { LawFigureKind } from '../../../shared/figures/lawOptions.ts';
import type { Drawing } from '../../../shared/figures/run.ts';
import type { Figure, FigureStyle } from '../../../shared/figures/spec.ts';
import type { Table } from '../../../shared/figures/table.ts';
import { summariseHindcasts } from '../../../shared/laws/hindcastSummary.ts';
import { fitPositions, positionLoss } from '../../../shared/laws/position.ts';
import { readLaw } from '../../../shared/laws/reading.ts';
import { scheduleOfRun } from '../../../shared/laws/schedule.ts';
import type { Trajectory } from '../../../shared/laws/types.ts';
import { uniformityStretches } from '../../../shared/laws/uniformity.ts';
import { reconstructedOptions } from '../../../shared/methods/languageModel.ts';
import type { CallContext, Handlers } from '../../../shared/rpc/contract.ts';
import { ownSet } from '../../../shared/run/measurement.ts';
import { describeValues } from '../../../shared/run/sweep.ts';

export type LawFigureData = Pick<Handlers, 'runs.get' | 'runs.measurements' | 'laws.quality' | 'studies.get'>;

/** Resamples behind the intervals of a figure. */
const resamples = 400;
const drawnCheckpoints = 5;

export interface LawPanelRequest {
  readonly kind: LawFigureKind;
  readonly runs: readonly string[];
  readonly options: PanelOptions;
  readonly style: FigureStyle;
}

export async function lawPanel(
  { kind, runs, options, style }: LawPanelRequest,
  data: LawFigureData,
  context?: CallContext,
): Promise<Drawing<Figure, Table>> {
  const { set = ownSet, law = {} } = options;
  if (kind === 'law-calibration') {
    const { calibration, runs: hindcasts } = await data['laws.quality']({ set }, context);
    const summary = summariseHindcasts(hindcasts.flatMap(({ rows }) => [...rows]));
    return lawCalibrationFigure({ ...calibration, set, summary }, style);
  }
  if (kind === 'law-candidates') return candidates(options.study, data, style);
  const [run] = runs;
  if (runs.length !== 1 || run === undefined) {
    throw new FinegrainError(
      'input.invalid',
      `A ${kind} figure shows one run; ${runs.length} were given.`,
      'Make one figure for each run.',
    );
  }
  const { named, trajectory } = await measured(run, set, data);
  if (kind === 'law-uniformity') {
    return lawUniformityFigure(named, set, uniformityStretches(trajectory.points), style);
  }
  const until = options.until ?? firstPart(trajectory);
  const series = fitPositions(trajectory, law);
  if (kind === 'law-position') {
    const rows = trajectory.points.flatMap((point, k) =>
      point.step <= until ? [{ ...point, fit: series.fits[k]! }] : [],
    );
    const chosen = spread(rows, drawnCheckpoints);
    const drawn = chosen.map((row) => ({
      ...row,
      law: row.loss.map((_, i) => positionLoss(row.fit, i + 1)),
    }));
    return lawPositionFigure(named, set, drawn, style);
  }
  const intervals = kind === 'law-loss' ? { resamples, seed: 0 } : null;
  const reading = readLaw(trajectory, { untilStep: until, law, intervals }, series);
  if (kind === 'law-parameters') return lawParametersFigure(named, reading, style);
  const { methods, logX } = options;
  return lawLossFigure(named, reading, style, {
    ...(methods === undefined ? {} : { methods }),
    ...(logX === undefined ? {} : { logX }),
  });
}

async function measured(run: string, set: string, data: LawFigureData) {
  const detail = await data['runs.get']({ run });
  const { sets } = await data['runs.measurements']({ run });
  const points = sets.find((found) => found.set === set)?.points ?? [];
  if (points.length === 0) {
    const there = sets.filter((found) => found.points.length > 0).map((found) => found.set);
    throw new FinegrainError(
      'notFound',
      there.length === 0
        ? `Run ${run} has no measured losses by position.`
        : `Run ${run} was not measured on ${set}; it was on ${there.join(', ')}.`,
      there.length === 0
        ? 'Train it with measurement points above 0 (--measure-points), or wait for its first measurement.'
        : 'Choose one of these sets.',
    );
  }
  const { configuration, architecture, name } = detail;
  const perStep =
    configuration.batch * configuration.accumulate * (configuration.context ?? architecture.context);
  const trajectory: Trajectory = { set, points, schedule: scheduleOfRun(configuration, perStep) };
  const reconstruction = reconstructedOptions(architecture).length > 0;
  return { named: { run, name, reconstruction }, trajectory };
}

/** The last step within the first 40 % of the planned tokens. */
function firstPart({ points, schedule }: Trajectory): number {
  return points.findLast(({ tokens }) => tokens <= 0.4 * schedule.totalTokens)?.step ?? points.at(-1)!.step;
}

function spread<Value>(values: readonly Value[], most: number): Value[] {
  if (values.length <= most) return [...values];
  return Array.from({ length: most }, (_, k) => values[Math.round(((k + 1) * values.length) / most) - 1]!);
}

async function candidates(
  study: string | undefined,
  data: LawFigureData,
  style: FigureStyle,
): Promise<Drawing<Figure, Table>> {
  if (study === undefined) {
    throw new FinegrainError(
      'input.invalid',
      'A figure of candidates needs a study.',
      'Send it from the Laws page.',
    );
  }
  const row = await data['studies.get']({ study });
  if (row.candidates.every(({ ranked }) => ranked?.predicted == null)) {
    throw new FinegrainError(
      'notFound',
      `Study ${row.name} has predicted none of its candidates yet.`,
      'Wait for its first ranking.',
    );
  }
  return lawCandidatesFigure(
    row.name,
    row.candidates.map(({ run, values, ranked, final }) => ({
      run,
      label: describeValues(values),
      predicted: ranked?.predicted ?? null,
      chance: ranked?.chance ?? null,
      final,
    })),
    style,
  );
}
