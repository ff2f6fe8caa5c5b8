/** Tokenizers of the workspace: the listing and the manifest; `tokenizer.json` lies in their folder. */
import { FinegrainError } from '../../shared/errors.ts';
import type { TokenizerRow } from '../../shared/rpc/contract.ts';
import type { Connection } from './connection.ts';
import { now } from './rows.ts';

export interface StoredTokenizer extends TokenizerRow {
  /** Relative to the workspace, with forward slashes. */
  readonly folder: string;
  readonly manifest: unknown;
}

export type NewTokenizer = Omit<StoredTokenizer, 'createdAt'> & { readonly createdAt?: string };

export interface TokenizerRecords {
  /** A taken name is refused with `input.invalid`. */
  add(tokenizer: NewTokenizer): StoredTokenizer;
  /** Adds or replaces. */
  put(tokenizer: NewTokenizer): StoredTokenizer;
  /** In order of name. */
  list(): TokenizerRow[];
  find(name: string): StoredTokenizer | null;
  /** Throws `notFound` with the names there are. */
  get(name: string): StoredTokenizer;
  remove(name: string): void;
}

const rowColumns = 'name, vocabulary, data, hash, created_at AS createdAt';

export function tokenizerRecords(connection: Connection): TokenizerRecords {
  const put: TokenizerRecords['put'] = (tokenizer) => {
    const stored: StoredTokenizer = { ...tokenizer, createdAt: tokenizer.createdAt ?? now() };
    connection.run(
      `INSERT OR REPLACE INTO tokenizers (name, vocabulary, data, hash, folder, manifest, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      stored.name,
      stored.vocabulary,
      stored.data,
      stored.hash,
      stored.folder,
      JSON.stringify(stored.manifest),
      stored.createdAt,
    );
    return stored;
  };

  const find: TokenizerRecords['find'] = (name) => {
    const row = connection.get<TokenizerRow & { folder: string; manifest: string }>(
      `SELECT ${rowColumns}, folder, manifest FROM tokenizers WHERE name = ?`,
      name,
    );
    return row === undefined ? null : { ...row, manifest: JSON.parse(row.manifest) as unknown };
  };

  const list = () => connection.all<TokenizerRow>(`SELECT ${rowColumns} FROM tokenizers ORDER BY name`);

  return {
    put,
    find,
    list,
    add(tokenizer) {
      if (find(tokenizer.name) !== null) {
        throw new FinegrainError(
          'input.invalid',
          `A tokenizer named ${tokenizer.name} exists already.`,
          'Choose another name.',
        );
      }
      return put(tokenizer);
    },
    get(name) {
      const found = find(name);
      if (found !== null) return found;
      const names = list().map((row) => row.name);
      throw new FinegrainError(
        'notFound',
        `There is no tokenizer named ${name}.`,
        names.length === 0
          ? 'Train one with: finegrain tokenizer train --data NAME --vocab V --name NAME'
          : `There are: ${names.join(', ')}.`,
      );
    },
    remove(name) {
      connection.run('DELETE FROM tokenizers WHERE name = ?', name);
    },
  };
}
