/** Figures as the page speaks of them: names of kinds, what each asks for, changes of the grid. */
import {
  type FigureDocument,
  type FigureFormat,
  type FigureKind,
  type FigurePanel,
  figureDocumentSchema,
} from '../../shared/figures/document.ts';

export const kindLabels: Record<FigureKind, string> = {
  loss: 'loss curves',
  metric: 'a metric over training',
  nsar: 'NSAR by layer',
  'nsar-steps': 'NSAR by layer and step',
  load: 'expert load',
  'co-activation': 'co-activation of experts',
  saturation: 'router saturation',
  similarity: 'similarity of attention maps',
  'active-experts': 'active experts by layer and text',
  buckets: 'loss by token frequency',
  robustness: 'robustness without the top-1 expert',
  positions: 'loss by position',
  'softmax-time': 'time in softmax',
  'routing-steps': 'routing over training',
  'load-steps': 'expert load over training',
  'choice-steps': 'choice share over training',
  choice: 'choice share',
  gates: 'gates of a layer',
  activations: 'activations of a layer',
  'nsar-tokens': 'NSAR by layer and token',
  flow: 'flow of tokens between experts',
  heads: 'distance of attention by head',
  attention: 'attention map of a head',
  scatter: 'scatter of runs with trend',
  parallel: 'parallel coordinates of runs',
  'law-loss': 'prediction of a run by the temporal law',
  'law-position': 'loss by position with its law',
  'law-parameters': 'parameters of the temporal law',
  'law-uniformity': 'uniform learning by position',
  'law-calibration': 'hindcasts: calibration and error',
  'law-candidates': 'candidates of a study',
};

export const formatLabels: Record<FigureFormat, { readonly label: string; readonly what: string }> = {
  svg: { label: 'SVG', what: 'Vector drawing for the web and for editing' },
  pdf: { label: 'PDF', what: 'Vector drawing with its font embedded' },
  png: { label: 'PNG', what: 'Pixels at the resolution below' },
  tex: { label: 'TeX', what: 'pgfplots, compiles with pdflatex' },
  csv: { label: 'CSV', what: 'The numbers that are drawn' },
};

/** Kinds that show exactly one run. */
const single: ReadonlySet<FigureKind> = new Set([
  'nsar-steps',
  'load',
  'co-activation',
  'similarity',
  'active-experts',
  'load-steps',
  'choice-steps',
  'choice',
  'gates',
  'nsar-tokens',
  'flow',
  'heads',
  'attention',
  'law-loss',
  'law-position',
  'law-parameters',
  'law-uniformity',
]);

export function showsOneRun(kind: FigureKind): boolean {
  return single.has(kind);
}

export function asksForThreshold(kind: FigureKind): boolean {
  return kind.startsWith('nsar');
}

const layered: ReadonlySet<FigureKind> = new Set([
  'load-steps',
  'choice-steps',
  'gates',
  'activations',
  'attention',
]);

/** Kinds that show one layer. */
export function asksForLayer(kind: FigureKind): boolean {
  return layered.has(kind);
}

export function asksForHead(kind: FigureKind): boolean {
  return kind === 'attention';
}

/** Kinds whose axes are fields of the runs. */
export function overFields(kind: FigureKind): boolean {
  return kind === 'scatter' || kind === 'parallel';
}

/** What is still to be chosen before the panel can be drawn; null where nothing is. */
export function missingOptions({ kind, options }: Pick<FigurePanel, 'kind' | 'options'>): string | null {
  if (!overFields(kind)) return null;
  const chosen = (options.fields ?? []).filter((field) => field !== '').length;
  if (kind === 'scatter' && chosen < 2) return 'Choose the fields across and up, in which the runs differ.';
  return chosen < 2 ? 'Add two axes or more, of fields in which the runs differ.' : null;
}

export function emptyFigure(name: string): FigureDocument {
  return figureDocumentSchema.parse({ version: 1, name, columns: 2, style: {}, panels: [] });
}

/** `Figure 1`, or the next number that no figure has. */
export function freshName(names: readonly string[]): string {
  let number = 1;
  while (names.includes(`Figure ${number}`)) number++;
  return `Figure ${number}`;
}

export function withPanel(document: FigureDocument, panel: FigurePanel, at?: number): FigureDocument {
  const panels =
    at === undefined
      ? [...document.panels, panel]
      : document.panels.map((other, index) => (index === at ? panel : other));
  return { ...document, panels };
}

export function withoutPanel(document: FigureDocument, at: number): FigureDocument {
  return { ...document, panels: document.panels.filter((_, index) => index !== at) };
}

/** Moves a panel by one place; at an end nothing changes. */
export function movePanel(document: FigureDocument, at: number, by: -1 | 1): FigureDocument {
  return placePanel(document, at, at + by);
}

/** Takes a panel out and puts it back as the one at `to`; those between move up or down. Nowhere else: nothing changes. */
export function placePanel(document: FigureDocument, at: number, to: number): FigureDocument {
  const last = document.panels.length - 1;
  if (at === to || at < 0 || to < 0 || at > last || to > last) return document;
  const panels = document.panels.toSpliced(at, 1);
  return { ...document, panels: panels.toSpliced(to, 0, document.panels[at]!) };
}

/** The place that a panel dragged from `at` to height `y` gets among panels with these middles. */
export function dropPlace(middles: readonly number[], at: number, y: number): number {
  return middles.filter((middle, index) => index !== at && middle < y).length;
}

export function panelLetter(index: number): string {
  return `(${String.fromCharCode(97 + (index % 26))})`;
}

/** A ruler's ticks in millimetres: every 5 a longer one, every 10 with its number. */
export function rulerTicks(lengthMm: number): { mm: number; rank: 0 | 1 | 2 }[] {
  return Array.from({ length: Math.floor(lengthMm) + 1 }, (_, mm) => ({
    mm,
    rank: mm % 10 === 0 ? 2 : mm % 5 === 0 ? 1 : 0,
  }));
}
