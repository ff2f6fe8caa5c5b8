/** What a typed number means to a field: a value, or a sentence that says what is wrong and what would be right. */
export interface NumberBounds {
  readonly integer: boolean;
  readonly minimum: number | null;
  readonly maximum: number | null;
}

export type ParsedNumber = { readonly value: number } | { readonly error: string };

/** Accepts 1024, 1,024, 1e-3, 0.5 and SI suffixes k and M ("4k" is 4000). */
export function parseNumber(text: string, bounds: NumberBounds): ParsedNumber {
  const plain = text
    .trim()
    .replace(/(?<=\d)[,\s](?=\d{3}\b)/g, '')
    .replace('−', '-');
  const match = /^(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([kM]?)$/i.exec(plain);
  if (match === null)
    return { error: plain === '' ? 'Enter a number.' : `“${text.trim()}” is not a number.` };
  const factor = match[2] === '' ? 1 : match[2]?.toLowerCase() === 'k' ? 1e3 : 1e6;
  const value = Number(match[1]) * factor;
  if (!Number.isFinite(value)) return { error: `“${text.trim()}” is not a number.` };
  if (bounds.integer && !Number.isInteger(value)) return { error: 'Enter a whole number.' };
  if (bounds.minimum !== null && value < bounds.minimum)
    return { error: `Enter at least ${bounds.minimum}.` };
  if (bounds.maximum !== null && value > bounds.maximum) return { error: `Enter at most ${bounds.maximum}.` };
  return { value };
}

/** One press of an arrow key: whole numbers by one, others by their leading digit; kept within bounds. */
export function stepNumber(value: number, direction: 1 | -1, bounds: NumberBounds): number {
  const magnitude =
    value === 0 ? 0.1 : 10 ** Math.floor(Math.log10(Math.abs(value)) + (direction < 0 ? -1e-9 : 0));
  const next = bounds.integer ? value + direction : Number((value + direction * magnitude).toPrecision(6));
  const atLeast = bounds.minimum === null ? next : Math.max(bounds.minimum, next);
  return bounds.maximum === null ? atLeast : Math.min(bounds.maximum, atLeast);
}

/** A list of numbers separated by spaces, semicolons, or commas that a space follows. */
export function parseNumbers(
  text: string,
  bounds: NumberBounds,
): { readonly value: number[] } | { readonly error: string } {
  const parts = text.split(/[\s;]+/).flatMap((part) => part.split(/,$/));
  const value: number[] = [];
  for (const part of parts.filter((entry) => entry !== '')) {
    const parsed = parseNumber(part, bounds);
    if ('error' in parsed) return { error: `${part}: ${parsed.error}` };
    value.push(parsed.value);
  }
  return { value };
}
