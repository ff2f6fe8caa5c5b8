/**
 * Router saturation: the share of a token's experts at an earlier checkpoint that the final checkpoint chooses too
 * (OLMoE, arXiv 2409.02060); routing fluctuation: the share of tokens whose first choice differs (mask-moe.md section 4).
 */
import { FinegrainError } from '../../../shared/errors.ts';
import type { SaturationAnalysis } from '../../../shared/run/analysis.ts';
import type { LayerRoutes } from '../../training/analyses/routes.ts';
import { listCheckpoints } from '../checkpoints.ts';
import { runFolder } from '../runs/restart.ts';
import { requireExperts, routedLayer } from './routing.ts';
import { type AnalysisParts, asked, openReading, type ReadingInput, subjectOf } from './subject.ts';

/** `step` names the final checkpoint; those before it are compared with it. */
export async function analyseSaturation(
  parts: AnalysisParts,
  input: ReadingInput,
  signal?: AbortSignal,
): Promise<SaturationAnalysis> {
  const reading = await openReading(parts, input);
  const kept = listCheckpoints(runFolder(parts.store, input.run));
  const last = kept.findIndex(({ folder }) => folder === reading.checkpoint);
  const checkpoints = kept.slice(0, last + 1);
  if (checkpoints.length < 2) {
    throw new FinegrainError(
      'input.invalid',
      `Run ${input.run} has kept no checkpoint before step ${checkpoints[0]?.step ?? 0}, so there is nothing to compare.`,
      'Train with a shorter --checkpoint-every and more --keep-checkpoints.',
    );
  }
  const ask = (checkpoint: string) =>
    parts.inference.ask({ kind: 'routes', ...asked(reading), checkpoint, shown: 0 }, signal);
  const final = await ask(reading.checkpoint);
  requireExperts(input.run, final);
  const trained = final.layers.filter(({ router }) => router !== 'none');
  if (trained.length === 0) {
    throw new FinegrainError(
      'input.invalid',
      `Run ${input.run} has no trained router: ${final.layers[0]!.kind} fixes or draws its choices, so they never settle.`,
      'Choose a run whose experts are chosen by a router.',
    );
  }
  const saturation: number[][] = trained.map(() => []);
  const fluctuation: number[][] = trained.map(() => []);
  for (const { folder } of checkpoints) {
    const earlier = folder === reading.checkpoint ? final : await ask(folder);
    trained.forEach((layer, index) => {
      const found = overlap(earlier.layers.find((other) => other.layer === layer.layer)!, layer);
      saturation[index]!.push(found.kept);
      fluctuation[index]!.push(found.moved);
    });
  }
  const mean = (rows: readonly (readonly number[])[]) =>
    checkpoints.map((_, at) => rows.reduce((sum, row) => sum + row[at]!, 0) / rows.length);
  return {
    kind: 'saturation',
    ...subjectOf(parts, input.run, { step: final.step, source: reading.source, tokens: final.ids.length }),
    steps: checkpoints.map(({ step }) => step),
    layers: trained.map((layer, index) => ({
      ...routedLayer(layer),
      saturation: saturation[index]!,
      fluctuation: fluctuation[index]!,
    })),
    mean: { saturation: mean(saturation), fluctuation: mean(fluctuation) },
  };
}

type Choices = Pick<LayerRoutes, 'chosen' | 'most' | 'groups'>;

/**
 * `kept`: share of the earlier choices that are final choices too, 1 where nothing was chosen at all. `moved`: share of
 * tokens, group by group, whose most probable running expert differs; running none is a choice like another.
 */
export function overlap(earlier: Choices, final: Choices): { kept: number; moved: number } {
  const rows = final.chosen.length / final.most;
  let choices = 0;
  let kept = 0;
  let moved = 0;
  for (let row = 0; row < rows; row++) {
    const before = earlier.chosen.subarray(row * earlier.most, (row + 1) * earlier.most);
    const after = final.chosen.subarray(row * final.most, (row + 1) * final.most);
    if (before[0] !== after[0]) moved++;
    for (const expert of before) {
      if (expert < 0) continue;
      choices++;
      if (after.includes(expert)) kept++;
    }
  }
  return { kept: choices === 0 ? 1 : kept / choices, moved: rows === 0 ? 0 : moved / rows };
}
