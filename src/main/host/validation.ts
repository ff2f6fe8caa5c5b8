/** Parsing what comes from outside, with errors that name the field, its value and what is allowed. */
import type { z } from 'zod';
import { type ErrorCode, FinegrainError, type Problem } from '../../shared/errors.ts';

/** `schema.parse` whose failure is one of ours. `what` names the thing in the message, e.g. `The run configuration`. */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
  code: ErrorCode = 'input.invalid',
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue): Problem => {
    const path = issue.path.map(String).join('.');
    return { path, message: `${issue.message}${given(value, issue.path)}` };
  });
  throw invalid(code, what, problems);
}

/** One error for a list of problems: the first in the sentence, all of them attached. */
export function invalid(code: ErrorCode, what: string, problems: readonly Problem[]): FinegrainError {
  const [first] = problems;
  const at = first === undefined || first.path === '' ? '' : ` ${first.path}:`;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new FinegrainError(
    code,
    `${what} is not valid:${at} ${first?.message ?? 'no reason given'}${more}`,
    undefined,
    problems,
  );
}

function given(value: unknown, path: readonly PropertyKey[]): string {
  let at: unknown = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return '';
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  if (at === undefined || (typeof at === 'object' && at !== null)) return '';
  return ` (given: ${JSON.stringify(at)?.slice(0, 80)})`;
}
