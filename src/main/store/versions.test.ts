import { expect, it } from 'vitest';
import { findPreset } from '../../shared/architecture/presets.ts';
import { Connection } from './connection.ts';
import { migrate } from './migrations/index.ts';
import { reasonOf } from './testSupport.ts';
import { versionRecords } from './versions.ts';

const { architecture } = findPreset('finedeep-1m')!;

function shelf() {
  const connection = new Connection(':memory:');
  migrate(connection);
  return versionRecords(connection);
}

it('numbers versions within a name, newest first, and keeps nothing twice', () => {
  const versions = shelf();
  const first = versions.save(architecture);
  expect(first).toMatchObject({ name: architecture.name, number: 1, ffnKinds: ['finedeep'], added: true });
  expect(versions.save(architecture)).toEqual({ ...first, added: false });
  const second = versions.save({ ...architecture, context: 96 });
  expect(second).toMatchObject({ number: 2, added: true });
  expect(versions.save({ ...architecture, name: 'other' })).toMatchObject({ name: 'other', number: 1 });
  expect(versions.list().map(({ name, number }) => `${name} ${number}`)).toEqual([
    'other 1',
    `${architecture.name} 2`,
    `${architecture.name} 1`,
  ]);
  expect(versions.get(second.version).document).toEqual({ ...architecture, context: 96 });
});

it('brings a deleted version back under its number, which no other took meanwhile', async () => {
  const versions = shelf();
  const first = versions.save(architecture);
  versions.remove(first.version);
  expect(versions.list()).toEqual([]);
  expect((await reasonOf(() => versions.get(first.version))).code).toBe('notFound');
  expect((await reasonOf(() => versions.remove(first.version))).code).toBe('notFound');
  expect(versions.save(architecture)).toMatchObject({ number: 2, added: true });
  versions.restore(first.version);
  expect(versions.list().map(({ number }) => number)).toEqual([2, 1]);
  expect((await reasonOf(() => versions.restore('d00000'))).code).toBe('notFound');
});

it('keeps a document with problems, without counts', () => {
  const [block, ...others] = architecture.blocks;
  const heads = { ...block!.attention, heads: 7 };
  const broken = { ...architecture, blocks: [{ ...block!, attention: heads }, ...others] };
  expect(shelf().save(broken)).toMatchObject({ parameters: null });
});
