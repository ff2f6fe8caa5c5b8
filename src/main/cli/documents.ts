/** Architecture documents on the command line: the name of a preset, or a file. */
import { existsSync, readFileSync } from 'node:fs';
import { findPreset } from '../../shared/architecture/presets.ts';
import { FinegrainError } from '../../shared/errors.ts';

/** The document as JSON, not yet validated. Throws `notFound`, or `architecture.invalid` for what is not JSON. */
export function readDocument(nameOrFile: string): unknown {
  const preset = findPreset(nameOrFile);
  if (preset !== undefined) return preset.architecture;
  if (!existsSync(nameOrFile)) {
    throw new FinegrainError(
      'notFound',
      `There is no preset or file named ${nameOrFile}.`,
      'See finegrain arch presets.',
    );
  }
  const text = readText(nameOrFile);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new FinegrainError(
      'architecture.invalid',
      `${nameOrFile} is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
      'Compare it with the output of finegrain arch show PRESET --json.',
    );
  }
}

/** A text file named on the command line. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new FinegrainError('notFound', `There is no file ${path}.`);
    throw new FinegrainError('data.unreadable', `${path} cannot be read (${code ?? String(error)}).`);
  }
}
