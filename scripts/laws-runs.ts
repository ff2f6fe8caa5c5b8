/**
 * Makes the real runs and the mixture study behind the tables of docs/laws.md, through the host, in a workspace of its own:
 *
 *   node scripts/laws-runs.ts --workspace DIR
 *
 *   --workspace DIR  (default: out/laws, which git ignores); runs that are finished there are not made again
 *   --parallel P     training processes at a time (default: 2), one thread each
 *   --only NAMES     these runs of scripts/laws/plan.ts only, separated by commas; `study` is the mixture study
 *
 * Exit code 1 where a run does not finish. `laws-report.ts` writes the table.
 */
import { parseArgs } from 'node:util';
import { createHost, type Host } from '../src/main/host/index.ts';
import { findPreset } from '../src/shared/architecture/presets.ts';
import { formatNumber } from '../src/shared/format.ts';
import { runConfigurationSchema } from '../src/shared/run/configuration.ts';
import {
  domains,
  mixtureStudy,
  type PlannedRun,
  plannedRuns,
  shared,
  studySettings,
  tokenizerName,
} from './laws/plan.ts';

const { values } = parseArgs({
  options: {
    workspace: { type: 'string', default: 'out/laws' },
    parallel: { type: 'string', default: '2' },
    only: { type: 'string' },
  },
});
const only = values.only?.split(',');
const chosen = plannedRuns.filter(({ name }) => only === undefined || only.includes(name));
const say = (text: string): void => console.log(`${new Date().toISOString().slice(11, 19)}  ${text}`);

const host = await createHost({
  workspace: values.workspace,
  shell: 'terminal',
  parallel: Number(values.parallel),
});
process.once('SIGINT', () => void host.close().finally(() => process.exit(130)));
process.once('SIGTERM', () => void host.close().finally(() => process.exit(143)));
let unfinished = 0;
try {
  await prepareText(host);
  // All are queued at once; the host trains `parallel` of them at a time, in this order.
  const begun: { planned: PlannedRun; run: string }[] = [];
  for (const planned of chosen) begun.push({ planned, run: await begin(host, planned) });
  await Promise.all(begun.map(({ planned, run }) => end(host, planned, run)));
  if (only === undefined || only.includes('study')) await study(host);
} finally {
  await host.close();
}
say(`${chosen.length} runs, ${unfinished} not finished.`);
process.exitCode = unfinished === 0 ? 0 : 1;

async function prepareText(at: Host): Promise<void> {
  const known = new Set((await at.call('data.list', {})).map(({ name }) => name));
  for (const name of domains) if (!known.has(name)) await at.call('data.addSample', { name });
  const tokenizers = new Set((await at.call('tokenizer.list', {})).map(({ name }) => name));
  const vocabularies = new Set(
    [...chosen, mixtureStudy].map(({ preset }) => architectureOf(preset).vocabulary),
  );
  for (const vocabulary of vocabularies) {
    const name = tokenizerName(vocabulary);
    if (!tokenizers.has(name)) await at.tokenizers.train({ name, data: [...domains], vocabulary });
  }
}

/** The run of this name, resumed where it was cut off, or a new one. */
async function begin(at: Host, planned: PlannedRun): Promise<string> {
  const architecture = architectureOf(planned.preset);
  const found = at.runs.list(false).find((row) => row.name === planned.name);
  if (found?.state === 'finished') return found.run;
  if (found !== undefined && found.state !== 'queued' && found.state !== 'failed') {
    await at.call('runs.resume', { run: found.run });
    return found.run;
  }
  if (found !== undefined) {
    if (found.state === 'queued') at.runs.stop(found.run);
    await at.call('runs.delete', { run: found.run });
  }
  const { steps, schedule, learningRate, seed } = planned;
  const data = Object.entries(planned.weights).map(([name, weight]) => ({ name, weight }));
  const configuration = runConfigurationSchema.parse({
    ...shared,
    ...{ data, steps, schedule, learningRate, seed },
    tokenizer: tokenizerName(architecture.vocabulary),
  });
  return (await at.call('runs.start', { name: planned.name, architecture, configuration })).run;
}

async function end(at: Host, planned: PlannedRun, run: string): Promise<void> {
  const begun = at.runs.summary(run);
  if (begun.state === 'finished') return say(`${planned.name} (${run}) is finished already.`);
  const off = at.events.on('run.changed', (row) => {
    if (row.run === run && row.state === 'running' && row.step % 100 === 0 && row.step > 0) {
      say(`${planned.name}: step ${row.step}/${row.steps}, ${formatNumber(row.tokensPerSecond, 3)} tokens/s`);
    }
  });
  const { summary } = await at.runs.ended(run);
  off();
  if (summary.state !== 'finished') unfinished++;
  const { share } = await at.call('runs.measurements', { run });
  say(
    `${planned.name} (${run}) is ${summary.state}: validation loss ${formatNumber(summary.validationLoss, 4)}, ` +
      `measuring took ${formatNumber(share === null ? null : 100 * share, 3)} % of training. ${summary.reason ?? ''}`,
  );
}

/** The study of this name, continued where it was cut off, or a new one. */
async function study(at: Host): Promise<void> {
  const { name, preset, plan } = mixtureStudy;
  const architecture = architectureOf(preset);
  let id = at.studies.list().find((row) => row.name === name)?.study;
  if (id === undefined) {
    const configuration = runConfigurationSchema.parse({
      ...studySettings,
      data: domains.map((domain) => ({ name: domain })),
      tokenizer: tokenizerName(architecture.vocabulary),
    });
    id = (await at.call('studies.start', { name, architecture, configuration, plan })).study;
    say(`${name} (${id}): ${at.studies.get(id).candidates.length} candidates.`);
  } else if (at.studies.get(id).state !== 'done') await at.call('studies.continue', { study: id });
  const off = at.events.on('run.changed', (row) => {
    if (row.sweep?.name === name && (row.state === 'paused' || row.state === 'finished')) {
      say(`${row.name} (${row.run}) is ${row.state} at step ${row.step}.`);
    }
  });
  while (at.store.studies.get(id).state === 'running')
    await new Promise((resolve) => setTimeout(resolve, 1000));
  off();
  const { state, reason, report } = at.studies.get(id);
  if (state !== 'done') unfinished++;
  say([`${name} (${id}) is ${state}.`, reason, ...(report?.sentences ?? [])].filter(Boolean).join(' '));
}

function architectureOf(preset: string) {
  const found = findPreset(preset);
  if (found === undefined) throw new Error(`There is no preset ${preset}.`);
  return found.architecture;
}
