/** Fields of all runs, for tables that query and sort by any of them: read once from each stored document. */
import { type RunFields, runFields } from '../../../shared/run/fields.ts';
import { type Store, storedArchitecture, storedConfiguration } from '../../store/index.ts';

export class FieldList {
  private readonly store: Store;
  /** By the stored texts, which change only when a run is given more steps. */
  private read = new Map<string, RunFields>();

  constructor(store: Store) {
    this.store = store;
  }

  all(): Record<string, RunFields> {
    const kept = new Map<string, RunFields>();
    const fields = Object.fromEntries(
      this.store.runs.documents().map(({ run, architecture, configuration }) => {
        const key = `${architecture}\n${configuration}`;
        const found = kept.get(key) ?? this.read.get(key) ?? parse(architecture, configuration);
        kept.set(key, found);
        return [run, found];
      }),
    );
    this.read = kept;
    return fields;
  }
}

/** A document that this version cannot read has no fields; opening the run says why. */
function parse(architecture: string, configuration: string): RunFields {
  try {
    return runFields(
      storedArchitecture(JSON.parse(architecture)),
      storedConfiguration(JSON.parse(configuration)),
    );
  } catch {
    return {};
  }
}
