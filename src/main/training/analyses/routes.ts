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

/** Layers of a document whose experts can be switched off, with their layout. */
function routedLayersOf(architecture: Architecture): { layer: number; kind: string; layout: ExpertLayout }[] {
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
  const described = routedLayersOf(architecture);
  const ids: number[] = [];
  const positions: number[] = [];
  const rows = described.map((): TokenRoutes[] => []);
  for (const batch of described.length === 0 ? [] : windows.batches) {
    const taps = new Map((await model.probe(batch)).map((layer) => [layer.layer, layer]));
    const counted = [...batch.mask.keys()].filter((at) => batch.mask[at] !== 0);
    for (const at of counted) {
      ids.push(batch.inputs[at]!);
      positions.push(at % windows.context);
    }
    described.forEach(({ layer, layout }, index) => {
      const tapped = taps.get(layer)!;
      for (const at of counted)
        rows[index]!.push(tokenRoutes(tapped, layout, at, rows[index]!.length < shown));
    });
  }
  return {
    step,
    ids: Int32Array.from(ids),
    positions: Int32Array.from(positions),
    layers: described.map(({ layer, kind, layout }, index) => gather(layer, kind, layout, rows[index]!)),
  };
}

interface TokenRoutes {
  readonly chosen: number[][]; // by group
  readonly visible: number[];
  /** Whether the scores of every group sum to 1; null without scores. */
  readonly normalised: boolean | null;
  readonly weights: Float32Array | null;
  readonly scores: Float32Array | null;
}

function tokenRoutes(tapped: TappedLayer, layout: ExpertLayout, token: number, keep: boolean): TokenRoutes {
  const { count, groups } = layout;
  const perGroup = count / groups;
  const row = (name: string): Float32Array | null =>
    tapped.taps[name]?.values.subarray(token * count, (token + 1) * count) ?? null;
  const gates = row('gate');
  if (gates === null) throw new Error(`layer ${tapped.layer} has no tap gate`);
  const scores = row('score');
  const order = scores ?? gates;
  const chosen: number[][] = [];
  const visible: number[] = [];
  let normalised = scores === null ? null : true;
  for (let group = 0; group < groups; group++) {
    const experts = Array.from({ length: perGroup }, (_, expert) => group * perGroup + expert);
    // Array.sort is stable, so that of equal values the lower index stays first.
    chosen.push(experts.filter((expert) => gates[expert]! > 0).sort((a, b) => order[b]! - order[a]!));
    visible.push(scores === null ? perGroup : experts.filter((expert) => scores[expert]! > 0).length);
    const sum = experts.reduce((total, expert) => total + order[expert]!, 0);
    if (normalised === true && Math.abs(sum - 1) > 1e-3) normalised = false;
  }
  return {
    chosen,
    visible,
    normalised,
    weights: keep ? gates.slice() : null,
    scores: keep ? (scores?.slice() ?? null) : null,
  };
}

function gather(
  layer: number,
  kind: string,
  layout: ExpertLayout,
  rows: readonly TokenRoutes[],
): LayerRoutes {
  const { count, groups, chosenPerGroup = null } = layout;
  const most = Math.max(1, ...rows.map(({ chosen }) => Math.max(...chosen.map((list) => list.length))));
  const chosen = new Int32Array(rows.length * groups * most).fill(-1);
  const visible = new Int32Array(rows.length * groups);
  rows.forEach((row, token) => {
    row.chosen.forEach((list, group) => {
      chosen.set(list, (token * groups + group) * most);
    });
    visible.set(row.visible, token * groups);
  });
  const kept = rows.filter(({ weights }) => weights !== null);
  const joined = (arrays: readonly Float32Array[]): Float32Array => {
    const all = new Float32Array(arrays.length * count);
    arrays.forEach((values, token) => {
      all.set(values, token * count);
    });
    return all;
  };
  const scores = kept.flatMap((row) => (row.scores === null ? [] : [row.scores]));
  return {
    layer,
    kind,
    experts: count,
    groups,
    router: routerKind(rows),
    chosenPerGroup,
    most,
    chosen,
    visible,
    weights: joined(kept.map(({ weights }) => weights!)),
    probabilities: scores.length === 0 ? null : joined(scores),
  };
}

function routerKind(rows: readonly TokenRoutes[]): RouterKind {
  if (rows.every(({ normalised }) => normalised === null)) return 'none';
  return rows.every(({ normalised }) => normalised === true) ? 'softmax' : 'gates';
}
