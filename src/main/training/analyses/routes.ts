/** Which experts ran for every counted token of some windows, most probable first, from the taps of a probe. */
import { type Architecture, expandLayers } from '../../../shared/architecture/document.ts';
import { ffnMethod } from '../../../shared/methods/ffn/index.ts';
import type { ExpertLayout } from '../../../shared/methods/method.ts';
import type { RoutedLayer, RouterKind } from '../../../shared/run/analysis.ts';
import type { Model, TappedLayer } from '../../engine/types.ts';
import type { Windows } from '../passage.ts';

export interface LayerRoutes extends RoutedLayer {
  /** Experts that a token chooses in a group; null where that varies. */
  readonly chosenPerGroup: number | null;
  /** Places for choices of a token in a group: W. */
  readonly most: number;
  /** [N, groups, W]: experts that ran, by falling probability (ties: lower index first), -1 where there are fewer. */
  readonly chosen: Int32Array;
  /** [N, groups]: experts with a probability above 0; the others are hidden from the token (MaskMoE). */
  readonly visible: Int32Array;
  /** Of the first `shown` tokens: [shown, E] each. `probabilities` is null without a router. */
  readonly weights: Float32Array;
  readonly probabilities: Float32Array | null;
}

export interface Routes {
  readonly step: number;
  readonly ids: Int32Array; // [N], input ids
  readonly positions: Int32Array; // [N], in the window
  /** Layers whose experts can be switched off. */
  readonly layers: LayerRoutes[];
}

interface DescribedLayer {
  readonly layer: number;
  readonly kind: string;
  readonly layout: ExpertLayout;
}

/** Layers of a document whose experts can be switched off, with their layout. */
function routedLayersOf(architecture: Architecture): DescribedLayer[] {
  return expandLayers(architecture).flatMap(({ index, ffn }) => {
    const layout = ffnMethod(ffn.kind).experts(ffn);
    return layout?.switchesOff === true ? [{ layer: index, kind: ffn.kind, layout }] : [];
  });
}

/** `shown`: tokens from the first on for which probabilities and weights are kept too. */
export async function routesOf(
  model: Pick<Model, 'probe'>,
  windows: Windows,
  architecture: Architecture,
  step: number,
  shown: number,
): Promise<Routes> {
  const layers = routedLayersOf(architecture).map(
    (layer) => new RouteCollector(layer, windows.tokens, Math.min(shown, windows.tokens)),
  );
  const ids = new Int32Array(windows.tokens);
  const positions = new Int32Array(windows.tokens);
  let token = 0;
  for (const { inputs, mask, ...batch } of windows.batches) {
    const probed = layers.length === 0 ? [] : await model.probe({ inputs, mask, ...batch });
    const taps = new Map(probed.map((layer) => [layer.layer, layer]));
    for (let row = 0; row < mask.length; row++) {
      if (mask[row] === 0) continue;
      ids[token] = inputs[row]!;
      positions[token] = row % windows.context;
      for (const layer of layers) layer.add(taps.get(layer.described.layer)!, row, token);
      token++;
    }
  }
  return { step, ids, positions, layers: layers.map((layer) => layer.routes()) };
}

/** Gathers one layer token by token. */
class RouteCollector {
  readonly described: DescribedLayer;
  private readonly places: number; // W before it is known how many are needed
  private readonly chosen: Int32Array;
  private readonly visible: Int32Array;
  private readonly weights: Float32Array;
  private readonly probabilities: Float32Array;
  private readonly shown: number;
  private most = 1;
  /** Whether scores were seen, and summed to 1 in every group. */
  private scored = false;
  private normalised = true;

  constructor(described: DescribedLayer, tokens: number, shown: number) {
    const { count, groups, chosenPerGroup } = described.layout;
    this.described = described;
    this.places = Math.max(1, chosenPerGroup ?? count / groups);
    this.chosen = new Int32Array(tokens * groups * this.places).fill(-1);
    this.visible = new Int32Array(tokens * groups);
    this.weights = new Float32Array(shown * count);
    this.probabilities = new Float32Array(shown * count);
    this.shown = shown;
  }

  /** Takes row `row` of the taps as the routes of `token`. */
  add(tapped: TappedLayer, row: number, token: number): void {
    const { count, groups } = this.described.layout;
    const perGroup = count / groups;
    const rowOf = (name: string) => tapped.taps[name]?.values.subarray(row * count, (row + 1) * count);
    const gates = rowOf('gate');
    if (gates === undefined) throw new Error(`layer ${tapped.layer} has no tap gate`);
    const scores = rowOf('score');
    const order = scores ?? gates;
    for (let group = 0; group < groups; group++) {
      const running: number[] = [];
      let seen = 0;
      let sum = 0;
      for (let expert = group * perGroup; expert < (group + 1) * perGroup; expert++) {
        if (gates[expert]! > 0) running.push(expert);
        if (scores === undefined || scores[expert]! > 0) seen++;
        sum += order[expert]!;
      }
      // Array.sort is stable, so that of equal values the lower index stays first.
      running.sort((a, b) => order[b]! - order[a]!);
      if (running.length > this.places) {
        throw new Error(
          `layer ${tapped.layer} ran ${running.length} experts where ${this.places} are chosen`,
        );
      }
      const at = token * groups + group;
      this.chosen.set(running, at * this.places);
      this.visible[at] = seen;
      this.most = Math.max(this.most, running.length);
      if (scores !== undefined && !(Math.abs(sum - 1) <= 1e-3)) this.normalised = false;
    }
    this.scored ||= scores !== undefined;
    if (token >= this.shown) return;
    this.weights.set(gates, token * count);
    if (scores !== undefined) this.probabilities.set(scores, token * count);
  }

  routes(): LayerRoutes {
    const { layer, kind, layout } = this.described;
    const { count, groups, chosenPerGroup = null } = layout;
    const router: RouterKind = !this.scored ? 'none' : this.normalised ? 'softmax' : 'gates';
    return {
      layer,
      kind,
      experts: count,
      groups,
      router,
      chosenPerGroup,
      most: this.most,
      chosen: narrowed(this.chosen, this.places, this.most),
      visible: this.visible,
      weights: this.weights,
      probabilities: this.scored ? this.probabilities : null,
    };
  }
}

/** The first `to` of every `from` values. */
function narrowed(values: Int32Array, from: number, to: number): Int32Array {
  if (from === to) return values;
  const rows = values.length / from;
  const kept = new Int32Array(rows * to);
  for (let row = 0; row < rows; row++) kept.set(values.subarray(row * from, row * from + to), row * to);
  return kept;
}
