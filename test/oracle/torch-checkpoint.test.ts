/** PyTorch reads our checkpoints by name and computes the engine's logits: a model of every method. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, initialParameters } from '../../src/main/engine/index.ts';
import type { NamedArrays } from '../../src/main/engine/types.ts';
import { writeSafetensors } from '../../src/main/interop/safetensors.ts';
import type { Architecture } from '../../src/shared/architecture/document.ts';
import { setField } from '../../src/shared/architecture/edits.ts';
import { presets } from '../../src/shared/architecture/presets.ts';
import { bufferSpecs, bufferValues, parameterSpecs } from '../../src/shared/methods/languageModel.ts';
import { relativeDistance } from './fixture.ts';
import { tokens } from './recipe.ts';

const python = process.env.FINEGRAIN_PYTHON ?? '/usr/bin/python3';
const modules = join(import.meta.dirname, '../../resources/torch');
const folder = mkdtempSync(join(tmpdir(), 'finegrain-torch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function missing(): string | null {
  try {
    execFileSync(python, ['-c', 'import torch, safetensors.torch'], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return `${python} cannot import torch and safetensors: ${String(error).split('\n')[0]}`;
  }
}

// One process for all checkpoints: importing torch takes longer than all of them.
const program = `
import pathlib, sys, numpy, torch
sys.path.insert(0, sys.argv[1])
from finegrain_torch import load_model
for folder in pathlib.Path(sys.argv[2]).iterdir():
    ids = torch.from_numpy(numpy.fromfile(folder / 'ids', dtype='<i4').astype('int64')).view(2, -1)
    with torch.no_grad():
        logits, _ = load_model(folder)(ids)
    logits.numpy().astype('<f4').tofile(folder / 'logits')
`;

const reason = missing();
const shape = { batch: 2, context: 32 };

interface Checkpoint {
  readonly name: string;
  readonly architecture: Architecture;
  readonly parameters: NamedArrays;
  readonly buffers: NamedArrays;
  readonly ids: Int32Array;
}

// Random routing draws its own numbers on either side.
const checkpoints: Checkpoint[] = presets
  .filter(({ size, kind }) => size === '0.3m' && kind !== 'random')
  .map(({ name, architecture: preset }) => {
    const architecture = setField(preset, 'blocks.0.attention.kvHeads', 2);
    const counts = Float64Array.from({ length: architecture.vocabulary }, (_, id) => 1000 / (id + 1));
    return {
      name,
      architecture,
      parameters: initialParameters(architecture, 3),
      buffers: bufferValues(architecture, counts),
      ids: tokens(`torch-checkpoint/${name}`, shape.batch * shape.context, architecture.vocabulary),
    };
  });

async function write({ name, architecture, parameters, buffers, ids }: Checkpoint): Promise<void> {
  const path = join(folder, name);
  mkdirSync(path);
  const tensors = (specs: ReadonlyArray<{ name: string; shape: readonly number[] }>, values: NamedArrays) =>
    new Map(specs.map(({ name, shape }) => [name, { shape, data: values.get(name)! }] as const));
  await writeSafetensors(join(path, 'model.safetensors'), tensors(parameterSpecs(architecture), parameters));
  if (buffers.size > 0) {
    await writeSafetensors(join(path, 'buffers.safetensors'), tensors(bufferSpecs(architecture), buffers));
  }
  writeFileSync(join(path, 'architecture.json'), JSON.stringify(architecture));
  writeFileSync(join(path, 'ids'), new Uint8Array(ids.buffer));
}

describe.skipIf(reason !== null)(
  `PyTorch reads a checkpoint${reason === null ? '' : ` (skipped: ${reason})`}`,
  () => {
    beforeAll(async () => {
      for (const checkpoint of checkpoints) await write(checkpoint);
      execFileSync(python, ['-c', program, modules, folder], { stdio: 'pipe' });
    });

    test.each(checkpoints)('$name', async ({ name, architecture, parameters, buffers, ids }) => {
      const request = { architecture, shape, buffers, device: 'cpu', threads: 1 } as const;
      const model = await createEngine().model(request, parameters);
      const logits = await model.logits(ids);
      await model.dispose();
      const bytes = readFileSync(join(folder, name, 'logits'));
      const expected = new Float32Array(
        bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
      );
      expect(relativeDistance(logits, expected)).toBeLessThan(1e-4);
    });
  },
);
