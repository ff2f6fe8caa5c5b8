import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { FinegrainError } from '../../shared/errors.ts';
import { readSafetensors, SafetensorsFile, type TensorToWrite, writeSafetensors } from './safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'finegrain-safetensors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const newPath = () => join(folder, `${count++}.safetensors`);

const fixture = 'test/fixtures/safetensors/mixed.safetensors';

describe('reading', () => {
  it('gives every dtype that the Python library writes, exactly', async () => {
    const expected = JSON.parse(readFileSync('test/fixtures/safetensors/mixed.json', 'utf8')) as Record<
      string,
      { shape: number[]; values: string[] }
    >;
    const tensors = await readSafetensors(fixture);
    expect([...tensors.keys()].sort()).toEqual(Object.keys(expected).sort());
    for (const [name, { shape, values }] of Object.entries(expected)) {
      const tensor = tensors.get(name)!;
      expect(tensor.shape).toEqual(shape);
      const read = [...tensor.data].map((value) => (typeof value === 'bigint' ? String(value) : value));
      const numbers = values.map((value) =>
        tensor.dtype === 'I64' ? value : Number(value.replace('inf', 'Infinity').replace('nan', 'NaN')),
      );
      expect(read, name).toEqual(numbers);
    }
    const file = await SafetensorsFile.open(fixture);
    expect(file.metadata).toEqual({ format: 'pt', note: 'ünïcode' });
    await expect(file.read('absent')).rejects.toThrow('absent');
    await file.close();
  });

  const header = (entries: unknown, dataBytes: number, pad = true) => {
    let text = typeof entries === 'string' ? entries : JSON.stringify(entries);
    if (pad) text = text.padEnd(Math.ceil(Buffer.byteLength(text) / 8) * 8, ' ');
    const bytes = Buffer.alloc(8 + Buffer.byteLength(text) + dataBytes);
    bytes.writeBigUInt64LE(BigInt(Buffer.byteLength(text)), 0);
    bytes.write(text, 8);
    return bytes;
  };
  const one = (changes: object) => ({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...changes } });
  const broken: Record<string, [Buffer, string]> = {
    'a file of 3 bytes': [Buffer.from('abc'), '3 bytes'],
    'a header longer than the file': [Buffer.from([255, 255, 0, 0, 0, 0, 0, 0, 123]), 'header claims 65535'],
    'a header length past all sense': [Buffer.alloc(64, 0xff), 'header claims'],
    'a header that is not JSON': [header('{"a":', 0), 'not JSON'],
    'a header that is no object': [header('[1]', 0), 'not a JSON object'],
    'an unknown dtype': [header(one({ dtype: 'F3' }), 8), 'tensor a: dtype'],
    'a negative size': [header(one({ shape: [-2] }), 8), 'tensor a: shape'],
    'a shape that disagrees with its bytes': [header(one({ shape: [3] }), 8), 'needs 12 bytes but has 8'],
    'offsets the wrong way round': [header(one({ data_offsets: [8, 0] }), 8), 'needs 8 bytes but has -8'],
    'bytes that no tensor claims': [
      header(one({ data_offsets: [4, 12] }), 12),
      'bytes overlap or lie unused',
    ],
    'tensors that overlap': [
      header({ ...one({}), b: { dtype: 'F32', shape: [2], data_offsets: [4, 12] } }, 12),
      'bytes overlap',
    ],
    'a file that is too short': [header(one({}), 4), 'end at byte'],
    'a file that is too long': [header(one({}), 16), 'end at byte'],
    'metadata that is not text': [header({ __metadata__: { a: 1 }, ...one({}) }, 8), '__metadata__'],
  };
  for (const [what, [bytes, message]] of Object.entries(broken)) {
    it(`refuses ${what}`, async () => {
      const path = newPath();
      writeFileSync(path, bytes);
      const reason = await readSafetensors(path).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(reason).toBeInstanceOf(FinegrainError);
      expect((reason as FinegrainError).code).toBe('data.unreadable');
      expect((reason as FinegrainError).message).toContain(message);
    });
  }

  it('refuses the fixture with any byte of its header length changed', async () => {
    const sound = readFileSync(fixture);
    for (let position = 0; position < 8; position++) {
      const bytes = Buffer.from(sound);
      bytes[position]! ^= 1;
      const path = newPath();
      writeFileSync(path, bytes);
      await expect(readSafetensors(path)).rejects.toBeInstanceOf(FinegrainError);
    }
  });
});

describe('writing', () => {
  it('gives back what was written, whatever the names, shapes and types', async () => {
    const arrays = fc.oneof(
      fc.float32Array(),
      fc.float64Array(),
      fc.int32Array(),
      fc.uint8Array(),
      fc.int16Array(),
      fc.uint16Array(),
      fc.bigInt64Array(),
    );
    const names = fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, arrays), async (dictionary) => {
        const tensors = new Map<string, TensorToWrite>(
          Object.entries(dictionary).map(([name, data]) => [name, { shape: [1, data.length], data }]),
        );
        const path = newPath();
        const written = await writeSafetensors(path, tensors, { name: 'value' });
        const bytes = readFileSync(path);
        expect(written).toEqual({
          bytes: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
        });
        expect(Number(bytes.readBigUInt64LE(0)) % 8).toBe(0);
        const read = await readSafetensors(path);
        expect(read.size).toBe(tensors.size);
        for (const [name, { shape, data }] of tensors) {
          expect(read.get(name)!.shape).toEqual(shape);
          expect(read.get(name)!.data).toEqual(data);
        }
        rmSync(path);
      }),
      { numRuns: 60, examples: [[Object.fromEntries([['__proto__', new Float32Array(1)]])]] },
    );
  });

  it('continues where the system writes less than asked', async () => {
    const path = newPath();
    const tensors = new Map([
      ['a', { shape: [1000], data: Float32Array.from({ length: 1000 }, (_, index) => index) }],
    ]);
    const { nodeFileSystem } = await import('./byteSink.ts');
    const short = {
      ...nodeFileSystem,
      open: async (name: string, flags: string) => {
        const file = await nodeFileSystem.open(name, flags);
        return {
          write: (bytes: Uint8Array, offset: number, length: number, position: number) =>
            file.write(bytes, offset, Math.min(length, 97), position),
          sync: () => file.sync(),
          close: () => file.close(),
        };
      },
    };
    const written = await writeSafetensors(path, tensors, {}, short);
    expect(statSync(path).size).toBe(written.bytes);
    expect((await readSafetensors(path)).get('a')!.data).toEqual(tensors.get('a')!.data);
  });

  it('refuses a shape that disagrees with its values, and an existing file', async () => {
    const path = newPath();
    const wrong = new Map([['a', { shape: [3], data: new Float32Array(2) }]]);
    await expect(writeSafetensors(path, wrong)).rejects.toThrow('has 2 values; its shape [3] asks for 3');
    writeFileSync(path, 'precious');
    await expect(writeSafetensors(path, new Map())).rejects.toThrow('EEXIST');
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  const python = '/usr/bin/python3';
  const library = spawnSync(python, ['-c', 'import safetensors, numpy']);
  if (library.status !== 0)
    console.log('Skipped: python3 with safetensors and numpy is not here to read our files.');
  it.skipIf(library.status !== 0)('is read by the Python library with the same numbers', async () => {
    const path = newPath();
    const tensors = new Map<string, TensorToWrite>([
      ['bytes', { shape: [3], data: Uint8Array.of(1, 2, 3) }],
      ['blocks.0.ffn.gate.weight', { shape: [2, 3], data: Float32Array.of(0.1, -2, 3e38, 4, 5e-45, 6) }],
      ['long', { shape: [2], data: BigInt64Array.of(-5n, 2n ** 60n) }],
      ['empty', { shape: [0, 7], data: new Float32Array(0) }],
    ]);
    await writeSafetensors(path, tensors, { format: 'pt' });
    const script = `
import json, sys
from safetensors import safe_open
with safe_open(sys.argv[1], framework="np") as file:
    print(json.dumps({"metadata": file.metadata(), "tensors": {
        name: [str(file.get_tensor(name).dtype), list(file.get_tensor(name).shape),
               file.get_tensor(name).astype("float64").flatten().tolist()] for name in file.keys()}}))`;
    const answer = JSON.parse(execFileSync(python, ['-c', script, path], { encoding: 'utf8' })) as {
      metadata: unknown;
      tensors: Record<string, unknown>;
    };
    expect(answer.metadata).toEqual({ format: 'pt' });
    expect(answer.tensors).toEqual({
      bytes: ['uint8', [3], [1, 2, 3]],
      'blocks.0.ffn.gate.weight': ['float32', [2, 3], [...Float32Array.of(0.1, -2, 3e38, 4, 5e-45, 6)]],
      long: ['int64', [2], [-5, 2 ** 60]],
      empty: ['float32', [0, 7], []],
    });
  });
});
