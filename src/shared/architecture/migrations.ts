/**
 * Numbered migrations of the architecture document. `migrations[v]` turns a document of version v into version v + 1;
 * each is written once and never changed after a release. A document from a newer version is refused, never guessed at.
 */
import type { Problem } from '../errors.ts';
import { architectureFormat, architectureVersion } from './document.ts';

type Json = Record<string, unknown>;
export type Migration = (document: Json) => Json;

/** Version 2: the rotary base of an attention object becomes its `position`, one of several encodings. */
function rotaryBaseToPosition(document: Json): Json {
  if (!Array.isArray(document.blocks)) return document;
  const blocks = document.blocks.map((block: unknown) => {
    if (!isJson(block) || !isJson(block.attention) || !('rotaryBase' in block.attention)) return block;
    const { rotaryBase, ...attention } = block.attention;
    return { ...block, attention: { ...attention, position: { kind: 'rope', base: rotaryBase } } };
  });
  return { ...document, blocks };
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** From version 1 on. They see documents before any check, so that they leave what they do not know as it is. */
export const migrations: Readonly<Record<number, Migration>> = { 1: rotaryBaseToPosition };

export type Migrated = { readonly document: unknown } | { readonly problem: Problem };

/** Brings a parsed JSON value to the newest version, or says why that cannot be done. */
export function migrate(
  value: unknown,
  steps: Readonly<Record<number, Migration>> = migrations,
  newest: number = architectureVersion,
): Migrated {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const found = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
    return { problem: { path: '', message: `the document is ${found}: an architecture is a JSON object` } };
  }
  let document = value as Json;
  if (document.format !== architectureFormat) {
    return {
      problem: {
        path: 'format',
        message: `format ${JSON.stringify(document.format) ?? 'is missing'}: set format to "${architectureFormat}"`,
      },
    };
  }
  const version = document.version;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    return {
      problem: {
        path: 'version',
        message: `version ${JSON.stringify(version) ?? 'is missing'}: set version to ${newest}`,
      },
    };
  }
  if (version > newest) {
    return {
      problem: {
        path: 'version',
        message: `version ${version} is newer than ${newest}, the newest this program reads: open it with a newer Finegrain`,
      },
    };
  }
  for (let from = version; from < newest; from++) {
    const step = steps[from];
    if (step === undefined) {
      return {
        problem: { path: 'version', message: `version ${from} cannot be brought to version ${from + 1}` },
      };
    }
    document = { ...step(document), version: from + 1 };
  }
  return { document };
}
