/** Validation losses of finished runs over the plane of expert layouts, so that the next experiment suggests itself. */
import type { Architecture } from '../../shared/architecture/document.ts';
import { expertLayouts, type Layout, setExpertLayout } from '../../shared/architecture/edits.ts';
import { ffnMethod } from '../../shared/methods/ffn/index.ts';
import { layerShape } from '../../shared/methods/languageModel.ts';
import type { RunDetail } from '../../shared/rpc/contract.ts';
import type { RunConfiguration } from '../../shared/run/configuration.ts';
import { type Cost, costOf, type Divided, traded, tradeTolerance } from './layoutTrade.ts';

export interface LayoutLoss extends Layout {
  /** The best validation loss of the runs with this layout, nats per token. */
  readonly loss: number;
  readonly runs: number;
  /** Training speed of each run that has one, tokens per second on its device. */
  readonly speeds: readonly { readonly device: string; readonly tokensPerSecond: number }[];
}

/** What layouts have in common: the FFN width, or what the layer costs, as near as whole units of an expert come. */
export interface Kept {
  readonly cost: Cost;
  /** As `costOf` says: units, parameters of the layer, or its forward FLOPs per token. */
  readonly target: number;
}

/**
 * Runs of the same model but for the layout of `block`, trained with the same settings but for the seed: only those can
 * be compared. Names and notes do not matter. Without `kept` the FFN width is the same; with parameters or FLOPs kept it
 * is what the layout leaves of them.
 */
export function layoutLosses(
  document: Architecture,
  block: number,
  configuration: RunConfiguration,
  runs: readonly RunDetail[],
  kept: Kept = { cost: 'width', target: 0 },
): LayoutLoss[] {
  const wanted = fingerprint(document, block, kept);
  const settings = settingsOf(configuration, document.context);
  const found = new Map<string, LayoutLoss>();
  for (const run of runs) {
    if (run.state !== 'finished' || run.validationLoss === null) continue;
    if (settingsOf(run.configuration, run.architecture.context) !== settings) continue;
    const layout = layoutOf(run.architecture, block);
    if (layout === null || fingerprint(run.architecture, block, kept) !== wanted) continue;
    const key = `${layout.groups} ${layout.perGroup}`;
    const known = found.get(key);
    found.set(key, {
      ...layout,
      loss: Math.min(known?.loss ?? Number.POSITIVE_INFINITY, run.validationLoss),
      runs: (known?.runs ?? 0) + 1,
      speeds: [...(known?.speeds ?? []), ...speedOf(run)],
    });
  }
  return [...found.values()];
}

function speedOf({ device, tokensPerSecond }: RunDetail): LayoutLoss['speeds'] {
  return device === null || tokensPerSecond === null ? [] : [{ device, tokensPerSecond }];
}

/** A loss between the least and the largest of all, as a share. */
export function lossShare(losses: readonly LayoutLoss[], loss: number): number {
  const values = losses.map((entry) => entry.loss);
  const least = Math.min(...values);
  return (loss - least) / Math.max(1e-9, Math.max(...values) - least);
}

export interface DepthSpeed {
  readonly device: string;
  readonly here: number; // tokens per second
  readonly flat: number;
  readonly ratio: number;
}

/**
 * How fast a layout trains against one without depth (one group), both measured on one device: the fastest run of each,
 * since other work only slows. Of several layouts without depth, the one whose number of experts is nearest.
 */
export function depthSpeed(losses: readonly LayoutLoss[], layout: Layout): DepthSpeed | null {
  const count = (of: Layout) => of.groups * of.perGroup;
  const here = losses.find((entry) => entry.groups === layout.groups && entry.perGroup === layout.perGroup);
  const flats = losses
    .filter((entry) => entry.groups === 1)
    .sort((a, b) => Math.abs(count(a) - count(layout)) - Math.abs(count(b) - count(layout)));
  for (const flat of flats) {
    for (const { device } of here?.speeds ?? []) {
      const [mine, other] = [here!, flat].map(({ speeds }) =>
        Math.max(...speeds.filter((speed) => speed.device === device).map((speed) => speed.tokensPerSecond)),
      );
      if (!Number.isFinite(other)) continue;
      return { device, here: mine!, flat: other!, ratio: mine! / other! };
    }
  }
  return null;
}

function layoutOf(document: Architecture, block: number): Layout | null {
  const ffn = document.blocks[block]?.ffn;
  const experts = ffn === undefined ? null : ffnMethod(ffn.kind).experts(ffn);
  return experts === null ? null : { groups: experts.groups, perGroup: experts.count / experts.groups };
}

/** The model with its layout taken out, and where cost is kept, the width that follows from it; null: not of that cost. */
function fingerprint(document: Architecture, block: number, { cost, target }: Kept): string | null {
  const layout = layoutOf(document, block);
  if (layout === null) return null;
  if (cost !== 'width') {
    const ffn = document.blocks[block]!.ffn as Divided;
    const shape = layerShape(document);
    const same = traded(ffn, layout, cost, target, shape);
    if (same === null || Math.abs(costOf(ffn, cost, shape) / target - 1) > tradeTolerance) return null;
    const plain = { ...ffnMethod(ffn.kind).withLayout?.(same, 1, 1), width: 1 };
    return JSON.stringify({
      ...document,
      name: '',
      notes: '',
      blocks: document.blocks.map((entry, index) => (index === block ? { ...entry, ffn: plain } : entry)),
    });
  }
  const [first] = expertLayouts(document, block);
  if (first === undefined) return null;
  const plain = setExpertLayout(document, block, first);
  return JSON.stringify({ ...plain, name: '', notes: '' });
}

function settingsOf(configuration: RunConfiguration, documentContext: number): string {
  const {
    data,
    tokenizer,
    steps,
    batch,
    context,
    accumulate,
    learningRate,
    schedule,
    warmup,
    minimumRatio,
    weightDecay,
    clip,
  } = configuration;
  return JSON.stringify([
    data,
    tokenizer,
    steps,
    batch,
    context ?? documentContext,
    accumulate,
    learningRate,
    schedule,
    warmup,
    minimumRatio,
    weightDecay,
    clip,
  ]);
}
