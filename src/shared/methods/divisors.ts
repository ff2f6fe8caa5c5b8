/** The divisors of `value`, ascending. */
export function divisors(value: number): number[] {
  const small: number[] = [];
  const large: number[] = [];
  for (let candidate = 1; candidate * candidate <= value; candidate++) {
    if (value % candidate !== 0) continue;
    small.push(candidate);
    if (candidate * candidate !== value) large.unshift(value / candidate);
  }
  return [...small, ...large];
}

/** The divisors of `value` next to `wish`: one below and one above where both exist. For messages that name a way out. */
export function nearestDivisors(value: number, wish: number): number[] {
  const all = divisors(value);
  const below = all.filter((divisor) => divisor <= wish).at(-1);
  const above = all.find((divisor) => divisor >= wish);
  return [...new Set([below, above].filter((divisor) => divisor !== undefined))];
}

/** The multiples of `unit` next to `wish`, at least one unit. */
export function nearestMultiples(unit: number, wish: number): number[] {
  const below = Math.floor(wish / unit) * unit;
  const above = Math.ceil(wish / unit) * unit;
  return [...new Set([below, above].filter((multiple) => multiple > 0))];
}
