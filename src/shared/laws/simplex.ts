/** Nelder and Mead's simplex (1965), for the two to four non-linear parameters that a grid has brought near. */

export interface Corner {
  readonly point: readonly number[];
  readonly value: number;
}

/**
 * Least point found from `start`; the first `sizes.length` coordinates move, first by `sizes`, the others stay. It is
 * restarted at what it found, with a simplex turned round, until that gains less than a millionth.
 */
export function simplex(
  f: (point: readonly number[]) => number,
  start: readonly number[],
  sizes: readonly number[],
  restarts = 3,
): Corner {
  let best: Corner = { point: start, value: f(start) };
  for (let restart = 0; restart < restarts; restart++) {
    const before = best.value;
    const turn = restart % 2 === 0 ? 1 : -0.3;
    best = descend(
      f,
      best,
      sizes.map((size) => size * turn),
    );
    if (restart > 0 && !(before - best.value > 1e-6 * before)) break;
  }
  return best;
}

function descend(f: (point: readonly number[]) => number, start: Corner, sizes: readonly number[]): Corner {
  const size = sizes.length;
  const corners: Corner[] = [start];
  for (const [k, by] of sizes.entries()) {
    const point = start.point.map((value, axis) => (axis === k ? value + by : value));
    corners.push({ point, value: f(point) });
  }
  for (let round = 0; round < 100 * size; round++) {
    corners.sort((a, b) => a.value - b.value);
    const [first, worst] = [corners[0]!, corners[size]!];
    if (!(worst.value - first.value > 1e-9 * first.value)) break;
    const centre = start.point.map((value, axis) =>
      axis < size ? corners.slice(0, size).reduce((sum, one) => sum + one.point[axis]!, 0) / size : value,
    );
    const along = (by: number): Corner => {
      const point = centre.map((value, axis) => value + by * (worst.point[axis]! - value));
      return { point, value: f(point) };
    };
    const mirrored = along(-1);
    if (mirrored.value < first.value) {
      const further = along(-2);
      corners[size] = further.value < mirrored.value ? further : mirrored;
    } else if (mirrored.value < corners[size - 1]!.value) {
      corners[size] = mirrored;
    } else {
      const nearer = along(mirrored.value < worst.value ? -0.5 : 0.5);
      if (nearer.value < Math.min(worst.value, mirrored.value)) {
        corners[size] = nearer;
      } else {
        for (let k = 1; k <= size; k++) {
          const point = corners[k]!.point.map((value, axis) => (value + first.point[axis]!) / 2);
          corners[k] = { point, value: f(point) };
        }
      }
    }
  }
  return corners.reduce((a, b) => (b.value < a.value ? b : a));
}
