/** Small conversions between stored columns and the values of the contract. */
import { FinegrainError } from '../../shared/errors.ts';

/** SQLite has no NaN: NULL stands for it in columns of numbers. Infinities are stored as they are. */
export const numberFromColumn = (value: number | null): number => (value === null ? Number.NaN : value);

/** A summary column: null when unknown or not a number. */
export const optionalColumn = (value: number | null | undefined): number | null =>
  value === undefined || value === null || Number.isNaN(value) ? null : value;

export const now = (): string => new Date().toISOString();

/** A step is a whole number from 0 on. */
export function checkStep(step: number, what: string): void {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new FinegrainError('input.invalid', `${what}: step ${step} is not a whole number from 0 on.`);
  }
}
