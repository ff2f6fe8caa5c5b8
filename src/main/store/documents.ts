/**
 * Documents as they were stored, read into today's form. Runs and checkpoints outlive schemas: an architecture of an
 * older version is migrated, and a configuration gets the defaults of settings that came later.
 */
import { type Architecture, architectureSchema } from '../../shared/architecture/document.ts';
import { migrate } from '../../shared/architecture/migrations.ts';
import { FinegrainError } from '../../shared/errors.ts';
import { type RunConfiguration, runConfigurationSchema } from '../../shared/run/configuration.ts';

/**
 * The architecture in a stored JSON value. Rules that cross fields are not asked again: they held when it was written,
 * and a run must stay readable when they grow stricter. Throws `architecture.invalid`, naming field and reason.
 */
export function storedArchitecture(value: unknown): Architecture {
  const migrated = migrate(value);
  if ('problem' in migrated)
    throw unreadable('architecture', migrated.problem.path, migrated.problem.message);
  const parsed = architectureSchema.safeParse(migrated.document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw unreadable('architecture', issue.path.map(String).join('.'), issue.message);
}

/** The run configuration in a stored JSON value. Throws `configuration.invalid`, naming field and reason. */
export function storedConfiguration(value: unknown): RunConfiguration {
  const parsed = runConfigurationSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw unreadable('configuration', issue.path.map(String).join('.'), issue.message);
}

function unreadable(what: 'architecture' | 'configuration', path: string, message: string): FinegrainError {
  return new FinegrainError(
    `${what}.invalid`,
    `The stored ${what} cannot be read: ${path || 'document'}: ${message}.`,
    'It was written by another version of Finegrain; open it with that one.',
    [{ path, message }],
  );
}
