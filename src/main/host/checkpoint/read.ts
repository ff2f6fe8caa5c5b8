/** Reading checkpoints: every file's size and checksum is verified before a number of it is used. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Architecture } from '../../../shared/architecture/document.ts';
import { FinegrainError } from '../../../shared/errors.ts';
import { bufferSpecs } from '../../../shared/methods/languageModel.ts';
import type { NamedArrays, TrainingState } from '../../engine/types.ts';
import { readSafetensors } from '../../interop/safetensors.ts';
import { storedArchitecture } from '../../store/documents.ts';
import {
  architectureFile,
  buffersFile,
  type CheckpointManifest,
  type CheckpointRecord,
  checkpointFolder,
  checkpointRecordSchema,
  checkpointStep,
  firstMomentPrefix,
  hashOfFiles,
  manifestFile,
  manifestSchema,
  modelFile,
  optimizerFile,
  recordFile,
  requiredFiles,
  secondMomentPrefix,
  tokenizerFile,
} from './format.ts';
import { listCheckpoints } from './keep.ts';

export interface LoadedCheckpoint {
  readonly folder: string;
  readonly step: number;
  /** Moments are empty where they were not asked for. */
  readonly state: TrainingState;
  /** Of parameters and buffers. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Untrained constants by full name; empty where the model has none. */
  readonly buffers: NamedArrays;
  readonly architecture: Architecture;
  readonly record: CheckpointRecord;
  readonly tokenizer: string | null;
}

export interface ReadOptions {
  /** Read (and verify) AdamW's moments; default true. Evaluation and sampling need the weights only. */
  readonly optimizer?: boolean;
}

export interface ValidCheckpoint {
  readonly step: number;
  readonly folder: string;
  /** Why newer checkpoints were passed over, newest first. */
  readonly damaged: readonly FinegrainError[];
}

/** What is wrong with a checkpoint, before a way out has been looked for. */
class Damage extends Error {
  constructor(file: string, what: string) {
    super(`${file} ${what}`);
  }
}

/** Checks that every file is there with its size and checksum. Throws `checkpoint.missing` or `checkpoint.damaged`. */
export async function verifyCheckpoint(
  folder: string,
  options: ReadOptions = {},
): Promise<CheckpointManifest> {
  if (!existsSync(folder)) throw missing(folder);
  return await withWayOut(folder, () => verifyFiles(folder, options));
}

async function verifyFiles(folder: string, options: ReadOptions): Promise<CheckpointManifest> {
  const manifest = await readManifest(folder);
  for (const name of requiredFiles) {
    if (manifest.files[name] === undefined) throw new Damage(manifestFile, `does not list ${name}`);
  }
  for (const [name, expected] of Object.entries(manifest.files)) {
    if (name === optimizerFile && options.optimizer === false) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) throw new Damage(name, 'is missing');
    if (found.size !== expected.bytes) {
      throw new Damage(name, `has ${found.size} bytes instead of ${expected.bytes}`);
    }
    if ((await hashOfFile(path)) !== expected.sha256) throw new Damage(name, 'does not match its checksum');
  }
  return manifest;
}

/** Verifies and reads a checkpoint folder. Throws `checkpoint.missing` or `checkpoint.damaged`, naming the file and an intact older step. */
export async function readCheckpoint(folder: string, options: ReadOptions = {}): Promise<LoadedCheckpoint> {
  const manifest = await verifyCheckpoint(folder, options);
  return await withWayOut(folder, () => readFiles(folder, manifest, options));
}

async function readFiles(
  folder: string,
  manifest: CheckpointManifest,
  options: ReadOptions,
): Promise<LoadedCheckpoint> {
  const record = checkpointRecordSchema.safeParse(await readJson(folder, recordFile));
  if (!record.success) throw new Damage(recordFile, `cannot be understood (${firstIssue(record.error)})`);
  const architecture = understood(await readJson(folder, architectureFile));
  const model = await readTensors(folder, modelFile);
  const buffers =
    buffersFile in manifest.files
      ? await readTensors(folder, buffersFile)
      : { arrays: new Map(), shapes: new Map() };
  for (const { name } of bufferSpecs(architecture)) {
    // Computed anew they might differ: the text that they were counted on may have changed.
    if (!buffers.arrays.has(name)) throw new Damage(buffersFile, `lacks ${name}`);
  }
  const moments = options.optimizer === false ? undefined : await readTensors(folder, optimizerFile);
  const withPrefix = (prefix: string): NamedArrays => {
    const arrays: NamedArrays = new Map();
    for (const [name, data] of moments?.arrays ?? []) {
      if (name.startsWith(prefix)) arrays.set(name.slice(prefix.length), data);
    }
    return arrays;
  };
  return {
    folder,
    step: record.data.step,
    state: {
      step: record.data.step,
      parameters: model.arrays,
      firstMoments: withPrefix(firstMomentPrefix),
      secondMoments: withPrefix(secondMomentPrefix),
    },
    shapes: new Map([...model.shapes, ...buffers.shapes]),
    buffers: buffers.arrays,
    architecture,
    record: record.data,
    tokenizer: tokenizerFile in manifest.files ? await readFile(join(folder, tokenizerFile), 'utf8') : null,
  };
}

/** The newest checkpoint of a run that verifies (at or below `atMost`, if given), or null. Damaged ones are passed over and named. */
export async function newestValid(
  runFolder: string,
  options: ReadOptions & { readonly atMost?: number } = {},
): Promise<ValidCheckpoint | null> {
  const atMost = options.atMost ?? Number.POSITIVE_INFINITY;
  const passedOver: { folder: string; damage: Damage }[] = [];
  for (const { step, folder } of listCheckpoints(runFolder).reverse()) {
    if (step > atMost) continue;
    try {
      await verifyFiles(folder, options);
      return {
        step,
        folder,
        damaged: passedOver.map((item) => damagedError(item.folder, item.damage, step)),
      };
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      passedOver.push({ folder, damage: error });
    }
  }
  return null;
}

/**
 * Reads the checkpoint of `step`, or the newest one that is sound when `step` is absent; `damaged` names newer ones that
 * were passed over. Throws `checkpoint.missing` when there is none, `checkpoint.damaged` when none is sound.
 */
export async function loadCheckpoint(
  runFolder: string,
  step?: number,
  options: ReadOptions = {},
): Promise<LoadedCheckpoint & { readonly damaged: readonly FinegrainError[] }> {
  if (step !== undefined) {
    return { ...(await readCheckpoint(checkpointFolder(runFolder, step), options)), damaged: [] };
  }
  const valid = await newestValid(runFolder, options);
  if (valid !== null) return { ...(await readCheckpoint(valid.folder, options)), damaged: valid.damaged };
  const newest = listCheckpoints(runFolder).at(-1);
  if (newest !== undefined) await verifyCheckpoint(newest.folder, options); // throws why
  throw new FinegrainError(
    'checkpoint.missing',
    `Run ${basename(runFolder)} has no checkpoint.`,
    'It can be started anew, but not resumed.',
  );
}

async function readManifest(folder: string): Promise<CheckpointManifest> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(join(folder, manifestFile), 'utf8'));
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Damage(manifestFile, absent ? 'is missing' : 'is not JSON');
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) throw new Damage(manifestFile, `cannot be understood (${firstIssue(parsed.error)})`);
  if (hashOfFiles(parsed.data.files) !== parsed.data.filesSha256) {
    throw new Damage(manifestFile, 'does not match its own checksum');
  }
  return parsed.data;
}

async function readTensors(
  folder: string,
  name: string,
): Promise<{ arrays: NamedArrays; shapes: Map<string, readonly number[]> }> {
  const arrays: NamedArrays = new Map();
  const shapes = new Map<string, readonly number[]>();
  for (const [tensorName, { data, shape }] of await readSafetensors(join(folder, name))) {
    if (!(data instanceof Float32Array)) throw new Damage(name, `holds ${tensorName}, which is not float32`);
    arrays.set(tensorName, data);
    shapes.set(tensorName, shape);
  }
  return { arrays, shapes };
}

/** The architecture, of whatever version, in today's form. */
function understood(document: unknown): Architecture {
  try {
    return storedArchitecture(document);
  } catch (error) {
    if (!(error instanceof FinegrainError)) throw error;
    throw new Damage(architectureFile, `cannot be understood (${error.message})`);
  }
}

const readJson = async (folder: string, name: string): Promise<unknown> =>
  JSON.parse(await readFile(join(folder, name), 'utf8'));

async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

const firstIssue = (error: { issues: { path: PropertyKey[]; message: string }[] }): string => {
  const issue = error.issues[0]!;
  return `${issue.path.map(String).join('.') || 'document'}: ${issue.message}`;
};

/** Turns damage into an error whose hint names the newest older step that verifies. */
async function withWayOut<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    const { runFolder, step } = place(folder);
    const older = await newestValid(runFolder, { atMost: step - 1 });
    throw damagedError(folder, error, older?.step ?? null);
  }
}

function damagedError(folder: string, damage: Damage, intact: number | null): FinegrainError {
  const { run, step } = place(folder);
  return new FinegrainError(
    'checkpoint.damaged',
    `The checkpoint of step ${step} of run ${run} is damaged: ${damage.message}.`,
    intact === null
      ? 'No older checkpoint of this run is intact; the run has to be started anew.'
      : `The older checkpoint of step ${intact} is intact: finegrain runs resume ${run} --from-step ${intact}`,
  );
}

function missing(folder: string): FinegrainError {
  const { run, step, runFolder } = place(folder);
  const steps = listCheckpoints(runFolder).map((found) => found.step);
  return new FinegrainError(
    'checkpoint.missing',
    `Run ${run} has no checkpoint of step ${step}.`,
    steps.length === 0 ? 'It has none at all.' : `It has checkpoints of steps ${steps.join(', ')}.`,
  );
}

function place(folder: string): { run: string; step: number; runFolder: string } {
  const runFolder = dirname(dirname(folder));
  return { run: basename(runFolder), step: checkpointStep(basename(folder)) ?? 0, runFolder };
}
