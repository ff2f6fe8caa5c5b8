/** Writing a checkpoint so that it is there whole or not at all, whatever ends the process or the disk. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FinegrainError } from '../../../shared/errors.ts';
import type { NamedArrays } from '../../engine/types.ts';
import {
  type FileSystem,
  nodeFileSystem,
  syncFolder,
  type WrittenFile,
  writeWhole,
} from '../../interop/byteSink.ts';
import { type TensorToWrite, writeSafetensors } from '../../interop/safetensors.ts';
import {
  architectureFile,
  buffersFile,
  type CheckpointContent,
  type CheckpointRecord,
  checkpointFolder,
  checkpointsFolder,
  firstMomentPrefix,
  hashOfFiles,
  manifestFile,
  modelFile,
  optimizerFile,
  recordFile,
  replacedName,
  secondMomentPrefix,
  temporaryName,
  tokenizerFile,
} from './format.ts';
import { listCheckpoints } from './keep.ts';

export interface WrittenCheckpoint {
  readonly step: number;
  /** The checkpoint's folder, absolute if `runFolder` is. */
  readonly folder: string;
  readonly bytes: number;
}

/**
 * Writes the checkpoint of `content.state.step` into `runFolder`, replacing one of the same step.
 *
 * Everything goes to a temporary folder beside the target; each file, then the folder, is flushed, and one rename makes
 * it appear. Throws `disk.full` with what was needed; the temporary folder is gone then and older checkpoints stand.
 */
export async function writeCheckpoint(
  runFolder: string,
  content: CheckpointContent,
  fileSystem: FileSystem = nodeFileSystem,
): Promise<WrittenCheckpoint> {
  const step = content.state.step;
  const parent = checkpointsFolder(runFolder);
  const temporary = join(parent, temporaryName(step));
  try {
    await fileSystem.mkdir(parent, { recursive: true });
    await fileSystem.rm(temporary, { recursive: true, force: true });
    await fileSystem.mkdir(temporary, { recursive: false });
    const bytes = await writeFiles(temporary, content, fileSystem);
    await syncFolder(temporary, fileSystem);
    await putInPlace(temporary, runFolder, step, fileSystem);
    return { step, folder: checkpointFolder(runFolder, step), bytes };
  } catch (error) {
    const reason = await writingError(error, runFolder, content);
    await fileSystem.rm(temporary, { recursive: true, force: true }).catch(() => {
      // The reason above is what the caller needs; an orphan is removed at the next start.
    });
    throw reason;
  }
}

async function writeFiles(
  folder: string,
  content: CheckpointContent,
  fileSystem: FileSystem,
): Promise<number> {
  const { state } = content;
  const record: CheckpointRecord = {
    format: 'finegrain.checkpoint',
    version: 1,
    ...content.record,
    step: state.step,
    createdAt: new Date().toISOString(),
  };
  const model = withShapes(state.parameters, content.shapes, '');
  const optimizer = new Map([
    ...withShapes(state.firstMoments, content.shapes, firstMomentPrefix),
    ...withShapes(state.secondMoments, content.shapes, secondMomentPrefix),
  ]);
  const files: Record<string, WrittenFile> = {};
  // The format marks tensors in PyTorch's layout with this; other readers expect it.
  const metadata = { format: 'pt' };
  files[modelFile] = await writeSafetensors(join(folder, modelFile), model, metadata, fileSystem);
  files[optimizerFile] = await writeSafetensors(join(folder, optimizerFile), optimizer, metadata, fileSystem);
  if (content.buffers.size > 0) {
    const buffers = withShapes(content.buffers, content.shapes, '');
    files[buffersFile] = await writeSafetensors(join(folder, buffersFile), buffers, metadata, fileSystem);
  }
  files[architectureFile] = await writeWhole(
    join(folder, architectureFile),
    json(content.architecture),
    fileSystem,
  );
  files[recordFile] = await writeWhole(join(folder, recordFile), json(record), fileSystem);
  if (content.tokenizer !== null) {
    files[tokenizerFile] = await writeWhole(join(folder, tokenizerFile), content.tokenizer, fileSystem);
  }
  const manifest = { format: 'finegrain.manifest', version: 1, files, filesSha256: hashOfFiles(files) };
  const written = await writeWhole(join(folder, manifestFile), JSON.stringify(manifest), fileSystem);
  return Object.values(files).reduce((sum, file) => sum + file.bytes, written.bytes);
}

function withShapes(
  arrays: NamedArrays,
  shapes: CheckpointContent['shapes'],
  prefix: string,
): Map<string, TensorToWrite> {
  const tensors = new Map<string, TensorToWrite>();
  for (const [name, data] of arrays) {
    const shape = shapes.get(name);
    if (shape === undefined)
      throw new FinegrainError('internal', `Tensor ${name} has no shape to be saved with.`);
    tensors.set(prefix + name, { shape, data });
  }
  return tensors;
}

/** A rename cannot replace a folder that holds files, so an older one steps aside first; `removeOrphans` mends a kill between. */
async function putInPlace(
  temporary: string,
  runFolder: string,
  step: number,
  fileSystem: FileSystem,
): Promise<void> {
  const parent = checkpointsFolder(runFolder);
  const target = checkpointFolder(runFolder, step);
  const replaced = join(parent, replacedName(step));
  const replaces = existsSync(target);
  if (replaces) {
    await fileSystem.rm(replaced, { recursive: true, force: true });
    await fileSystem.rename(target, replaced);
  }
  await fileSystem.rename(temporary, target);
  await syncFolder(parent, fileSystem);
  if (replaces) await fileSystem.rm(replaced, { recursive: true, force: true });
}

async function writingError(error: unknown, runFolder: string, content: CheckpointContent): Promise<unknown> {
  const code = (error as NodeJS.ErrnoException).code;
  const what = `The checkpoint of step ${content.state.step} of run ${basename(runFolder)}`;
  const older = listCheckpoints(runFolder).at(-1);
  const intact =
    older === undefined ? 'There is no older checkpoint.' : `The checkpoint of step ${older.step} is kept.`;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const needed = tensorBytes(content);
    const free = await statfs(runFolder)
      .then((space) => `, ${megabytes(space.bavail * space.bsize)} are free`)
      .catch(() => '');
    return new FinegrainError(
      'disk.full',
      `The disk is full: ${what.replace('The', 'the')} could not be written (it needs ${megabytes(needed)}${free}).`,
      `Free some space, then resume. ${intact}`,
    );
  }
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return new FinegrainError(
      'store.unwritable',
      `${what} could not be written (${code}).`,
      `Check the permissions of ${runFolder}. ${intact}`,
    );
  }
  return error;
}

function tensorBytes({ state, buffers }: CheckpointContent): number {
  let bytes = 0;
  for (const arrays of [state.parameters, state.firstMoments, state.secondMoments, buffers]) {
    for (const data of arrays.values()) bytes += data.byteLength;
  }
  return bytes;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
