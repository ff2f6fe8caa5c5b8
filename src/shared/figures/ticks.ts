/** Where an axis has ticks and what they say. */

export interface Tick {
  readonly at: number;
  /** Empty for a minor tick. */
  readonly label: string;
}

const prefixes: Readonly<Record<number, string>> = {
  '-12': 'p',
  '-9': 'n',
  '-6': 'µ',
  '-3': 'm',
  0: '',
  3: 'k',
  6: 'M',
  9: 'G',
  12: 'T',
  15: 'P',
  18: 'E',
};

const thinSpace = '\u2009';
const minus = '\u2212';

/** Exponent (a multiple of 3) of the SI prefix that brings `magnitude` into [1, 1000). */
export function prefixExponent(magnitude: number): number {
  if (!(magnitude > 0) || !Number.isFinite(magnitude)) return 0;
  // 1e3 has a log10 of 2.9999999999999996 on some values near it: the nudge keeps exact powers in their own prefix.
  return Math.min(18, Math.max(-12, 3 * Math.floor((Math.log10(magnitude) + 1e-9) / 3)));
}

export function prefixSymbol(exponent: number): string {
  return prefixes[exponent] ?? '';
}

/**
 * Ticks at multiples of 1, 2 or 5 times a power of ten inside [low, high], as many as fit below `most`.
 * `integers` never steps below 1 (layers, experts).
 */
export function linearTickValues(low: number, high: number, most: number, integers = false): number[] {
  const span = high - low;
  if (!(span > 0) || most < 1) return [low];
  const smallest = span / Math.max(1, most);
  let power = Math.floor(Math.log10(smallest)) - 1;
  for (;;) {
    for (const multiple of [1, 2, 5]) {
      const step = multiple * 10 ** power;
      if (integers && step < 1) continue;
      const first = Math.ceil(low / step - 1e-9);
      const last = Math.floor(high / step + 1e-9);
      if (last - first + 1 > most) continue;
      const values: number[] = [];
      for (let index = first; index <= last; index++) values.push(exact(index * multiple, power));
      return values;
    }
    power++;
  }
}

/** index * 10^power without the rounding noise of a product (0.30000000000000004). */
function exact(index: number, power: number): number {
  const value = power < 0 ? index / 10 ** -power : index * 10 ** power;
  return value === 0 ? 0 : value;
}

/**
 * Ticks of a log axis: decades, thinned when they are too many; the 1-2-5 series below two decades; linear ticks where
 * even that gives fewer than two. Minor ticks at 2..9 where decades are not thinned.
 */
export function logTickValues(low: number, high: number, most: number): { major: number[]; minor: number[] } {
  const inside = (value: number): boolean => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
  const firstDecade = Math.floor(Math.log10(low) + 1e-9);
  const lastDecade = Math.ceil(Math.log10(high) - 1e-9);
  const series = (multiples: readonly number[], stride = 1): number[] => {
    const values: number[] = [];
    for (let decade = firstDecade; decade <= lastDecade; decade += stride) {
      for (const multiple of multiples) {
        const value = exact(multiple, decade);
        if (inside(value)) values.push(value);
      }
    }
    return values;
  };
  const minor = series([2, 3, 4, 5, 6, 7, 8, 9]);
  const fine = series([1, 2, 5]);
  const decades = series([1]);
  if (fine.length >= 2 && fine.length <= most)
    return { major: fine, minor: minor.filter((m) => !fine.includes(m)) };
  if (decades.length >= 2) {
    for (let stride = 1; ; stride++) {
      const values = series([1], stride);
      if (values.length <= Math.max(2, most)) return { major: values, minor: stride === 1 ? minor : [] };
    }
  }
  if (fine.length >= 2) return { major: fine, minor: [] };
  return { major: linearTickValues(low, high, Math.max(2, most)), minor: [] };
}

export interface TickFormat {
  /** `tick`: SI prefix on each label (200 k); `unit`: the caller writes the prefix into the axis' unit; `none`: plain digits. */
  readonly prefix: 'tick' | 'unit' | 'none';
}

/** Exponent of the prefix that a set of tick values is written with. Plain numbers keep their digits below ten thousand. */
export function sharedExponent(values: readonly number[], format: TickFormat): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (format.prefix === 'none' || largest === 0) return 0;
  if (format.prefix === 'tick') return largest < 1e4 ? 0 : prefixExponent(largest);
  return prefixExponent(largest);
}

/** Labels of linear ticks: one prefix and one number of decimals for the whole axis. */
export function formatLinearTicks(values: readonly number[], format: TickFormat): string[] {
  const exponent = sharedExponent(values, format);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (exponent === 0 && largest > 0 && (largest < 1e-3 || largest >= 1e6))
    return values.map(formatScientific);
  const scaled = values.map((value) => value / 10 ** exponent);
  const decimals = neededDecimals(scaled);
  const suffix = format.prefix === 'tick' && exponent !== 0 ? `${thinSpace}${prefixSymbol(exponent)}` : '';
  return scaled.map((value) => (value === 0 ? '0' : signed(value.toFixed(decimals)) + suffix));
}

/** Labels of log ticks: each number as short as it can be written (0.01, 10, 2 k, 10⁹). */
export function formatLogTicks(values: readonly number[], format: TickFormat): string[] {
  const shared = format.prefix === 'unit' ? sharedExponent(values, format) : 0;
  return values.map((value) => {
    const scaled = value / 10 ** shared;
    if (scaled >= 1e-4 && scaled < 1e4) return plain(scaled);
    if (format.prefix === 'tick' && scaled >= 1e4 && scaled < 1e15) {
      const exponent = prefixExponent(scaled);
      return `${plain(scaled / 10 ** exponent)}${thinSpace}${prefixSymbol(exponent)}`;
    }
    return formatScientific(scaled);
  });
}

function plain(value: number): string {
  return signed(String(Number(value.toPrecision(6))));
}

function neededDecimals(values: readonly number[]): number {
  for (let decimals = 0; decimals < 12; decimals++) {
    const tolerance = 1e-6 * 10 ** -decimals;
    if (values.every((value) => Math.abs(Number(value.toFixed(decimals)) - value) <= tolerance))
      return decimals;
  }
  return 12;
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 1e-5 becomes 10⁻⁵, 2e9 becomes 2×10⁹. */
export function formatScientific(value: number): string {
  if (value === 0) return '0';
  const [mantissa, exponent] = value.toExponential(6).split('e') as [string, string];
  const digits = [...exponent.replace('+', '')]
    .map((character) => (character === '-' ? '⁻' : superscripts[Number(character)]!))
    .join('');
  const factor = signed(String(Number(mantissa)));
  if (factor === '1') return `10${digits}`;
  return `${factor}×10${digits}`;
}

/** A hyphen is too short for a minus sign. */
function signed(text: string): string {
  return text.startsWith('-') ? minus + text.slice(1) : text;
}

/** Three significant digits with an SI prefix: 4.46 M, 412 k, 0.123. For legends and captions. */
export function formatShort(value: number, digits = 3): string {
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-3 && magnitude < 1e3) return signed(String(Number(value.toPrecision(digits))));
  if (magnitude < 1e-3 || magnitude >= 1e21) return formatScientific(Number(value.toPrecision(digits)));
  const exponent = prefixExponent(magnitude);
  return `${signed(String(Number((value / 10 ** exponent).toPrecision(digits))))}${thinSpace}${prefixSymbol(exponent)}`;
}
