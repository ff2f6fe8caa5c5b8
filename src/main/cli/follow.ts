/** A run in the foreground of a terminal: its lines, its signals, its end. */

import { fromErrorShape } from '../../shared/errors.ts';
import { formatDuration, formatNumber, formatSI } from '../../shared/format.ts';
import type { Host } from '../host/index.ts';
import type { FromTrainer, StepReport } from '../training/protocol.ts';
import { exitCodes, reportError, type Terminal } from './terminal.ts';

/** Where no live line can be drawn, a step is printed this often. */
const plainMilliseconds = 5000;
/** A wrapper and the terminal may both deliver one Ctrl+C. */
const sameSignalMilliseconds = 500;

/**
 * Starts a run by `begin`, prints it to its end, and sets the exit code. The first Ctrl+C stops the run with a
 * checkpoint, the second ends it at once. A terminal that dies takes this process along; the training process then
 * stops with a checkpoint by itself.
 */
export async function followRun(host: Host, terminal: Terminal, begin: () => Promise<string>): Promise<void> {
  let run = '';
  let steps = 0;
  let lastPlain = 0;
  const early: FromTrainer[] = [];
  const print = (message: FromTrainer): void => {
    switch (message.type) {
      case 'started': {
        const { parameters, activeParameters, name, steps: total } = host.runs.summary(run);
        steps = total;
        const { device, deviceReason: reason } = message;
        const line = { type: 'start', run, parameters, activeParameters, device, reason };
        terminal.line(
          line,
          () =>
            `${run}  ${name}: ${formatSI(parameters)} parameters, ${formatSI(activeParameters)} active, ` +
            `on ${device} (${reason.replace(/\.$/, '')})`,
        );
        break;
      }
      case 'steps':
        for (const report of message.steps) printStep(report);
        break;
      case 'evaluation': {
        const { step, loss, perplexity, bitsPerByte } = message;
        terminal.line(
          { type: 'evaluation', step, loss, perplexity, bitsPerByte },
          () =>
            `step ${step}/${steps}  validation loss ${loss.toFixed(4)}  perplexity ${formatNumber(perplexity)}  ` +
            `${formatNumber(bitsPerByte)} bits/byte`,
        );
        break;
      }
      case 'checkpoint':
        terminal.line(
          { type: 'checkpoint', step: message.step, path: message.path },
          () => `step ${message.step}/${steps}  checkpoint ${message.path}`,
        );
        break;
      case 'log':
        if (message.level !== 'info') terminal.note(message.message);
        break;
    }
  };
  const printStep = (report: StepReport): void => {
    const { step, loss, objective, auxiliary, reports } = report;
    const { gradientNorm, learningRate, tokens, tokensPerSecond, secondsLeft } = report;
    const text = (): string => {
      const rate = tokensPerSecond === null ? '' : `  ${formatSI(tokensPerSecond, 'tokens/s')}`;
      const left = secondsLeft === null || step === steps ? '' : `  ${formatDuration(secondsLeft)} left`;
      const norm = `gradient ${formatNumber(gradientNorm)}`;
      const more = Object.entries({
        ...(objective === undefined ? {} : { objective }),
        ...auxiliary,
        ...reports,
      })
        .map(([name, value]) => `  ${name} ${formatNumber(value)}`)
        .join('');
      return `step ${step}/${steps}  loss ${loss.toFixed(4)}${more}  ${norm}${rate}${left}`;
    };
    if (terminal.json) {
      const extra = {
        ...(objective === undefined ? {} : { objective }),
        ...(isEmpty(auxiliary) ? {} : { auxiliary }),
        ...(isEmpty(reports) ? {} : { reports }),
      };
      const line = {
        type: 'step',
        step,
        loss,
        gradientNorm,
        learningRate,
        tokens,
        tokensPerSecond,
        ...extra,
      };
      terminal.line(line, text);
    } else if (terminal.live) {
      terminal.status(text());
    } else if (Date.now() - lastPlain >= plainMilliseconds || step === steps) {
      lastPlain = Date.now();
      terminal.note(text());
    }
  };

  const unobserve = host.runs.observe((of, message) => {
    // Until `begin` has said which run is ours, its first messages wait.
    if (run === '') early.push(message);
    else if (of === run) print(message);
  });
  const unlog = host.events.on('run.log', ({ run: of, line }) => {
    if (of === run || run === '') terminal.status(line.message);
  });
  const release = onSignals(host, terminal, {
    begun: () => run !== '',
    stop: () => host.runs.stop(run),
    kill: () => host.runs.kill(run),
  });
  try {
    run = await begin();
    for (const message of early) print(message);
    const { summary, failure } = await host.runs.ended(run);
    const { state, reason } = summary;
    terminal.line({ type: 'end', run, state, reason }, () => `${run} is ${state}. ${reason ?? ''}`.trim());
    if (failure !== undefined) process.exitCode = reportError(fromErrorShape(failure), terminal.json);
    else if (state === 'failed' || state === 'interrupted') process.exitCode = exitCodes.failed;
  } finally {
    unobserve();
    unlog();
    release();
  }
}

const isEmpty = (values: object): boolean => Object.keys(values).length === 0;

/** What signals do to the work in the foreground. */
export interface Foreground {
  /** Before there is anything to stop, a signal ends the command at once. */
  begun(): boolean;
  stop(): void;
  kill(): void;
}

/** Graceful stop at the first signal, an end at once at the second. Returns what takes the listeners off. */
export function onSignals(host: Host, terminal: Terminal, work: Foreground): () => void {
  let first: number | null = null;
  const onSignal = (): void => {
    const now = Date.now();
    if (!work.begun()) {
      host.abandon();
      process.exit(exitCodes.failed);
    }
    if (first === null) {
      first = now;
      terminal.note('Stopping after this step, with a checkpoint. Ctrl+C again ends it at once.');
      work.stop();
    } else if (now - first > sameSignalMilliseconds) {
      work.kill();
    }
  };
  const onLost = (): void => {
    host.abandon();
    process.exit(exitCodes.failed);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  process.on('disconnect', onLost);
  // The channel to the wrapper must not keep this process alive by itself.
  process.channel?.unref();
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
    process.off('disconnect', onLost);
  };
}
