/** Figures for papers: built from runs, drawn as SVG, with their numbers as CSV. */

export { analysisTable } from './analysisTables.ts';
export { activeExpertsFigure } from './builders/activeExperts.ts';
export { bucketFigure } from './builders/buckets.ts';
export { coActivationFigure } from './builders/coActivation.ts';
export { loadFigure } from './builders/load.ts';
export type { LossOptions } from './builders/loss.ts';
export { lossFigure } from './builders/loss.ts';
export { nsarFigure, nsarHeatmap, nsarLabel } from './builders/nsar.ts';
export { positionFigure } from './builders/positions.ts';
export { robustnessFigure } from './builders/robustness.ts';
export { saturationFigure } from './builders/saturation.ts';
export { similarityFigure } from './builders/similarity.ts';
export { softmaxTimeFigure } from './builders/softmaxTime.ts';
export type { ColourMapName, PaletteName } from './colours.ts';
export { colourMapNames, mapColour, paletteNames, seriesColour } from './colours.ts';
export { bucketCurve, smooth } from './reduce.ts';
export type { Drawing, FigureRun } from './run.ts';
export { runLabels } from './run.ts';
export type { Axis, Figure, FigureStyle, LegendEntry, Mark, Panel } from './spec.ts';
export { validateFigure } from './spec.ts';
export { fontFamily, renderSvg } from './svg.ts';
export type { Table } from './table.ts';
export { toCsv } from './table.ts';
export { formatShort } from './ticks.ts';
export { toMillimetres, toPixels, toPoints } from './units.ts';
