/**
 * A saved figure: a style, and a grid of panels that each name a kind of figure, the runs behind it and what it reads. It
 * holds no numbers: it is drawn anew from the runs, whenever they change.
 */
import { z } from 'zod';
import { type CurveAxis, curveAxes } from '../run/metrics.ts';
import { readableWindows } from '../run/reading.ts';
import { colourMapNames, paletteNames } from './colours.ts';
import { lawFigureKinds, lawOptionFields } from './lawOptions.ts';
import { type FigureStyle, legendPlaces } from './spec.ts';

export const figureKinds = [
  'loss',
  'metric',
  'nsar',
  'nsar-steps',
  'load',
  'co-activation',
  'saturation',
  'similarity',
  'active-experts',
  'buckets',
  'robustness',
  'positions',
  'softmax-time',
  'routing-steps',
  'load-steps',
  'choice-steps',
  'choice',
  'gates',
  'activations',
  'nsar-tokens',
  'flow',
  'heads',
  'attention',
  'scatter',
  'parallel',
  ...lawFigureKinds,
] as const;
export type FigureKind = (typeof figureKinds)[number];

/** What of the routing is followed over training. */
export const routingStatistics = ['entropy', 'active', 'imbalance'] as const;
export type RoutingStatistic = (typeof routingStatistics)[number];

export const figureFormats = ['svg', 'pdf', 'png', 'tex', 'csv'] as const;
export type FigureFormat = (typeof figureFormats)[number];

/** Widths of text columns, in millimetres. */
export const columnWidths = [
  { name: 'ACL column', mm: 77 },
  { name: 'ACL page', mm: 160 },
  { name: 'NeurIPS', mm: 139 },
  { name: 'Nature column', mm: 89 },
  { name: 'Nature page', mm: 183 },
] as const;

export const dpiSchema = z.int().min(72).max(1200).default(300);

/** Looks of a figure, apart from its width and text size. Absent: what suits the figure. */
export const styleFields = {
  lineWidth: z.number().min(0.1).max(10).optional(), // points; default an eighth of the font size
  palette: z.enum(paletteNames).optional(), // default okabe-ito
  map: z.enum(colourMapNames).optional(), // of fields; signed ones always have a diverging map
  legendPlace: z.enum(legendPlaces).optional(), // default top
  grid: z.boolean().optional(),
  titles: z.boolean().optional(),
  letters: z.boolean().optional(),
} as const;

export const figureStyleSchema = z.strictObject({
  widthMm: z.number().min(20).max(400).default(139),
  fontSize: z.number().min(4).max(24).default(8), // points
  ...styleFields,
});
export type FigureDocumentStyle = z.output<typeof figureStyleSchema>;

/** What a panel draws beside its runs. */
export const panelOptionFields = {
  threshold: z.number().positive().optional(), // nsar: default 0.1
  step: z.int().nonnegative().optional(), // load, co-activation: default the newest probe; others: the newest checkpoint
  /** `metric`: which one, against what. */
  metric: z.string().min(1).max(120).optional(), // default train/loss
  axis: z.enum(curveAxes).optional(), // default tokens
  logX: z.boolean().optional(),
  logY: z.boolean().optional(),
  /** Figures of analyses: what they read; default the run's own validation text. */
  text: z.string().min(1).optional(),
  data: z.array(z.string().min(1).max(120)).optional(),
  windows: z.int().min(1).max(4096).optional(),
  context: z.int().min(2).max(1_048_576).optional(), // tokens of a window; may exceed the training context
  /** One passage token by token: which window of a data set, which layer and head (from 0; default the first that has it). */
  window: z
    .int()
    .min(0)
    .max(readableWindows - 1)
    .optional(),
  layer: z.int().nonnegative().optional(),
  head: z.int().nonnegative().optional(),
  /** `routing-steps`: default entropy. */
  statistic: z.enum(routingStatistics).optional(),
  /** `scatter`: the fields across and up; `parallel`: one for each axis; those on log axes. `colourBy`: default the run. */
  fields: z.array(z.string().min(1).max(120)).max(12).optional(),
  logFields: z.array(z.string().min(1).max(120)).max(12).optional(),
  colourBy: z.string().min(1).max(120).optional(),
  ...lawOptionFields,
} as const;
export const panelOptionsSchema = z.strictObject(panelOptionFields);
export type PanelOptions = z.output<typeof panelOptionsSchema>;

/** Runs of one panel. */
export const mostRuns = 50;

export const figurePanelSchema = z.strictObject({
  kind: z.enum(figureKinds),
  runs: z.array(z.string().min(1).max(64)).min(1).max(mostRuns),
  /** How many columns of the grid it is wide. */
  span: z.int().min(1).max(4).default(1),
  options: panelOptionsSchema.default({}),
});
export type FigurePanel = z.output<typeof figurePanelSchema>;

export const mostPanels = 24;

export const figureDocumentSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().trim().min(1).max(120),
  columns: z.int().min(1).max(4),
  style: figureStyleSchema,
  panels: z.array(figurePanelSchema).max(mostPanels),
});
export type FigureDocument = z.output<typeof figureDocumentSchema>;

export type { CurveAxis };

/** Runs behind a figure, in the order in which they first appear: the order of their colours. */
export function figureSources(document: Pick<FigureDocument, 'panels'>): string[] {
  return [...new Set(document.panels.flatMap((panel) => panel.runs))];
}

/** The part of a style that builders take. */
export function builderStyle(style: FigureDocumentStyle): FigureStyle {
  const { widthMm, fontSize, lineWidth, palette, grid, legendPlace } = style;
  return { widthMm, fontSize, lineWidth, palette, grid, legendPlace };
}
