/** Names of data sets and tokenizers: they become folder names on any platform. */
import { FinegrainError } from '../../../shared/errors.ts';

const allowed = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._-]{0,78}[\p{L}\p{M}\p{N}_-])?$/u;
const reservedOnWindows = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/** The name in composed form. Throws FinegrainError `input.invalid`; `what` is e.g. `data set`. */
export function checkName(name: string, what: string): string {
  const composed = name.normalize('NFC');
  if (allowed.test(composed) && !reservedOnWindows.test(composed)) return composed;
  throw new FinegrainError(
    'input.invalid',
    `name: ${JSON.stringify(name)} cannot name a ${what}.`,
    'Use 1 to 80 letters, digits, spaces, dots, underscores and hyphens; begin with a letter or digit and do not end in a dot.',
  );
}
