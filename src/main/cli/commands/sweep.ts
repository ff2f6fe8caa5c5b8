import type { Command } from 'commander';
import { parseArchitecture } from '../../../shared/architecture/parse.ts';
import { formatNumber, formatSI } from '../../../shared/format.ts';
import type { RunSummary, SweepRow } from '../../../shared/rpc/contract.ts';
import { describeValues, expandSweep, sweepCost, sweepPlanSchema } from '../../../shared/run/sweep.ts';
import { formatAxis, parseAssignment } from '../../../shared/run/sweepText.ts';
import type { Host } from '../../host/index.ts';
import { type CliContext, parse } from '../context.ts';
import { readDocument } from '../documents.ts';
import { followSweep } from '../followSweep.ts';
import { type Column, table } from '../table.ts';
import { UsageError } from '../terminal.ts';
import { readConfiguration, type TrainOptions, withTrainingOptions } from '../trainingOptions.ts';

interface SweepOptions extends TrainOptions {
  grid?: string[];
  random?: string[];
  draws?: number;
  drawSeed?: number;
  seeds?: number;
}

/** `sweep start | list | show | stop`. */
export function sweepCommand(program: Command, context: CliContext): void {
  const sweep = program.command('sweep').description('sweeps: runs that try the values of some fields');
  const values = 'FIELD=VALUES, such as learningRate=0.001,0.003 or ffn.width=64..256:log:3';

  withTrainingOptions(
    sweep.command('start').description('train every run of a sweep, one after another, in the foreground'),
  )
    .option('--grid <fields...>', `every combination of ${values}`)
    .option('--random <fields...>', `combinations drawn from ${values}`)
    .option('--draws <N>', 'random: how many combinations (default: 10)', parse.wholeNumber(1))
    .option('--draw-seed <I>', 'random: seed of the draws (default: 0)', parse.wholeNumber(0))
    .option('--seeds <N>', 'runs of every combination, each with another seed', parse.wholeNumber(1))
    .option('--name <name>', 'name of the sweep')
    .action(async (given: SweepOptions) => {
      const { arch, name, grid, random, draws, drawSeed, seeds, ...options } = given;
      if (grid !== undefined && random !== undefined) {
        throw new UsageError('A sweep is a grid or random, not both.', 'Leave --grid or --random out.');
      }
      const architecture = parseArchitecture(readDocument(arch));
      const plan = sweepPlanSchema.parse({
        kind: random === undefined ? 'grid' : 'random',
        axes: (random ?? grid ?? []).map(parseAssignment),
        draws,
        drawSeed,
        seeds,
      });
      await context.withHost('writing', async (host) => {
        const configuration = await readConfiguration(host, context.terminal, options);
        const { flops } = sweepCost(expandSweep(plan, { architecture, configuration }));
        await followSweep(host, context.terminal, flops, () =>
          host.call('sweeps.start', { name, architecture, configuration, plan }),
        );
      });
    });

  sweep
    .command('list')
    .description('list the sweeps, newest first')
    .action(async () => {
      await context.withHost('reading', async (host) => {
        const rows = (await host.call('sweeps.list', {})).map((row) => withRuns(host, row));
        context.terminal.result({ sweeps: rows.map(listed) }, () =>
          table(rows, listColumns, 'No sweeps yet.'),
        );
      });
    });

  sweep
    .command('show')
    .description('show a sweep and its runs, the best first')
    .argument('<sweep>', 'id, start of an id, or name')
    .action(async (text: string) => {
      await context.withHost('reading', async (host) => {
        const row = withRuns(host, host.store.sweeps.get(host.store.sweeps.find(text)));
        const runs = [...row.summaries].sort((a, b) => lossOf(a) - lossOf(b));
        const { sweep: id, name, plan, createdAt } = row;
        const shown = {
          sweep: id,
          name,
          plan,
          createdAt,
          best: bestOf(row)?.run ?? null,
          runs: runs.map(({ run, state, loss, validationLoss, sweep: own }) => ({
            run,
            state,
            values: own?.values ?? {},
            loss,
            validationLoss,
          })),
        };
        context.terminal.result(
          shown,
          () => `${id}  ${name}: ${planText(row)}\n\n${table(runs, runColumns, 'Its runs are deleted.')}`,
        );
      });
    });

  sweep
    .command('stop')
    .description('stop what trains of a sweep, with a checkpoint, and take out what waits')
    .argument('<sweep>')
    .action(async (text: string) => {
      await context.withHost('reading', async (host) => {
        const id = host.store.sweeps.find(text);
        if (host.busy === undefined) await host.call('sweeps.stop', { sweep: id });
        else {
          const { askHolder } = await import('../../host/control.ts');
          await askHolder(host.workspace, 'sweeps.stop', { sweep: id }, host.busy);
        }
        context.terminal.result({ sweep: id, stopped: true }, () => `${id} is told to stop.`);
      });
    });
}

type Listed = SweepRow & { readonly summaries: readonly RunSummary[] };

function withRuns(host: Host, row: SweepRow): Listed {
  return { ...row, summaries: row.runs.map((run) => host.runs.summary(run)) };
}

const lossOf = (run: RunSummary): number => run.validationLoss ?? run.loss ?? Number.POSITIVE_INFINITY;

function bestOf({ summaries }: Listed): RunSummary | undefined {
  return summaries
    .filter((run) => lossOf(run) < Number.POSITIVE_INFINITY)
    .sort((a, b) => lossOf(a) - lossOf(b))[0];
}

function listed(row: Listed): object {
  const { summaries, ...rest } = row;
  const finished = summaries.filter((run) => run.state === 'finished').length;
  return { ...rest, finished, best: bestOf(row)?.run ?? null };
}

function planText({ plan }: SweepRow): string {
  const axes = plan.axes.map((axis) => `${axis.field} ${formatAxis(axis)}`);
  const seeds = plan.seeds > 1 ? [`${plan.seeds} seeds`] : [];
  const kind = plan.kind === 'random' ? `${plan.draws} draws of ` : '';
  return kind + [...axes, ...seeds].join('; ');
}

const listColumns: readonly Column<Listed>[] = [
  { title: 'sweep', text: (row) => row.sweep },
  { title: 'name', text: (row) => row.name },
  { title: 'tries', text: planText },
  {
    title: 'finished',
    text: (row) => `${row.summaries.filter((run) => run.state === 'finished').length}/${row.runs.length}`,
    align: 'right',
  },
  { title: 'best', text: (row) => bestOf(row)?.run ?? '' },
  { title: 'loss', text: (row) => formatNumber(bestOf(row)?.validationLoss, 4), align: 'right' },
  { title: 'made', text: (row) => row.createdAt.slice(0, 16).replace('T', ' ') },
];

const runColumns: readonly Column<RunSummary>[] = [
  { title: 'run', text: (row) => row.run },
  { title: 'tries', text: (row) => describeValues(row.sweep?.values ?? {}) },
  { title: 'state', text: (row) => row.state },
  { title: 'step', text: (row) => `${row.step}/${row.steps}`, align: 'right' },
  { title: 'loss', text: (row) => formatNumber(row.loss, 4), align: 'right' },
  { title: 'validation', text: (row) => formatNumber(row.validationLoss, 4), align: 'right' },
  { title: 'parameters', text: (row) => formatSI(row.parameters), align: 'right' },
];
