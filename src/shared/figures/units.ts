/** Lengths and numbers of figures. Inside a figure everything is in points (1 pt = 1/72 in), so font sizes are literal. */

export const pointsPerMillimetre = 72 / 25.4;

export function toPoints(millimetres: number): number {
  return millimetres * pointsPerMillimetre;
}

export function toMillimetres(points: number): number {
  return points / pointsPerMillimetre;
}

/** Pixels of a raster of this width at a resolution in dots per inch. */
export function toPixels(millimetres: number, dpi: number): number {
  return Math.round((millimetres / 25.4) * dpi);
}

/** A coordinate as SVG text: at most two decimals (0.01 pt = 3.5 micrometres), never `-0`, so that bytes are stable. */
export function coordinate(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return String(rounded === 0 ? 0 : rounded);
}
