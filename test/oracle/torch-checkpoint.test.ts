/** PyTorch reads our checkpoints by name and computes the engine's logits: one model for each FFN kind. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createEngine, initialParameters } from '../../src/main/engine/index.ts';
import { writeSafetensors } from '../../src/main/interop/safetensors.ts';
import { setField } from '../../src/shared/architecture/edits.ts';
import { findPreset } from '../../src/shared/architecture/presets.ts';
import { ffnKinds } from '../../src/shared/methods/ffn/index.ts';
import { parameterSpecs } from '../../src/shared/methods/languageModel.ts';
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

const program = `
import sys, numpy, torch
sys.path.insert(0, sys.argv[1])
from finegrain_torch import load_model
ids = torch.from_numpy(numpy.fromfile(sys.argv[2] + '/ids', dtype='<i4').astype('int64')).view(2, -1)
with torch.no_grad():
    logits, _ = load_model(sys.argv[2])(ids)
logits.numpy().astype('<f4').tofile(sys.argv[2] + '/logits')
`;

const reason = missing();

describe.skipIf(reason !== null)(
  `PyTorch reads a checkpoint${reason === null ? '' : ` (skipped: ${reason})`}`,
  () => {
    test.each(ffnKinds)('%s', async (kind) => {
      const preset = findPreset(`${kind}-0.3m`)!.architecture;
      const architecture = setField(preset, 'blocks.0.attention.kvHeads', 2);
      const parameters = initialParameters(architecture, 3);
      const tensors = parameterSpecs(architecture).map(
        ({ name, shape }) => [name, { shape, data: parameters.get(name)! }] as const,
      );
      await writeSafetensors(join(folder, 'model.safetensors'), new Map(tensors));
      writeFileSync(join(folder, 'architecture.json'), JSON.stringify(architecture));
      const ids = tokens('torch-checkpoint', 2 * 32, architecture.vocabulary);
      writeFileSync(join(folder, 'ids'), new Uint8Array(ids.buffer));

      const request = { architecture, shape: { batch: 2, context: 32 }, device: 'cpu', threads: 1 } as const;
      const model = await createEngine().model(request, parameters);
      const logits = await model.logits(ids);
      await model.dispose();

      execFileSync(python, ['-c', program, modules, folder], { stdio: 'pipe' });
      const bytes = readFileSync(join(folder, 'logits'));
      const expected = new Float32Array(
        bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
      );
      expect(relativeDistance(logits, expected)).toBeLessThan(1e-4);
      rmSync(join(folder, 'model.safetensors'));
    });
  },
);
