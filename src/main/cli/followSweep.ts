/** A sweep in the foreground of a terminal: its runs one after another, and the best of them at the end. */
import { formatCount, formatNumber, formatSI } from '../../shared/format.ts';
import type { Output } from '../../shared/rpc/contract.ts';
import { describeValues } from '../../shared/run/sweep.ts';
import type { Host } from '../host/index.ts';
import { onSignals } from './follow.ts';
import { exitCodes, type Terminal } from './terminal.ts';

/**
 * Starts a sweep by `begin` and prints its runs to the end of the last; sets the exit code (1 where a run failed). The
 * first Ctrl+C stops what trains and takes out what waits, the second ends what trains at once.
 */
export async function followSweep(
  host: Host,
  terminal: Terminal,
  flops: number,
  begin: () => Promise<Output<'sweeps.start'>>,
): Promise<void> {
  let sweep = '';
  let current = '';
  const stopWatching = host.runs.observe((run, message) => {
    if (run !== current || message.type !== 'steps') return;
    const { step, loss } = message.steps.at(-1)!;
    terminal.status(`${run}  step ${step}  loss ${formatNumber(loss, 4)}`);
  });
  const release = onSignals(host, terminal, {
    begun: () => sweep !== '',
    stop: () => host.runs.stopSweep(sweep),
    kill: () => host.runs.kill(current),
  });
  try {
    const started = await begin();
    sweep = started.sweep;
    const { runs } = started;
    terminal.line(
      { type: 'sweep', sweep, runs, flops },
      () => `${sweep}  ${formatCount(runs.length, 'run')}, ${formatSI(flops, 'FLOP')}`,
    );
    const states: Record<string, number> = {};
    let best: { run: string; loss: number } | null = null;
    for (const [at, run] of runs.entries()) {
      current = run;
      const values = host.runs.summary(run).sweep?.values ?? {};
      terminal.line(
        { type: 'run', run, values },
        () => `${run}  ${at + 1}/${runs.length}  ${describeValues(values)}`,
      );
      const { summary } = await host.runs.ended(run);
      const { state, reason, loss, validationLoss } = summary;
      states[state] = (states[state] ?? 0) + 1;
      terminal.line({ type: 'end', run, state, reason, loss, validationLoss }, () =>
        `${run} is ${state}. Validation loss ${formatNumber(validationLoss, 4)}. ${reason ?? ''}`.trim(),
      );
      const reached = validationLoss ?? loss;
      if (reached !== null && (best === null || reached < best.loss)) best = { run, loss: reached };
    }
    const found = best?.run ?? null;
    terminal.line({ type: 'done', sweep, best: found, states }, () =>
      found === null
        ? `${sweep}: no run trained.`
        : `${sweep}: the best is ${found}, ${formatNumber(best!.loss, 4)}.`,
    );
    if ((states.failed ?? 0) + (states.interrupted ?? 0) > 0) process.exitCode = exitCodes.failed;
  } finally {
    stopWatching();
    release();
  }
}
