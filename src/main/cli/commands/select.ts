import type { Command } from 'commander';
import { FinegrainError } from '../../../shared/errors.ts';
import { formatNumber, formatShare } from '../../../shared/format.ts';
import { type RankedCandidate, rankCandidates } from '../../../shared/run/studyRanking.ts';
import { meanOver } from '../../../shared/run/studyTarget.ts';
import { type CliContext, parse } from '../context.ts';
import { type LawFlags, lawOf, withLawOptions } from '../lawOptions.ts';
import { type LawSubject, readSubjects } from '../lawSubject.ts';
import { type Column, table } from '../table.ts';
import { interval95, intervalText } from './fit.ts';

interface SelectOptions extends LawFlags {
  atStep: number;
  finalStep: number;
}

/** `select`: unfinished runs ranked by the final loss that the temporal law predicts. */
export function selectCommand(program: Command, context: CliContext): void {
  withLawOptions(
    program
      .command('select')
      .description('rank runs by predicted final loss, from what was measured up to a step')
      .argument('<runs...>', 'runs, or CSV files as fit takes them')
      .requiredOption('--at-step <S>', 'the last step that is read', parse.wholeNumber(1))
      .requiredOption('--final-step <P>', 'the step predicted', parse.wholeNumber(1)),
  ).action(async (names: string[], options: SelectOptions) => {
    const { predictCandidate } = await import('../../host/laws/ranking.ts');
    const { atStep, finalStep, resamples, seed } = options;
    const subjects = await readSubjects(context, names, options, finalStep);
    refuseRepeated(subjects);
    const predictions = [];
    for (const { name, trajectory, tokensAt } of subjects) {
      const first = trajectory.points[0]!.step;
      if (first > atStep) {
        throw new FinegrainError(
          'input.invalid',
          `${name} has no measurement up to step ${atStep}; its first is at step ${first}.`,
          'Give a later --at-step.',
        );
      }
      const reach = { untilStep: atStep, finalTokens: tokensAt(finalStep) };
      predictions.push(predictCandidate(name, trajectory, reach, { law: lawOf(options), resamples, seed }));
    }
    const observed = new Map(
      subjects.map(({ name, trajectory }) => {
        const point = trajectory.points.find(({ step }) => step === finalStep);
        return [name, point === undefined ? null : meanOver(point)];
      }),
    );
    const ranking = rankCandidates(predictions, { seed }).map((found) => ({
      run: found.run,
      predicted: found.predicted?.loss ?? null,
      interval: found.predicted === null ? null : interval95(found.predicted),
      chance: found.chance,
      atStep: found.step,
      lossThere: found.observed,
      observed: observed.get(found.run) ?? null,
      identifiable: found.identifiable,
      trust: found.trust,
    }));
    const assumptions = subjects.flatMap(({ name, assumption }) =>
      assumption === null ? [] : [`${name}: ${assumption}`],
    );
    context.terminal.result({ ranking, atStep, finalStep, assumptions }, () =>
      [table(ranking, columns, 'No runs.'), ...assumptions, ...doubts(ranking)].join('\n'),
    );
  });
}

interface Row extends Pick<RankedCandidate, 'run' | 'chance' | 'trust'> {
  readonly predicted: number | null;
  readonly interval: readonly [number, number] | null;
  readonly lossThere: number;
  readonly observed: number | null;
}

const columns: readonly Column<Row>[] = [
  { title: 'run', text: (row) => row.run },
  { title: 'predicted', text: (row) => formatNumber(row.predicted, 4), align: 'right' },
  { title: '95 %', text: (row) => intervalText(row.interval) },
  { title: 'best', text: (row) => (row.chance === null ? '' : formatShare(row.chance)), align: 'right' },
  { title: 'loss now', text: (row) => formatNumber(row.lossThere, 4), align: 'right' },
  { title: 'measured', text: (row) => formatNumber(row.observed, 4), align: 'right' },
  { title: 'trust', text: (row) => row.trust.level },
];

const doubts = (rows: readonly Row[]): string[] =>
  rows.filter(({ trust }) => trust.level !== 'good').map(({ run, trust }) => `${run}: ${trust.sentence}`);

function refuseRepeated(subjects: readonly LawSubject[]): void {
  const names = subjects.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return;
  throw new FinegrainError('input.invalid', `${twice} is named twice.`, 'Name each run once.');
}
