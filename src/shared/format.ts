/** How numbers are written for people: SI prefixes, three significant digits, durations. Pure, used by page, terminal and figures. */

/** Shown in place of a value that is not known. */
export const unknownValue = '–';

const prefixes = [
  { factor: 1e15, prefix: 'P' },
  { factor: 1e12, prefix: 'T' },
  { factor: 1e9, prefix: 'G' },
  { factor: 1e6, prefix: 'M' },
  { factor: 1e3, prefix: 'k' },
] as const;

/** `value` with `digits` significant digits, without an exponent between 1e-3 and 1e6; trailing zeros kept (3.40 stays 3.40). */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return unknownValue;
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e6 || magnitude < 1e-3)
    return withMinus(value.toExponential(digits - 1).replace('e+', 'e'));
  const integerDigits = Math.floor(Math.log10(Number(magnitude.toPrecision(digits)))) + 1;
  const decimals = Math.max(0, digits - Math.max(integerDigits, magnitude < 1 ? integerDigits : 1));
  return withMinus(decimals === 0 ? groupDigits(Math.round(value)) : value.toFixed(decimals));
}

/** The shortest form that reads back as the same number, for fields and copies: 0.001, 3e-4, 10000. */
export function formatExact(value: number): string {
  const plain = String(value);
  if (Math.abs(value) < 1e-3 && value !== 0) return value.toExponential().replace('e+', 'e');
  return plain;
}

/** Whole numbers with thousands separated: 2,048. */
export function formatInteger(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return unknownValue;
  return withMinus(groupDigits(Math.round(value)));
}

/** 4,460,000 -> "4.46 M"; with a unit: "412 k tokens/s", "1.05 GB". Values below 1,000 keep their own digits. */
export function formatSI(value: number | null | undefined, unit = '', digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return unknownValue;
  if (!Number.isFinite(value)) return formatNumber(value);
  const magnitude = Math.abs(value);
  // 999,950 rounds to 1,000 k, which is written 1.00 M.
  const rounded = magnitude === 0 ? 0 : Number(magnitude.toPrecision(digits));
  const entry = prefixes.find((candidate) => rounded >= candidate.factor);
  if (entry === undefined) {
    const number = Number.isInteger(value) ? withMinus(String(value)) : formatNumber(value, digits);
    return unit === '' ? number : `${number} ${unit}`;
  }
  const scaled = value / entry.factor;
  const number = withMinus(scaled.toPrecision(digits));
  const plain = number.includes('e') ? formatInteger(scaled) : number;
  // Physical units take the prefix (GB, GFLOP/s); words do not (k tokens/s, M parameters).
  const joined = /^[A-Z]/.test(unit)
    ? `${entry.prefix}${unit}`
    : `${entry.prefix}${unit === '' ? '' : ` ${unit}`}`;
  return `${plain} ${joined}`;
}

/** "1 document", "233 documents": regular plurals only. */
export function formatCount(count: number, noun: string): string {
  return `${formatInteger(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Bytes in powers of 1,000: 8.19 kB, 1.05 GB. */
export function formatBytes(bytes: number | null | undefined): string {
  return formatSI(bytes, 'B');
}

/** 0.431 -> "43 %". Below 10 % one decimal is kept. */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined || Number.isNaN(share)) return unknownValue;
  const percent = share * 100;
  return `${percent !== 0 && Math.abs(percent) < 9.95 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** Seconds as two units at most: 4.2 s, 48 s, 3 min 20 s, 1 h 12 min, 2 d 4 h. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds) || !Number.isFinite(seconds))
    return unknownValue;
  if (seconds < 0) return unknownValue;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return twoUnits(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return twoUnits(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(seconds / 3600);
  return twoUnits(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** A change with its sign, in SI: "+3.07 k", "−512", "±0" when nothing changed. */
export function formatDelta(change: number, unit = ''): string {
  if (change === 0) return '±0';
  const text = formatSI(Math.abs(change), unit);
  return `${change > 0 ? '+' : '−'}${text}`;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

function groupDigits(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

function withMinus(text: string): string {
  return text.replace('-', text.includes('e-') && !text.startsWith('-') ? '-' : '−');
}
