/** One text token by token: losses, next-token predictions, activation sparsity and routes, of one pass over each window. */
import type { Architecture } from '../../../shared/architecture/document.ts';
import type { LayerProbe } from '../../../shared/run/probe.ts';
import {
  namedPredictions,
  type ReadLayer,
  type ReadRoutes,
  type ReadToken,
  type TokenReading,
} from '../../../shared/run/reading.ts';
import { mergeProbes, nonSparseRates, probeStatistics } from '../../engine/probe/statistics.ts';
import type { Model, TappedLayer } from '../../engine/types.ts';
import type { WindowBatch, Windows } from '../passage.ts';
import { type LayerRoutes, routesOf } from './routes.ts';
import { countedRows } from './rows.ts';

export type ReadText = Omit<TokenReading, 'source' | 'window' | 'windows' | 'cut'>;

export interface Vocabulary {
  /** Ids beyond these have no text and were never trained. */
  readonly size: number;
  text(id: number): string;
  bytes(id: number): number;
}

/** `windows` holds one sequence a batch, each going on where the one before it ends. */
export async function readTokens(
  model: Pick<Model, 'logits' | 'probe'>,
  windows: Windows,
  architecture: Architecture,
  step: number,
  vocabulary: Vocabulary,
): Promise<ReadText> {
  const width = architecture.vocabulary;
  const tokens: ReadToken[] = [];
  const taps = new Map<WindowBatch, TappedLayer[]>();
  let nats = 0;
  let bytes = 0;
  let arriving: number | null = null;
  for (const batch of windows.batches) {
    taps.set(batch, await model.probe(batch));
    const logits = await model.logits(batch.inputs);
    const counted = batch.mask.reduce((sum, value) => sum + value, 0);
    for (let at = 0; at < counted; at++) {
      const row = logits.subarray(at * width, (at + 1) * width);
      const next = nextToken(row, Math.min(width, vocabulary.size));
      const target = batch.targets[at]!;
      const id = batch.inputs[at]!;
      tokens.push({
        id,
        token: vocabulary.text(id),
        loss: arriving,
        predictions: next.top.map((top) => ({ ...top, token: vocabulary.text(top.id) })),
        entropy: rounded(next.entropy),
      });
      const loss = next.logSum - row[target]!;
      arriving = loss;
      nats += loss;
      bytes += vocabulary.bytes(target);
      if (tokens.length === windows.tokens) {
        tokens.push({
          id: target,
          token: vocabulary.text(target),
          loss,
          predictions: [],
          entropy: null,
        });
      }
    }
  }
  const probes = windows.batches.map((batch) => countedRows(taps.get(batch)!, batch.mask));
  const statistics = mergeProbes(
    probes.map((layers) => probeStatistics(architecture, layers, step, Number.POSITIVE_INFINITY)),
  );
  // The windows are asked for in their order, once each; what was tapped above answers.
  const tapped = windows.batches.map((batch) => taps.get(batch)!).values();
  const again = { probe: async () => tapped.next().value ?? [] };
  const routes = await routesOf(again, windows, architecture, step, windows.tokens);
  return {
    step,
    context: windows.context,
    loss: nats / windows.tokens,
    bitsPerByte: nats / Math.LN2 / Math.max(1, bytes),
    read: windows.tokens,
    tokens,
    layers: statistics.layers.map((layer, index) => ratesByToken(layer, probes, index)),
    statistics: statistics.layers,
    routes: routes.layers.map((layer) => routesByToken(layer, windows.tokens)),
  };
}

export interface NextToken {
  /** log of the sum of exp(logit). */
  readonly logSum: number;
  readonly entropy: number;
  readonly top: readonly { readonly id: number; readonly probability: number }[];
}

/** The distribution behind one row of logits. Only the first `named` ids are listed; the sum is over all. */
export function nextToken(logits: Float32Array, named: number): NextToken {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of logits) if (value > most) most = value;
  let sum = 0;
  let weighted = 0;
  for (const value of logits) {
    const share = Math.exp(value - most);
    sum += share;
    weighted += share * (value - most);
  }
  const logSum = most + Math.log(sum);
  const ids: number[] = [];
  for (let id = 0; id < named; id++) {
    const last = ids[namedPredictions - 1];
    if (last !== undefined && logits[id]! <= logits[last]!) continue;
    let at = ids.length;
    while (at > 0 && logits[id]! > logits[ids[at - 1]!]!) at--;
    ids.splice(at, 0, id);
    if (ids.length > namedPredictions) ids.pop();
  }
  return {
    logSum,
    entropy: Math.max(0, Math.log(sum) - weighted / sum),
    top: ids.map((id) => ({ id, probability: Math.exp(logits[id]! - logSum) })),
  };
}

function ratesByToken(layer: LayerProbe, probes: readonly TappedLayer[][], index: number): ReadLayer {
  const keys = Object.keys(layer.nsar);
  const thresholds = keys.map(Number).sort((a, b) => a - b);
  const nsar: Record<string, number[]> = Object.fromEntries(keys.map((key) => [key, []]));
  for (const layers of probes) {
    const { shape, values } = layers[index]!.taps.activation!;
    const units = values.length / shape[0]!;
    for (let row = 0; row < shape[0]!; row++) {
      const rates = nonSparseRates(values.subarray(row * units, (row + 1) * units), thresholds);
      for (const key of keys) nsar[key]!.push(rounded(rates[key]!));
    }
  }
  return { layer: layer.layer, kind: layer.kind, nsar };
}

function routesByToken(layer: LayerRoutes, tokens: number): ReadRoutes {
  const { experts, groups, most } = layer;
  const width = groups * most;
  const chosen = Array.from({ length: tokens }, (_, token) =>
    [...layer.chosen.subarray(token * width, (token + 1) * width)].filter((expert) => expert >= 0),
  );
  return {
    layer: layer.layer,
    kind: layer.kind,
    experts,
    groups,
    router: layer.router,
    probabilities:
      layer.probabilities === null
        ? null
        : Array.from({ length: tokens }, (_, token) =>
            Array.from(layer.probabilities!.subarray(token * experts, (token + 1) * experts), rounded),
          ),
    chosen,
    weights: chosen.map((list, token) =>
      list.map((expert) => rounded(layer.weights[token * experts + expert]!)),
    ),
  };
}

/** Five digits are enough to look at, and a third of the bytes. */
function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
