import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFileSystem } from '../../interop/byteSink.ts';
import { openStore } from '../../store/index.ts';
import { newRun, point, reasonOf, temporaryFolder } from '../../store/testSupport.ts';
import {
  checkpointFolder,
  listCheckpoints,
  loadCheckpoint,
  newestValid,
  prune,
  readCheckpoint,
  removeOrphans,
  rewindRun,
  verifyCheckpoint,
  writeCheckpoint,
} from '../checkpoints.ts';
import { checkpointContent } from './testSupport.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let run: string;
beforeEach(() => {
  temporary = temporaryFolder();
  run = join(temporary.path, 'rtest1');
});
afterEach(() => temporary.remove());

const steps = () => listCheckpoints(run).map(({ step }) => step);
const write = async (...wanted: number[]) => {
  for (const step of wanted) await writeCheckpoint(run, checkpointContent(step));
};
const files = [
  'model.safetensors',
  'optimizer.safetensors',
  'buffers.safetensors',
  'architecture.json',
  'run.json',
  'tokenizer.json',
  'manifest.json',
];

describe('a checkpoint', () => {
  it('holds all of the training state, bit for bit', async () => {
    const content = checkpointContent(100);
    const written = await writeCheckpoint(run, content);
    expect(written.folder).toBe(join(run, 'checkpoints', 'step-000100'));
    expect(readdirSync(written.folder).sort()).toEqual([...files].sort());
    expect(written.bytes).toBe(listCheckpoints(run)[0]!.bytes);
    const read = await readCheckpoint(written.folder);
    expect(read.state).toEqual(content.state);
    expect(read.buffers).toEqual(content.buffers);
    expect(read.shapes).toEqual(content.shapes);
    expect(read.architecture).toEqual(content.architecture);
    expect(read.record).toMatchObject({ ...content.record, step: 100 });
    expect(read.tokenizer).toBe(content.tokenizer);
  });

  it('is read without the optimiser where only weights are wanted', async () => {
    await write(100);
    rmSync(join(checkpointFolder(run, 100), 'optimizer.safetensors'));
    const read = await readCheckpoint(checkpointFolder(run, 100), { optimizer: false });
    expect(read.state.parameters.size).toBe(3);
    expect(read.state.firstMoments.size).toBe(0);
  });

  it('replaces one of the same step', async () => {
    await write(100);
    const changed = checkpointContent(100);
    changed.state.parameters.get('norm.gain')![0] = 1234;
    await writeCheckpoint(run, changed);
    expect((await loadCheckpoint(run)).state).toEqual(changed.state);
    expect(readdirSync(join(run, 'checkpoints'))).toEqual(['step-000100']);
  });

  it('has no file of buffers where the model has none, and then reads as without', async () => {
    const { folder } = await writeCheckpoint(run, { ...checkpointContent(1), buffers: new Map() });
    expect(existsSync(join(folder, 'buffers.safetensors'))).toBe(false);
    expect((await readCheckpoint(folder)).buffers.size).toBe(0);
  });

  it('keeps masks out of the optimiser', async () => {
    const { folder } = await writeCheckpoint(run, checkpointContent(1));
    const { state } = await readCheckpoint(folder);
    for (const arrays of [state.parameters, state.firstMoments, state.secondMoments]) {
      expect([...arrays.keys()]).not.toContain('blocks.0.ffn.visible');
    }
  });

  it('may come from a run without a tokenizer', async () => {
    await writeCheckpoint(run, { ...checkpointContent(1), tokenizer: null });
    expect((await loadCheckpoint(run)).tokenizer).toBeNull();
  });

  it('that does not exist is named, with those that do', async () => {
    expect((await reasonOf(() => loadCheckpoint(run))).code).toBe('checkpoint.missing');
    await write(100, 200);
    const reason = await reasonOf(() => loadCheckpoint(run, 150));
    expect(reason.code).toBe('checkpoint.missing');
    expect(reason.hint).toContain('100, 200');
  });
});

describe('a damaged checkpoint', () => {
  const flip = (name: string, share: number) => {
    const path = join(checkpointFolder(run, 200), name);
    const bytes = readFileSync(path);
    bytes[Math.min(bytes.length - 1, Math.floor(bytes.length * share))]! ^= 4;
    writeFileSync(path, bytes);
  };

  for (const name of files) {
    it(`is known by one flipped bit anywhere in ${name}, and names the file and the way out`, async () => {
      for (const share of [0, 0.01, 0.2, 0.5, 0.8, 0.99, 1]) {
        await write(100, 200);
        flip(name, share);
        const reason = await reasonOf(() => readCheckpoint(checkpointFolder(run, 200)));
        expect(reason.code).toBe('checkpoint.damaged');
        expect(reason.message).toContain('step 200 of run rtest1');
        expect(reason.message).toContain(name);
        expect(reason.hint).toContain('finegrain runs resume rtest1 --from-step 100');
      }
    });

    it(`is known by ${name} cut short or missing`, async () => {
      await write(100, 200);
      const path = join(checkpointFolder(run, 200), name);
      truncateSync(path, readFileSync(path).length - 1);
      expect((await reasonOf(() => verifyCheckpoint(checkpointFolder(run, 200)))).message).toContain(name);
      truncateSync(path, 0);
      expect((await reasonOf(() => verifyCheckpoint(checkpointFolder(run, 200)))).message).toContain(name);
      rmSync(path);
      const reason = await reasonOf(() => verifyCheckpoint(checkpointFolder(run, 200)));
      expect(reason.message).toContain(`${name} is missing`);
      expect(reason.hint).toContain('step 100 is intact');
    });
  }

  it('is passed over for the newest that is sound, and said so', async () => {
    await write(100, 200, 300);
    flip('model.safetensors', 0.5);
    rmSync(join(checkpointFolder(run, 300), 'manifest.json'));
    const valid = (await newestValid(run))!;
    expect(valid.step).toBe(100);
    expect(valid.damaged.map(({ message }) => message)).toEqual([
      expect.stringContaining('step 300'),
      expect.stringContaining('step 200'),
    ]);
    const loaded = await loadCheckpoint(run);
    expect(loaded.state).toEqual(checkpointContent(100).state);
    expect(loaded.damaged).toHaveLength(2);
    expect((await newestValid(run, { atMost: 99 })) === null).toBe(true);
  });

  it('that is the only one says that there is no way back', async () => {
    await write(200);
    flip('run.json', 0.5);
    const reason = await reasonOf(() => loadCheckpoint(run));
    expect(reason.code).toBe('checkpoint.damaged');
    expect(reason.hint).toContain('started anew');
  });
});

describe('writing that fails', () => {
  /** The real file system until `calls` operations are done; every later write, flush or rename fails with `code`. */
  const failingAfter = (calls: number, code: string) => {
    let left = calls;
    const spend = () => {
      if (left-- <= 0) throw Object.assign(new Error(`${code}: injected`), { code });
    };
    return {
      fileSystem: {
        ...nodeFileSystem,
        open: async (path: string, flags: string) => {
          const file = await nodeFileSystem.open(path, flags);
          return {
            write: async (bytes: Uint8Array, offset: number, length: number, position: number) => {
              spend();
              return await file.write(bytes, offset, length, position);
            },
            sync: async () => {
              spend();
              await file.sync();
            },
            close: () => file.close(),
          };
        },
        rename: async (from: string, to: string) => {
          spend();
          await nodeFileSystem.rename(from, to);
        },
      },
      spent: () => calls - left,
    };
  };

  it('at any operation leaves older checkpoints, nothing half written, and a clear reason', async () => {
    await write(100);
    const unlimited = failingAfter(Number.MAX_SAFE_INTEGER, 'ENOSPC');
    await writeCheckpoint(run, checkpointContent(200), unlimited.fileSystem);
    rmSync(checkpointFolder(run, 200), { recursive: true });
    const operations = unlimited.spent();
    expect(operations).toBeGreaterThan(15);
    // The last operation flushes the folder's entries after the rename: the checkpoint is there by then.
    for (let calls = 0; calls < operations - 1; calls++) {
      const { fileSystem } = failingAfter(calls, 'ENOSPC');
      const reason = await reasonOf(() => writeCheckpoint(run, checkpointContent(200), fileSystem));
      expect(reason.code).toBe('disk.full');
      expect(reason.message).toContain('step 200 of run rtest1');
      expect(reason.hint).toContain('step 100 is kept');
      expect(readdirSync(join(run, 'checkpoints'))).toEqual(['step-000100']);
    }
    expect((await loadCheckpoint(run)).step).toBe(100);
  });

  it('for want of permission says so', async () => {
    const { fileSystem } = failingAfter(3, 'EACCES');
    const reason = await reasonOf(() => writeCheckpoint(run, checkpointContent(1), fileSystem));
    expect(reason.code).toBe('store.unwritable');
  });
});

describe('keeping', () => {
  it('keeps the newest few, never fewer than two, and those always wanted', async () => {
    await write(100, 200, 300, 400, 500);
    expect(await prune(run, 3, [100])).toEqual([200]);
    expect(steps()).toEqual([100, 300, 400, 500]);
    expect(await prune(run, 0)).toEqual([100, 300]);
    expect(steps()).toEqual([400, 500]);
    expect(readdirSync(join(run, 'checkpoints'))).toHaveLength(2);
  });

  it('sorts by step, not by name', async () => {
    await write(999_999, 1_000_000, 5);
    expect(steps()).toEqual([5, 999_999, 1_000_000]);
  });

  it('removes what killed processes left, and mends a replacement cut in two', async () => {
    await write(100, 200);
    const parent = join(run, 'checkpoints');
    mkdirSync(join(parent, '.step-000300.4242.writing'));
    writeFileSync(join(parent, '.step-000300.4242.writing', 'model.safetensors'), 'half');
    // Killed between the two renames of a replacement.
    const { renameSync } = await import('node:fs');
    renameSync(checkpointFolder(run, 200), join(parent, '.step-000200.replaced'));
    expect(steps()).toEqual([100]);
    expect(removeOrphans(run)).toBe(2);
    expect(readdirSync(parent).sort()).toEqual(['step-000100', 'step-000200']);
    expect((await loadCheckpoint(run)).step).toBe(200);
    expect(removeOrphans(run)).toBe(0);
    expect(removeOrphans(join(temporary.path, 'no such run'))).toBe(0);
  });
});

describe('rewinding', () => {
  it('moves later checkpoints and rows into an earlier branch, twice', async () => {
    const store = openStore(join(temporary.path, 'workspace'));
    const id = store.runs.create(newRun());
    run = join(store.folder, 'runs', id);
    const train = async (...wanted: number[]) => {
      for (const step of wanted) {
        const { folder, bytes } = await writeCheckpoint(run, checkpointContent(step));
        store.checkpoints.add(id, { step, path: store.relative(folder), bytes, loss: step / 100 });
        store.metrics.append(id, [point(step, step)]);
      }
    };
    await train(100, 200, 300);
    expect(await rewindRun(store, id, 100)).toMatchObject({ branch: 1, fromStep: 100 });
    expect(steps()).toEqual([100]);
    expect(store.checkpoints.list(id).map(({ step, loss }) => [step, loss])).toEqual([[100, 1]]);
    for (const { path } of store.checkpoints.list(id, { branch: 1 }))
      await verifyCheckpoint(store.absolute(path));

    await train(200);
    expect(await rewindRun(store, id, 100)).toMatchObject({ branch: 2 });
    expect(store.checkpoints.list(id, { branch: 1 }).map(({ step }) => step)).toEqual([200, 300]);
    expect(store.checkpoints.list(id, { branch: 2 }).map(({ step }) => step)).toEqual([200]);
    expect(await rewindRun(store, id, 100)).toBeNull();
    await store.close();
  });

  it('finishes what a process that died half way began', async () => {
    const store = openStore(join(temporary.path, 'workspace'));
    const id = store.runs.create(newRun());
    run = join(store.folder, 'runs', id);
    await write(100, 200, 300);
    store.metrics.append(id, [point(100, 1), point(250, 2)]);
    // Died after moving one folder, before any row.
    const { setAside } = await import('../checkpoints.ts');
    await setAside(run, 200, store.branches.next(id));
    expect(await rewindRun(store, id, 100)).toMatchObject({ branch: 1 });
    expect(steps()).toEqual([100]);
    expect(readdirSync(join(run, 'checkpoints', 'branch-1')).sort()).toEqual(['step-000200', 'step-000300']);
    expect(store.metrics.points({ run: id, metric: 'train/loss' })).toEqual([point(100, 1)]);
    expect(existsSync(checkpointFolder(run, 200))).toBe(false);
    await store.close();
  });
});
