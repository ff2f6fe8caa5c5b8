/** The data set's manifest, written last into its folder. */
import { z } from 'zod';

export const dataSetFormat = 'finegrain.dataset';
export const dataSetVersion = 1;

/** Files inside a data set's folder. */
export const documentsFile = 'documents.utf8'; // All documents' text, one after another.
export const indexFile = 'documents.index'; // The end of each document as uint64, little endian.
export const manifestFile = 'manifest.json';

export const dataSetManifestSchema = z.strictObject({
  format: z.literal(dataSetFormat),
  version: z.literal(dataSetVersion),
  name: z.string(),
  domain: z.string().nullable(),
  documents: z.int().positive(),
  bytes: z.int().positive(),
  /** sha256 over each document's text followed by its length (uint64, little endian). */
  hash: z.string(),
  /** Bytes that were not valid UTF-8 and were replaced by U+FFFD. */
  invalidBytes: z.int().nonnegative(),
  /** Documents equal to an earlier one; they are kept. */
  duplicates: z.int().nonnegative(),
  /** Documents without any text but white space; they are left out. */
  emptyDocuments: z.int().nonnegative(),
  /** Files read. */
  files: z.int().nonnegative(),
  /** Files left out and why: the first 100. */
  skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  skippedFiles: z.int().nonnegative(),
  createdAt: z.string(),
});
export type DataSetManifest = z.infer<typeof dataSetManifestSchema>;
