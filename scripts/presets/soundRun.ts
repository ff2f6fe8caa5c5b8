/**
 * Trains one architecture through the host, in a training process like any other run, and looks for what must not be:
 * losses that are not finite or do not fall, tokens that choose another number of experts than their layer says, choices
 * outside a routing table, attention to the future.
 */
import { createEngine } from '../../src/main/engine/index.ts';
import type { TappedLayer } from '../../src/main/engine/types.ts';
import { type LoadedCheckpoint, readCheckpoint } from '../../src/main/host/checkpoints.ts';
import type { Host } from '../../src/main/host/index.ts';
import { readTokenizerJson } from '../../src/main/text/bpe/tokenizerJson.ts';
import { type Architecture, expandLayers, type Layer } from '../../src/shared/architecture/document.ts';
import { ffnMethod } from '../../src/shared/methods/ffn/index.ts';
import type { ExpertLayout } from '../../src/shared/methods/method.ts';
import type { RunConfiguration } from '../../src/shared/run/configuration.ts';
import type { Probe } from '../../src/shared/run/probe.ts';

export interface SoundRun {
  readonly run: string;
  readonly parameters: number;
  readonly activeParameters: number;
  readonly firstLoss: number;
  /** Mean over the last ten steps. */
  readonly lastLoss: number;
  readonly validationLoss: number;
  readonly tokensPerSecond: number;
  /** Experts that a token of the probed text runs, mean over layers that route; null where none does. */
  readonly chosen: number | null;
  readonly experts: number | null;
  /** What is wrong, each in a sentence; empty: sound. */
  readonly problems: readonly string[];
}

/** `text` is read by the trained model for the checks of its routing and attention. */
export async function trainSound(
  host: Host,
  architecture: Architecture,
  configuration: RunConfiguration,
  text: string,
): Promise<SoundRun> {
  const { run } = await host.call('runs.start', { architecture, configuration });
  const { summary } = await host.runs.ended(run);
  const problems: string[] = [];
  if (summary.state !== 'finished') problems.push(`The run is ${summary.state}: ${summary.reason}`);
  const values = (metric: string): number[] =>
    host.store.metrics.points({ run, metric }).map((point) => point.value);
  const losses = values('train/loss');
  const last = losses.slice(-10);
  const lastLoss = last.reduce((sum, loss) => sum + loss, 0) / last.length;
  const firstLoss = losses[0] ?? Number.NaN;
  const validationLoss = values('validation/loss').at(-1) ?? Number.NaN;
  const numbers = ['train/loss', 'train/totalLoss', 'train/gradientNorm', 'validation/loss'].flatMap(values);
  if (losses.length !== configuration.steps) problems.push(`Only ${losses.length} steps have a loss.`);
  if (!numbers.every(Number.isFinite)) problems.push('A loss or gradient norm is not finite.');
  // A tenth of a nat is far beyond the noise of a few hundred steps from ln |V|.
  if (!(lastLoss < firstLoss - 0.1))
    problems.push(`The loss went from ${firstLoss.toFixed(3)} to ${lastLoss.toFixed(3)}.`);
  const probes = await host.call('runs.probes', { run });
  if (probes.length === 0) problems.push('There is no probe.');
  for (const probe of probes) problems.push(...probeProblems(architecture, probe));
  let chosen: number | null = null;
  const newest = (await host.call('runs.get', { run })).checkpoints.at(-1);
  if (newest !== undefined) {
    const checkpoint = await readCheckpoint(newest.path, { optimizer: false });
    const looked = await lookInside(checkpoint, text, configuration);
    problems.push(...looked.problems);
    chosen = looked.chosen;
  }
  const routed = expandLayers(architecture).flatMap((layer) => routedLayout(layer) ?? []);
  return {
    run,
    parameters: summary.parameters,
    activeParameters: summary.activeParameters,
    firstLoss,
    lastLoss,
    validationLoss,
    tokensPerSecond: summary.tokensPerSecond ?? Number.NaN,
    chosen,
    experts: routed[0]?.count ?? null,
    problems,
  };
}

/** The layout of a layer whose experts can be switched off; null for others. */
function routedLayout(layer: Layer): ExpertLayout | null {
  const layout = ffnMethod(layer.ffn.kind).experts(layer.ffn);
  return layout?.switchesOff === true ? layout : null;
}

/** A logged probe: loads are shares of one, and the shares of tokens that chose an expert sum to the number of choices. */
function probeProblems(architecture: Architecture, probe: Probe): string[] {
  return expandLayers(architecture).flatMap((layer) => {
    const layout = routedLayout(layer);
    const experts = probe.layers[layer.index]?.experts ?? null;
    if (layout === null) return [];
    const where = `Step ${probe.step}, layer ${layer.index}`;
    if (experts?.routing === undefined) return [`${where}: the probe says nothing of routing.`];
    const found: string[] = [];
    const load = total(experts.load);
    // Experts that a threshold opens may all stay shut; then there is no load to share.
    const shut = layout.chosenPerGroup == null && experts.activeMean === 0;
    if (Math.abs(load - (shut ? 0 : 1)) > 1e-4) found.push(`${where}: the loads sum to ${load}.`);
    const choices = total(experts.routing.choiceShare);
    const least = (layout.chosenPerGroup ?? 0) * layout.groups;
    const most = layout.chosenPerGroup == null ? layout.count : least;
    if (choices < least - 1e-4 || choices > most + 1e-4) {
      found.push(`${where}: a token chooses ${choices} experts instead of ${least}.`);
    }
    return found;
  });
}

/** Runs the checkpoint on a text and checks every token's choices and attention. */
async function lookInside(
  { architecture, buffers, state, tokenizer }: LoadedCheckpoint,
  text: string,
  { threads, context: trained }: RunConfiguration,
): Promise<{ problems: string[]; chosen: number | null }> {
  const context = trained ?? architecture.context;
  const ids = readTokenizerJson(tokenizer!).encode(text);
  const batch = Math.min(4, Math.floor(ids.length / context));
  if (batch === 0) throw new Error(`The text has ${ids.length} tokens, fewer than a window of ${context}.`);
  const inputs = Int32Array.from(ids.subarray(0, batch * context));
  const request = { architecture, buffers, shape: { batch, context }, device: 'cpu', threads } as const;
  const model = await createEngine().model(request, state.parameters);
  try {
    const unscored = { inputs, targets: new Int32Array(inputs.length) };
    const layers = await model.probe(unscored);
    const maps = await model.probe(unscored, 'attention');
    const problems: string[] = [];
    const counts: number[] = [];
    for (const layer of expandLayers(architecture)) {
      const layout = routedLayout(layer);
      if (layout === null) continue;
      const gate_NE = layers[layer.index]!.taps.gate!.values;
      const routing = checkChoices(layout, gate_NE, tablesOf(buffers, layer.index, layout.count), inputs);
      problems.push(...routing.problems.map((problem) => `Layer ${layer.index}: ${problem}`));
      counts.push(routing.chosen);
    }
    problems.push(...maps.flatMap(attentionProblems));
    return { problems, chosen: counts.length === 0 ? null : total(counts) / counts.length };
  } finally {
    await model.dispose();
  }
}

/** Routing tables [V, E] of a layer: 1 where a token type may go to an expert. */
function tablesOf(buffers: LoadedCheckpoint['buffers'], layer: number, experts: number): Float32Array[] {
  return [...buffers]
    .filter(([name, values]) => name.startsWith(`blocks.${layer}.ffn.`) && values.length % experts === 0)
    .map(([, values]) => values);
}

export function checkChoices(
  { count: E, groups, chosenPerGroup }: ExpertLayout,
  gate_NE: Float32Array,
  tables: readonly Float32Array[],
  inputs: Int32Array,
): { problems: string[]; chosen: number } {
  const perGroup = E / groups;
  let leaks = 0;
  let odd = 0;
  let choices = 0;
  for (let token = 0; token < inputs.length; token++) {
    for (let group = 0; group < groups; group++) {
      let chosen = 0;
      for (let e = group * perGroup; e < (group + 1) * perGroup; e++) {
        if (gate_NE[token * E + e] === 0) continue;
        chosen++;
        if (tables.some((table_VE) => table_VE[inputs[token]! * E + e] === 0)) leaks++;
      }
      choices += chosen;
      if (chosenPerGroup != null && chosen !== chosenPerGroup) odd++;
    }
  }
  const problems: string[] = [];
  if (gate_NE.length !== inputs.length * E) problems.push(`the gate has ${gate_NE.length} values.`);
  if (!gate_NE.every(Number.isFinite)) problems.push('a gate is not finite.');
  if (leaks > 0) problems.push(`${leaks} choices lie outside the routing table.`);
  if (odd > 0) problems.push(`${odd} tokens do not choose ${chosenPerGroup} experts.`);
  return { problems, chosen: choices / inputs.length };
}

/** Rows of an attention map are shares of the keys up to their own position. */
export function attentionProblems({ layer, taps }: TappedLayer): string[] {
  const { shape, values } = taps['attention.map']!;
  const T = shape.at(-1)!;
  let worst = 0;
  let ahead = 0;
  for (let row = 0; row * T < values.length; row++) {
    let sum = 0;
    for (let key = 0; key < T; key++) {
      sum += values[row * T + key]!;
      if (key > row % T) ahead = Math.max(ahead, Math.abs(values[row * T + key]!));
    }
    worst = Math.max(worst, Math.abs(sum - 1));
  }
  const problems: string[] = [];
  if (!(worst < 1e-4)) problems.push(`Layer ${layer}: a row of the attention map sums to 1 +- ${worst}.`);
  if (ahead > 0) problems.push(`Layer ${layer}: a query attends ${ahead} to a later key.`);
  return problems;
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
