/**
 * Values of a sweep as people write them: `0.001, 0.003`, or a range `1e-4..1e-2`, with `:log` for a logarithmic one and
 * `:5` for five values across it. A range between whole numbers has whole numbers.
 */
import { FinegrainError } from '../errors.ts';
import type { FieldValue } from './fields.ts';
import type { SweepAxis } from './sweep.ts';

export const valuesHint = 'Write values (0.001, 0.003) or a range (1e-4..1e-2:log:5).';

/** Throws `input.invalid`, naming field and text. */
export function parseAxis(field: string, text: string): SweepAxis {
  const refuse = (what: string): never => {
    throw new FinegrainError('input.invalid', `${field}: ${what}.`, valuesHint, [
      { path: field, message: what },
    ]);
  };
  const plain = text.trim();
  if (plain === '') return refuse('no value is given');
  if (plain.includes('..')) {
    const [range, ...options] = plain.split(':').map((part) => part.trim());
    const ends = range!.split('..').map((part) => part.trim());
    const [from, to] = ends.map(Number);
    if (ends.length !== 2 || ends.includes('') || !Number.isFinite(from) || !Number.isFinite(to)) {
      return refuse(`“${range}” is no range between two numbers`);
    }
    let points = 3;
    let scale: 'linear' | 'log' = 'linear';
    for (const option of options) {
      const count = Number(option);
      if (option === 'log' || option === 'linear') scale = option;
      else if (Number.isInteger(count) && count >= 2 && count <= 200) points = count;
      else return refuse(`“${option}” is neither log nor a number of values from 2 to 200`);
    }
    const whole = ends.every((end) => /^-?\d+$/.test(end));
    return { field, from: from!, to: to!, scale, whole, points };
  }
  const parts = plain.split(',').map((part) => part.trim());
  if (parts.includes('')) return refuse(`“${plain}” lacks a value beside a comma`);
  const values = parts.map(readValue);
  const twice = values.find((value, at) => values.indexOf(value) !== at);
  if (twice !== undefined) return refuse(`${twice} is given twice`);
  return { field, values };
}

/** `learningRate=0.001,0.003` of a command line. */
export function parseAssignment(text: string): SweepAxis {
  const at = text.indexOf('=');
  if (at < 1) {
    throw new FinegrainError(
      'input.invalid',
      `“${text}” names no field and values.`,
      'Write FIELD=VALUES, for example learningRate=0.001,0.003.',
    );
  }
  return parseAxis(text.slice(0, at).trim(), text.slice(at + 1));
}

/** The axis as text that reads back as itself. */
export function formatAxis(axis: SweepAxis): string {
  if ('values' in axis) return axis.values.join(', ');
  const { from, to, scale, points, whole } = axis;
  // 0.0..1.0 is a range of real numbers; 0..1 of whole ones.
  const end = (value: number) => (!whole && /^-?\d+$/.test(String(value)) ? `${value}.0` : String(value));
  return `${end(from)}..${end(to)}${scale === 'log' ? ':log' : ''}:${points}`;
}

function readValue(text: string): FieldValue {
  if (text === 'true') return true;
  if (text === 'false') return false;
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}
