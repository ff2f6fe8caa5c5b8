/**
 * Writes the tables of docs/laws.md from the workspace that laws-runs.ts made:
 *
 *   node scripts/laws-report.ts --workspace DIR [--out FILE]
 *
 *   --workspace DIR  (default: out/laws)
 *   --out FILE       the document whose part between the markers is replaced (default: docs/laws.md)
 *
 * It only reads the workspace. Hindcasts come as the host answers them: predictions read the prefix, later checkpoints score.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createHost } from '../src/main/host/index.ts';
import { FinegrainError } from '../src/shared/errors.ts';
import { formatSI } from '../src/shared/format.ts';
import type { Output } from '../src/shared/rpc/contract.ts';
import { domains, mixtureStudy, plannedRuns } from './laws/plan.ts';
import { type MeasuredRun, methodTable, runTable, studyText } from './laws/tables.ts';

const { values } = parseArgs({
  options: {
    workspace: { type: 'string', default: 'out/laws' },
    out: { type: 'string', default: 'docs/laws.md' },
  },
});
const [start, end] = ['<!-- laws-report: begin -->', '<!-- laws-report: end -->'];

const host = await createHost({
  workspace: values.workspace,
  shell: 'terminal',
  readOnlyBecause: new FinegrainError('store.busy', 'The report only reads.'),
});
let report: string;
try {
  const qualities = new Map<string, Output<'laws.quality'>>();
  for (const set of ['validation', ...domains]) qualities.set(set, await host.call('laws.quality', { set }));
  const runs = finished(qualities);
  const study = (await host.call('studies.list', {})).find(({ name }) => name === mixtureStudy.name);
  const developed = runs.filter(({ development }) => development);
  const others = runs.filter(({ development }) => !development);
  report = [
    `${runs.length} finished runs of ${sizes(runs)} parameters. Made on ${new Date().toISOString().slice(0, 10)} by \`scripts/laws-report.ts\`.`,
    '',
    `### The ${others.length} runs that no choice of the law was made by`,
    '',
    methodTable(others),
    '',
    `### The ${developed.length} runs that were looked at while the law was made`,
    '',
    methodTable(developed),
    '',
    '### All runs, text from other sources than they train on',
    '',
    methodTable(runs, 'out'),
    '',
    '### Run by run',
    '',
    'Final loss on the own validation text, and the error of our prediction of it from each prefix.',
    '',
    runTable(runs),
    '',
    '### The mixture study',
    '',
    study === undefined ? 'Not run yet.' : studyText(study),
  ].join('\n');
} finally {
  await host.close();
}
const document = readFileSync(values.out, 'utf8');
const [from, to] = [document.indexOf(start), document.indexOf(end)];
if (from < 0 || to < from) throw new Error(`${values.out} lacks the markers ${start} and ${end}.`);
writeFileSync(values.out, `${document.slice(0, from)}${start}\n\n${report}\n\n${document.slice(to)}`);
console.log(report);

/** Finished runs with their hindcasts on each set. Sets that a run trains on are in its distribution. */
function finished(qualities: ReadonlyMap<string, Output<'laws.quality'>>): MeasuredRun[] {
  return qualities.get('validation')!.runs.map(({ run, name, rows }) => {
    const { architecture, configuration, parameters, sweep } = host.store.detail(run);
    const { steps, batch, schedule, data } = configuration;
    const outside = domains.filter((domain) => !data.some((source) => source.name === domain));
    const planned = plannedRuns.find((plan) => plan.name === name);
    return {
      run,
      name,
      parameters,
      schedule,
      tokens: steps * batch * (configuration.context ?? architecture.context),
      final: meanLoss(run),
      development: sweep === null && planned?.development === true,
      own: rows,
      out: outside.flatMap((set) => qualities.get(set)!.runs.find((found) => found.run === run)?.rows ?? []),
    };
  });
}

function sizes(runs: readonly MeasuredRun[]): string {
  const parameters = runs.map((found) => found.parameters);
  return `${formatSI(Math.min(...parameters))} to ${formatSI(Math.max(...parameters))}`;
}

function meanLoss(run: string): number {
  const { sets } = host.store.measurements.of(run);
  const { loss } = sets.find(({ set }) => set === 'validation')!.points.at(-1)!;
  return loss.reduce((sum, value) => sum + value, 0) / loss.length;
}
