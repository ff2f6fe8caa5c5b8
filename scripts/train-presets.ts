/**
 * Trains every preset of the sizes asked for on the State of the Union, through the host, and prints one row for each:
 *
 *   node scripts/train-presets.ts --sizes 0.3m,1m,2m --steps 200
 *
 *   --sizes LIST     sizes of presets (default: 0.3m); --methods LIST only these methods
 *   --steps S --batch B --context T (default: the preset's) --learning-rate R --device D --threads N
 *   --parallel P     training processes at a time (default: 1)
 *   --out FILE       writes the table there as well, after every row
 *
 * Exit code 1 where a run is not sound; what is checked is told in `presets/soundRun.ts`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createHost, type Host } from '../src/main/host/index.ts';
import { findSample, sampleSources } from '../src/main/text/corpus/samples.ts';
import { type Preset, presets } from '../src/shared/architecture/presets.ts';
import { formatDuration, formatNumber, formatSI } from '../src/shared/format.ts';
import { type RunConfiguration, runConfigurationSchema } from '../src/shared/run/configuration.ts';
import { type SoundRun, trainSound } from './presets/soundRun.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '0.3m' },
    methods: { type: 'string' },
    steps: { type: 'string', default: '200' },
    batch: { type: 'string', default: '8' },
    context: { type: 'string' },
    'learning-rate': { type: 'string', default: '0.001' },
    device: { type: 'string', default: 'cpu' },
    threads: { type: 'string', default: '0' },
    parallel: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});

const sizes = values.sizes.split(',');
const methods = values.methods?.split(',');
const chosen = presets.filter(
  ({ size, method, device }) =>
    device === 'cpu' && sizes.includes(size) && (methods === undefined || methods.includes(method)),
);
if (chosen.length === 0) throw new Error(`No preset for the CPU of size ${values.sizes} and those methods.`);

const configuration: RunConfiguration = runConfigurationSchema.parse({
  data: [{ name: 'state-of-the-union' }],
  steps: Number(values.steps),
  batch: Number(values.batch),
  context: values.context === undefined ? null : Number(values.context),
  learningRate: Number(values['learning-rate']),
  device: values.device,
  threads: Number(values.threads),
  evaluateEvery: 0,
  checkpointEvery: 0,
  probeEvery: Math.max(1, Math.floor(Number(values.steps) / 2)),
  seed: 1,
});

const sample = sampleSources(findSample('state-of-the-union'));
const text = readFileSync(sample.at(-1)!.path, 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'finegrain-presets-'));
const host = await createHost({ workspace: folder, shell: 'terminal', parallel: Number(values.parallel) });
const rows: { preset: Preset; sound: SoundRun | string; seconds: number }[] = [];
try {
  await host.call('data.addSample', { name: 'state-of-the-union' });
  const waiting = [...chosen];
  const work = async (): Promise<void> => {
    for (let preset = waiting.shift(); preset !== undefined; preset = waiting.shift()) {
      await train(host, preset);
    }
  };
  await Promise.all(Array.from({ length: Number(values.parallel) }, work));
} finally {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
}
const unsound = rows.filter(({ sound }) => typeof sound === 'string' || sound.problems.length > 0);
console.log(`\n${rows.length} presets trained, ${unsound.length} not sound.`);
process.exitCode = unsound.length === 0 ? 0 : 1;

async function train(at: Host, preset: Preset): Promise<void> {
  const begun = performance.now();
  const sound = await trainSound(at, preset.architecture, configuration, text).catch(String);
  rows.push({ preset, sound, seconds: (performance.now() - begun) / 1000 });
  console.log(rowText(rows.at(-1)!));
  if (values.out !== undefined) writeFileSync(values.out, tableText());
}

function tableText(): string {
  const order = new Map(chosen.map((preset, at) => [preset.name, at]));
  const sorted = [...rows].sort((a, b) => order.get(a.preset.name)! - order.get(b.preset.name)!);
  const { steps, batch, context, learningRate } = configuration;
  return [
    `${rows.length} of ${chosen.length} presets; ${steps} steps of ${batch} sequences of ${context ?? 'the preset’s'} tokens, ` +
      `learning rate ${learningRate}, ${values.device}; ${new Date().toISOString()}`,
    '',
    '| preset | parameters | active | first loss | last loss | validation | tokens/s | experts a token runs | seconds | problems |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...sorted.map(rowText),
    '',
  ].join('\n');
}

function rowText({ preset, sound, seconds }: (typeof rows)[number]): string {
  if (typeof sound === 'string') return `| ${preset.name} | | | | | | | | | ${sound} |`;
  const { chosen: perToken, experts } = sound;
  return `| ${[
    preset.name,
    formatSI(sound.parameters),
    formatSI(sound.activeParameters),
    sound.firstLoss.toFixed(4),
    sound.lastLoss.toFixed(4),
    sound.validationLoss.toFixed(4),
    formatSI(sound.tokensPerSecond),
    perToken === null ? '' : `${formatNumber(perToken)} of ${experts}`,
    formatDuration(seconds),
    sound.problems.length === 0 ? 'none' : sound.problems.join(' '),
  ].join(' | ')} |`;
}
