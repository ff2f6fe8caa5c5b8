import { expect, it } from 'vitest';
import type { FigureDocument } from '../../shared/figures/document.ts';
import { figureDocumentSchema } from '../../shared/figures/document.ts';
import { Connection } from './connection.ts';
import { figureRecords } from './figures.ts';
import { migrate } from './migrations/index.ts';
import { reasonOf } from './testSupport.ts';

function shelf() {
  const connection = new Connection(':memory:');
  migrate(connection);
  return figureRecords(connection);
}

function documentOf(name: string, runs: string[]): FigureDocument {
  return figureDocumentSchema.parse({
    version: 1,
    name,
    columns: 2,
    style: {},
    panels: runs.map((run) => ({ kind: 'loss', runs: [run, 'r0'] })),
  });
}

it('keeps a figure with its sources, changes it, and puts a deleted one back under its id', async () => {
  const figures = shelf();
  const first = figures.save(documentOf('Losses', ['r1', 'r2']));
  expect(figures.list()).toMatchObject([
    { figure: first.figure, name: 'Losses', kinds: ['loss', 'loss'], runs: ['r1', 'r0', 'r2'] },
  ]);
  const changed = figures.save(documentOf('Two losses', ['r1']), first.figure);
  expect(changed).toMatchObject({ figure: first.figure, document: { name: 'Two losses' } });
  expect(figures.list()).toHaveLength(1);
  figures.remove(first.figure);
  expect(figures.list()).toEqual([]);
  expect((await reasonOf(() => figures.get(first.figure))).code).toBe('notFound');
  expect((await reasonOf(() => figures.remove(first.figure))).code).toBe('notFound');
  figures.save(changed.document, first.figure);
  expect(figures.get(first.figure).document).toEqual(changed.document);
});
