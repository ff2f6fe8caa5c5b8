import type { Command } from 'commander';
import { z } from 'zod';
import { parseArchitecture } from '../../../shared/architecture/parse.ts';
import { FinegrainError } from '../../../shared/errors.ts';
import { formatNumber, formatShare } from '../../../shared/format.ts';
import type { StudyRow } from '../../../shared/rpc/contract.ts';
import { runConfigurationSchema } from '../../../shared/run/configuration.ts';
import { ownSet } from '../../../shared/run/measurement.ts';
import { studyPlanSchema } from '../../../shared/run/studyPlan.ts';
import type { Host } from '../../host/index.ts';
import { parseInput } from '../../host/validation.ts';
import type { CliContext } from '../context.ts';
import { readDocument, readText } from '../documents.ts';
import { followStudy } from '../followStudy.ts';
import { progressLine } from '../progress.ts';
import { rankingText } from '../studyText.ts';
import { type Column, table } from '../table.ts';

const planFile = z.strictObject({
  name: z.string().min(1).max(120).optional(),
  /** A preset, a file, or the document itself. */
  architecture: z.union([z.string().min(1), z.record(z.string(), z.unknown())]),
  configuration: runConfigurationSchema,
  plan: studyPlanSchema,
});

/** `study start | list | show | continue | stop`. */
export function studyCommand(program: Command, context: CliContext): void {
  const study = program
    .command('study')
    .description(
      'studies: candidates trained for a prefix, ranked by predicted final loss, continued or stopped',
    );

  study
    .command('start')
    .description('train the candidates of a plan in the foreground, rank them, and do as its policy says')
    .argument('<file>', 'JSON: {name,architecture,configuration,plan}; see docs/laws.md')
    .action(async (file: string) => {
      const { name, architecture: asked, configuration, plan } = readPlan(file);
      const architecture = parseArchitecture(typeof asked === 'string' ? readDocument(asked) : asked);
      await context.withHost('writing', async (host) => {
        await addSamples(host, context, [
          ...configuration.data.map((source) => source.name),
          ...(plan.mixtures?.data ?? []),
          ...configuration.measure.sets,
          ...plan.target.map(({ set }) => set).filter((set) => set !== ownSet),
        ]);
        await followStudy(host, context.terminal, async () => {
          const started = await host.call('studies.start', { name, architecture, configuration, plan });
          return started.study;
        });
      });
    });

  study
    .command('list')
    .description('list the studies, newest first')
    .action(async () => {
      await context.withHost('reading', async (host) => {
        const studies = await host.call('studies.list', {});
        context.terminal.result({ studies }, () => table(studies, listColumns, 'No studies yet.'));
      });
    });

  study
    .command('show')
    .description(
      'show a study: its newest ranking, and what is known of regret, rank correlation and compute',
    )
    .argument('<study>', 'id, start of an id, or name')
    .action(async (text: string) => {
      await context.withHost('reading', async (host) => {
        const row = await host.call('studies.get', { study: host.store.studies.find(text) });
        context.terminal.result(row, () => describe(row));
      });
    });

  study
    .command('continue')
    .description('go on with a study in the foreground; with candidates, train those to the final step')
    .argument('<study>')
    .argument('[runs...]')
    .action(async (text: string, runs: string[]) => {
      await context.withHost('writing', async (host) => {
        const id = host.store.studies.find(text);
        const candidates = runs.map((run) => host.store.runs.find(run));
        await followStudy(host, context.terminal, async () => {
          await host.call('studies.continue', { study: id, candidates });
          return id;
        });
      });
    });

  study
    .command('stop')
    .description('stop what trains of a study, with a checkpoint, and take out what waits')
    .argument('<study>')
    .action(async (text: string) => {
      await context.withHost('reading', async (host) => {
        const id = host.store.studies.find(text);
        if (host.busy === undefined) await host.call('studies.stop', { study: id });
        else {
          const { askHolder } = await import('../../host/control.ts');
          await askHolder(host.workspace, 'studies.stop', { study: id }, host.busy);
        }
        context.terminal.result({ study: id, stopped: true }, () => `${id} is told to stop.`);
      });
    });
}

function readPlan(file: string): z.output<typeof planFile> {
  let value: unknown;
  try {
    value = JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof FinegrainError) throw error;
    throw new FinegrainError(
      'input.invalid',
      `${file} is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
      'docs/laws.md shows a plan.',
    );
  }
  return parseInput(planFile, value, `The plan ${file}`);
}

/** Samples are made where they are missing; other names must be data sets of the workspace. */
async function addSamples(host: Host, context: CliContext, names: readonly string[]): Promise<void> {
  const progress = progressLine(context.terminal);
  for (const name of new Set(names)) await host.data.resolve(name, { progress });
}

function describe(row: StudyRow): string {
  const { study, name, state, reason, plan, steps, decisions, candidates, report } = row;
  const target = plan.target.map(({ set, weight }) => (weight === 1 ? set : `${set}:${weight}`)).join(' + ');
  const last = decisions.at(-1);
  return [
    `${study}  ${name}: ${state}. ${reason ?? ''}`.trim(),
    `${candidates.length} candidates, ranked by the loss on ${target}; prefix ${plan.prefix} of ${steps} steps; policy ${plan.policy.kind}.`,
    '',
    last === undefined
      ? `Not ranked yet: ${candidates.filter(({ step }) => step >= plan.prefix).length} of ${candidates.length} have reached the prefix.`
      : `Ranked at step ${last.step}:\n${rankingText(row, last.ranking)}`,
    ...(report === null ? [] : ['', ...report.sentences]),
  ].join('\n');
}

const listColumns: readonly Column<StudyRow>[] = [
  { title: 'study', text: (row) => row.study },
  { title: 'name', text: (row) => row.name },
  { title: 'state', text: (row) => row.state },
  { title: 'candidates', text: (row) => String(row.candidates.length), align: 'right' },
  { title: 'prefix', text: (row) => `${row.plan.prefix}/${row.steps}`, align: 'right' },
  { title: 'policy', text: (row) => row.plan.policy.kind },
  { title: 'choice', text: (row) => row.report?.chosen?.pick ?? '' },
  {
    title: 'regret',
    text: (row) => {
      const regret = row.report?.chosen?.relativeRegret ?? null;
      return regret === null ? '' : `${formatNumber(100 * regret)} %`;
    },
    align: 'right',
  },
  {
    title: 'compute',
    text: ({ report }) =>
      report === null ? '' : formatShare(report.compute.selection / report.compute.full),
    align: 'right',
  },
];
