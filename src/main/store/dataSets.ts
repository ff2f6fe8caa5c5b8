/** Data sets of the workspace: the listing and the manifest; their files lie in their folders. */
import { FinegrainError } from '../../shared/errors.ts';
import type { DataSetRow } from '../../shared/rpc/contract.ts';
import type { Connection } from './connection.ts';
import { now } from './rows.ts';

export interface StoredDataSet extends DataSetRow {
  /** Relative to the workspace, with forward slashes. */
  readonly folder: string;
  /** What the text service needs to read the files; its own shape. */
  readonly manifest: unknown;
}

export type NewDataSet = Omit<StoredDataSet, 'createdAt'> & { readonly createdAt?: string };

export interface DataSetRecords {
  /** A taken name is refused with `input.invalid`. */
  add(dataSet: NewDataSet): StoredDataSet;
  /** Adds or replaces. */
  put(dataSet: NewDataSet): StoredDataSet;
  /** In order of name. */
  list(): DataSetRow[];
  find(name: string): StoredDataSet | null;
  /** Throws `notFound` with the names there are. */
  get(name: string): StoredDataSet;
  remove(name: string): void;
}

const rowColumns = `name, domain, documents, bytes, hash, invalid_bytes AS invalidBytes, created_at AS createdAt`;

export function dataSetRecords(connection: Connection): DataSetRecords {
  const put: DataSetRecords['put'] = (dataSet) => {
    const stored: StoredDataSet = { ...dataSet, createdAt: dataSet.createdAt ?? now() };
    connection.run(
      `INSERT OR REPLACE INTO data_sets (name, domain, documents, bytes, hash, invalid_bytes, folder, manifest, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      stored.name,
      stored.domain,
      stored.documents,
      stored.bytes,
      stored.hash,
      stored.invalidBytes,
      stored.folder,
      JSON.stringify(stored.manifest),
      stored.createdAt,
    );
    return stored;
  };

  const find: DataSetRecords['find'] = (name) => {
    const row = connection.get<DataSetRow & { folder: string; manifest: string }>(
      `SELECT ${rowColumns}, folder, manifest FROM data_sets WHERE name = ?`,
      name,
    );
    return row === undefined ? null : { ...row, manifest: JSON.parse(row.manifest) as unknown };
  };

  const list = () => connection.all<DataSetRow>(`SELECT ${rowColumns} FROM data_sets ORDER BY name`);

  return {
    put,
    find,
    list,
    add(dataSet) {
      if (find(dataSet.name) !== null) {
        throw new FinegrainError(
          'input.invalid',
          `A data set named ${dataSet.name} exists already.`,
          'Choose another name.',
        );
      }
      return put(dataSet);
    },
    get(name) {
      const found = find(name);
      if (found !== null) return found;
      const names = list().map((row) => row.name);
      throw new FinegrainError(
        'notFound',
        `There is no data set named ${name}.`,
        names.length === 0
          ? 'Add one with: finegrain data add PATH --name NAME'
          : `There are: ${names.join(', ')}.`,
      );
    },
    remove(name) {
      connection.run('DELETE FROM data_sets WHERE name = ?', name);
    },
  };
}
