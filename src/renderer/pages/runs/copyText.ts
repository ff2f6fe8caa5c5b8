/** Puts text on the clipboard and says so; where the browser refuses, says why. */
import { FinegrainError } from '../../../shared/errors.ts';
import { say, sayError } from '../../state/messages.ts';

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(`${what} copied.`);
  } catch (error) {
    sayError(
      new FinegrainError(
        'input.invalid',
        `${what} could not be copied: ${error instanceof Error ? error.message : String(error)}`,
        'Allow this page to write to the clipboard.',
      ),
    );
  }
}
