import { formatInteger } from '../../../../shared/format.ts';

/** Deeper sub-layers are paler, so that depth shows without a legend. */
export function rowOpacity(row: number, rows: number): number {
  return rows === 1 ? 0.9 : 0.92 - (0.42 * row) / (rows - 1);
}

/** Padded partitions may not divide evenly: then the rounded-up width of an expert. */
export function formatWidth(width: number): string {
  return formatInteger(Math.ceil(width));
}
