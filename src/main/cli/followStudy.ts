/** A study in the foreground of a terminal: its candidates, each ranking, and the report at the end. */
import { formatCount, formatNumber, formatSI } from '../../shared/format.ts';
import type { StudyRow } from '../../shared/rpc/contract.ts';
import { liveStates } from '../../shared/run/state.ts';
import type { StudyDecision } from '../../shared/run/study.ts';
import { describeValues } from '../../shared/run/sweep.ts';
import type { Host } from '../host/index.ts';
import { onSignals } from './follow.ts';
import { rankingText } from './studyText.ts';
import { exitCodes, type Terminal } from './terminal.ts';

/** How long nothing may be under way before a study counts as stuck, in milliseconds. */
const stillMilliseconds = 1000;

/**
 * Starts or continues a study by `begin` and prints it until it rests; sets the exit code (1 where it rests short of its
 * end). The first Ctrl+C stops it, the second ends what trains at once.
 */
export async function followStudy(
  host: Host,
  terminal: Terminal,
  begin: () => Promise<string>,
): Promise<void> {
  let study = '';
  let current = '';
  const told = new Map<string, string>();
  let rankings: number | null = null;

  const stopWatching = host.runs.observe((run, message) => {
    current = run;
    if (message.type !== 'steps') return;
    const { step, loss } = message.steps.at(-1)!;
    terminal.status(`${run}  step ${step}  loss ${formatNumber(loss, 4)}`);
  });
  const release = onSignals(host, terminal, {
    begun: () => study !== '',
    stop: () => host.studies.stop(study),
    kill: () => host.runs.kill(current),
  });
  const tell = (row: StudyRow): void => {
    for (const { run, state, step, observed, values } of row.candidates) {
      const rests = state !== null && state !== 'queued' && !liveStates.includes(state);
      const news = `${state} ${step}`;
      if (!rests || told.get(run) === news) continue;
      told.set(run, news);
      const loss = observed?.loss ?? null;
      terminal.line(
        { type: 'run', run, state, step, values, loss },
        () => `${run}  ${describeValues(values)}: ${state} at step ${step}, loss ${formatNumber(loss, 4)}`,
      );
    }
    for (const decision of row.decisions.slice(rankings ?? 0)) printRanking(terminal, row, decision);
    rankings = row.decisions.length;
  };
  try {
    study = await begin();
    const begun = host.studies.get(study);
    const { sweep, steps, plan } = begun;
    rankings = begun.decisions.length;
    const runs = begun.candidates.map(({ run }) => run);
    terminal.line(
      { type: 'study', study, sweep, runs, prefix: plan.prefix, steps },
      () => `${study}  ${formatCount(runs.length, 'candidate')}, ranked at step ${plan.prefix} of ${steps}`,
    );
    const row = await rested(host, study, tell);
    terminal.line({ type: 'done', study, state: row.state, reason: row.reason, report: row.report }, () =>
      [
        `${study} is ${row.state === 'running' ? 'not done: its candidates rest short of their step' : row.state}. ${row.reason ?? ''}`.trim(),
        ...(row.report?.sentences ?? []),
        ...(row.report === null ? [] : [`Training computed ${formatSI(row.report.compute.spent, 'FLOP')}.`]),
        ...(row.state === 'done' ? [] : [`Go on with: finegrain study continue ${study}`]),
      ].join('\n'),
    );
    if (row.state === 'running' || row.candidates.some(({ state }) => state === 'failed')) {
      process.exitCode = exitCodes.failed;
    }
  } finally {
    stopWatching();
    release();
  }
}

/** The study once it is done or stopped, or once nothing of it trains or waits any more. */
function rested(host: Host, study: string, tell: (row: StudyRow) => void): Promise<StudyRow> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const offs: (() => void)[] = [];
    const end = (finish: () => void): void => {
      clearTimeout(timer);
      for (const off of offs) off();
      finish();
    };
    const look = async (): Promise<void> => {
      await host.studies.settled(study);
      const row = host.studies.get(study);
      tell(row);
      const moving = row.candidates.some(
        ({ state }) => state !== null && (state === 'queued' || liveStates.includes(state)),
      );
      if (!moving) end(() => resolve(row));
    };
    const soon = (): void => {
      clearTimeout(timer);
      timer = setTimeout(
        () => void look().catch((error: unknown) => end(() => reject(error))),
        stillMilliseconds,
      );
    };
    offs.push(
      host.events.on('study.changed', (changed) => {
        if (changed.study !== study) return;
        tell(host.studies.get(study));
        soon();
      }),
      host.events.on('run.changed', ({ state }) => {
        if (state !== 'queued' && !liveStates.includes(state)) soon();
      }),
    );
    soon();
  });
}

function printRanking(
  terminal: Terminal,
  row: StudyRow,
  { step, ranking, continued, stopped }: StudyDecision,
): void {
  terminal.line(
    { type: 'ranking', step, ranking, continued, stopped },
    () => `\nRanked at step ${step}:\n${rankingText(row, ranking)}\n`,
  );
}
