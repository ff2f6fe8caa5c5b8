import { type Command, Option } from 'commander';
import type { FinegrainError } from '../../../shared/errors.ts';
import { formatDuration, formatNumber, formatSI, unknownValue } from '../../../shared/format.ts';
import type { RunDetail, RunSummary } from '../../../shared/rpc/contract.ts';
import { type RunConfiguration, scheduleKinds } from '../../../shared/run/configuration.ts';
import type { Host } from '../../host/index.ts';
import { compareRuns } from '../compare.ts';
import { type CliContext, parse } from '../context.ts';
import { followRun } from '../follow.ts';
import { type Column, pairs, table } from '../table.ts';

/** `runs list | show | compare | resume | fork | annotate | stop | archive | delete`. */
export function runsCommand(program: Command, context: CliContext): void {
  const runs = program.command('runs').description('runs: past, present, and going on');

  runs
    .command('list')
    .description('list the runs, newest first')
    .option('--archived', 'with the archived ones')
    .action(async (options: { archived?: boolean }) => {
      await context.withHost('reading', async (host) => {
        const rows = await host.call('runs.list', { archived: options.archived === true });
        context.terminal.result({ runs: rows }, () => table(rows, listColumns, 'No runs yet.'));
      });
    });

  runs
    .command('show')
    .description('show one run')
    .argument('<run>', 'id, start of an id, or name')
    .action(async (text: string) => {
      await context.withHost('reading', async (host) => {
        const detail = await host.call('runs.get', { run: host.store.runs.find(text) });
        const { architecture, configuration, checkpoints, metrics, log, ...summary } = detail;
        const shown = {
          run: detail.run,
          state: detail.state,
          architecture,
          configuration,
          summary,
          checkpoints,
        };
        context.terminal.result(shown, () => describe(detail));
      });
    });

  runs
    .command('compare')
    .description('show what differs between runs')
    .argument('<runs...>', 'two runs or more')
    .action(async (texts: string[]) => {
      await context.withHost('reading', async (host) => {
        const details: RunDetail[] = [];
        for (const text of texts) {
          details.push(await host.call('runs.get', { run: host.store.runs.find(text) }));
        }
        const differences = compareRuns(details);
        const ids = details.map((detail) => detail.run);
        context.terminal.result({ runs: ids, differences }, () => {
          const columns: Column<(typeof differences)[number]>[] = [
            { title: 'field', text: (row) => row.path },
            ...ids.map((id, at) => ({
              title: id,
              text: (row: (typeof differences)[number]) => shorten(row.values[at]),
            })),
          ];
          return table(differences, columns, 'The runs do not differ.');
        });
      });
    });

  runs
    .command('resume')
    .description('go on with a run, in the foreground')
    .argument('<run>')
    .option('--from-step <S>', 'from this checkpoint (default: the newest sound one)', parse.wholeNumber(0))
    .option('--steps <S>', 'new total of steps', parse.wholeNumber(1))
    .action(async (text: string, options: { fromStep?: number; steps?: number }) => {
      await context.withHost('writing', async (host) => {
        const run = host.store.runs.find(text);
        await followRun(host, context.terminal, async () => {
          await host.call('runs.resume', { run, ...options });
          return run;
        });
      });
    });

  runs
    .command('fork')
    .description('train a new run from a checkpoint of another, in the foreground')
    .argument('<run>')
    .option('--step <S>', 'checkpoint to begin at (default: the newest)', parse.wholeNumber(0))
    .option('--steps <N>', 'total of steps, those done already included', parse.wholeNumber(1))
    .option('--batch <B>', 'sequences in a micro-batch', parse.wholeNumber(1))
    .option('--learning-rate <R>', 'peak learning rate', parse.number(0, true))
    .addOption(new Option('--schedule <kind>', 'learning-rate schedule').choices([...scheduleKinds]))
    .option('--seed <I>', 'seed of the data order', parse.wholeNumber(0))
    .option('--name <name>', 'name of the new run')
    .action(async (text: string, options: ForkOptions) => {
      const { step, name, ...settings } = options;
      await context.withHost('writing', async (host) => {
        const parent = host.store.runs.get(host.store.runs.find(text));
        await followRun(host, context.terminal, async () => {
          const configuration = { ...parent.configuration, ...settings };
          return (await host.call('runs.fork', { run: parent.run, step, name, configuration })).run;
        });
      });
    });

  runs
    .command('annotate')
    .description('change the name, tags and notes of a run')
    .argument('<run>')
    .option('--name <name>', 'another name')
    .option('--tag <tags...>', 'tags to add')
    .option('--untag <tags...>', 'tags to take away')
    .option('--notes <text>', 'notes, in place of those there are')
    .action(async (text: string, options: AnnotateOptions) => {
      const { tag = [], untag = [], ...rest } = options;
      await context.withHost('writing', async (host) => {
        const run = host.store.runs.find(text);
        const before = host.runs.summary(run).tags.filter((other) => !untag.includes(other));
        await host.call('runs.annotate', { run, ...rest, tags: [...new Set([...before, ...tag])] });
        const { name, tags, notes } = host.runs.summary(run);
        context.terminal.result({ run, name, tags, notes }, () => `${run}  ${name}  ${tags.join(', ')}`);
      });
    });

  runs
    .command('stop')
    .description('stop a run, with a checkpoint')
    .argument('<run>')
    .action((text: string) => ask(context, text, 'runs.stop'));

  runs
    .command('archive')
    .description('take a run out of the list (--undo brings it back)')
    .argument('<run>')
    .option('--undo', 'bring it back')
    .action((text: string, options: { undo?: boolean }) =>
      ask(context, text, 'runs.archive', { archived: options.undo !== true }),
    );

  runs
    .command('delete')
    .description('move a run to the trash, where it stays 30 days (--undo brings it back)')
    .argument('<run>')
    .option('--undo', 'bring it back')
    .action(async (text: string, options: { undo?: boolean }) => {
      if (options.undo !== true) return ask(context, text, 'runs.delete');
      await context.withHost('writing', async (host) => {
        const run = host.store.runs.find(text, 'trash');
        await host.call('runs.restore', { run });
        const { state, archived } = host.runs.summary(run);
        context.terminal.result({ run, state, archived, deleted: false }, () => `${run} is back.`);
      });
    });
}

type ForkOptions = Partial<
  Pick<RunConfiguration, 'steps' | 'batch' | 'learningRate' | 'schedule' | 'seed'>
> & { step?: number; name?: string };

interface AnnotateOptions {
  name?: string;
  tag?: string[];
  untag?: string[];
  notes?: string;
}

type Asked = 'runs.stop' | 'runs.archive' | 'runs.delete';
const told: Readonly<Record<Asked, string>> = {
  'runs.stop': 'is told to stop',
  'runs.archive': 'is archived',
  'runs.delete': 'is in the trash',
};

/** Does it here, or asks the process that holds the workspace. */
async function ask(
  context: CliContext,
  text: string,
  procedure: Asked,
  more: { archived?: boolean } = {},
): Promise<void> {
  await context.withHost('reading', async (host) => {
    const run = host.store.runs.find(text);
    if (host.busy === undefined) await host.call(procedure, { run, ...more });
    else await askElsewhere(host, procedure, { run, ...more }, host.busy);
    const gone = procedure === 'runs.delete';
    const { state, archived } = host.runs.summary(run);
    context.terminal.result({ run, state, archived, deleted: gone }, () =>
      more.archived === false ? `${run} is back.` : `${run} ${told[procedure]}.`,
    );
  });
}

async function askElsewhere(
  host: Host,
  procedure: Asked,
  input: { run: string; archived?: boolean },
  busy: FinegrainError,
): Promise<void> {
  const { askHolder } = await import('../../host/control.ts');
  await askHolder(host.workspace, procedure, input, busy);
}

const listColumns: readonly Column<RunSummary>[] = [
  { title: 'run', text: (row) => row.run },
  { title: 'name', text: (row) => row.name },
  { title: 'state', text: (row) => (row.archived ? `${row.state}, archived` : row.state) },
  { title: 'step', text: (row) => `${row.step}/${row.steps}`, align: 'right' },
  { title: 'loss', text: (row) => formatNumber(row.loss, 4), align: 'right' },
  { title: 'validation', text: (row) => formatNumber(row.validationLoss, 4), align: 'right' },
  { title: 'parameters', text: (row) => formatSI(row.parameters), align: 'right' },
  { title: 'methods', text: (row) => row.methods.join(', ') },
  { title: 'tokens/s', text: (row) => formatSI(row.tokensPerSecond), align: 'right' },
  { title: 'made', text: (row) => row.createdAt.slice(0, 16).replace('T', ' ') },
];

function describe(detail: RunDetail): string {
  const summary = pairs([
    ['run', `${detail.run}  ${detail.name}`],
    ['state', detail.reason === null ? detail.state : `${detail.state}: ${detail.reason}`],
    ['steps', `${detail.step} of ${detail.steps}`],
    [
      'parameters',
      `${formatSI(detail.parameters)} (${formatSI(detail.activeParameters)} active), ${detail.methods.join(', ')}`,
    ],
    ['device', detail.device === null ? unknownValue : `${detail.device}: ${detail.deviceReason ?? ''}`],
    ['loss', `${formatNumber(detail.loss, 5)} nats/token`],
    ['validation loss', `${formatNumber(detail.validationLoss, 5)} nats/token`],
    ['unigram entropy', `${formatNumber(detail.unigramEntropy, 5)} nats/token`],
    ['speed', formatSI(detail.tokensPerSecond, 'tokens/s')],
    ['time left', formatDuration(detail.secondsLeft)],
    ['data', detail.configuration.data.map(({ name, weight }) => `${name}:${weight}`).join(' ')],
    ['metrics', detail.metrics.join(', ')],
  ]);
  const checkpoints = table(
    detail.checkpoints,
    [
      { title: 'checkpoint', text: (row) => String(row.step), align: 'right' },
      { title: 'loss', text: (row) => formatNumber(row.loss, 5), align: 'right' },
      { title: 'size', text: (row) => formatSI(row.bytes, 'B'), align: 'right' },
      { title: 'folder', text: (row) => row.path },
    ],
    'No checkpoints.',
  );
  const log = detail.log.slice(-12).map((line) => `${line.time.slice(11, 19)}  ${line.message}`);
  return [summary, '', checkpoints, '', ...log].join('\n');
}

function shorten(value: unknown): string {
  const text = value === undefined ? unknownValue : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
