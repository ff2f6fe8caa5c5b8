/**
 * What is photographed, in order: each scene goes on from where the one before left the window. To add one, write how the
 * window gets there; the script waits, takes the picture under the scene's name, and does it again for every theme and size.
 */
import type { Page } from '@playwright/test';
import { kindLabels } from '../../src/renderer/logic/figures.ts';

export interface Scene {
  readonly name: string;
  visit(page: Page): Promise<void>;
}

const text = 'The state of our union is strong, and the year ahead asks more of us than the last.';

export const scenes: readonly Scene[] = [
  {
    name: 'design',
    async visit(page) {
      await go(page, 'Design');
      await page.getByRole('tab', { name: 'Model' }).click();
      await page.locator('[data-preset="finedeep-1m"]').click();
    },
  },
  {
    name: 'train',
    async visit(page) {
      await page.getByRole('tab', { name: 'Train' }).click();
    },
  },
  {
    name: 'sweep',
    async visit(page) {
      await page.keyboard.press('Control+Shift+Enter');
      await page.getByRole('dialog', { name: 'Sweep' }).waitFor();
    },
  },
  {
    name: 'data',
    async visit(page) {
      await page.keyboard.press('Escape');
      await go(page, 'Data');
    },
  },
  {
    name: 'run',
    async visit(page) {
      await go(page, 'Runs');
      await row(page, 'finedeep').click();
      await page.getByRole('tab', { name: 'Charts' }).click();
    },
  },
  {
    name: 'sample',
    async visit(page) {
      await page.getByRole('tab', { name: 'Checkpoints and text' }).click();
      await page.getByRole('button', { name: 'Sample', exact: true }).click();
      await page.getByTestId('sample-text').waitFor();
    },
  },
  {
    name: 'compare',
    async visit(page) {
      for (const method of ['dense', 'cartesianmoe', 'dsmoe'])
        await row(page, method).click({ modifiers: ['Control'] });
      await page.getByRole('tab', { name: 'Charts' }).click();
    },
  },
  ...['Differences', 'Parallel coordinates', 'Scatter'].map((tab) => ({
    name: `compare-${tab.split(' ')[0]?.toLowerCase()}`,
    async visit(page: Page) {
      await page.getByRole('tab', { name: tab }).click();
    },
  })),
  {
    name: 'export',
    async visit(page) {
      await page.getByRole('tab', { name: 'Charts' }).click();
      await page.getByRole('button', { name: 'Export figure' }).click();
      await page.getByTestId('figure-sheet').waitFor();
    },
  },
  {
    name: 'inspect-sparsity',
    async visit(page) {
      await page.keyboard.press('Escape');
      await go(page, 'Inspect');
      await inspect(page, 'cartesianmoe');
      await page.getByRole('tab', { name: 'Sparsity' }).click();
    },
  },
  ...[
    ['inspect-load', 'Load'],
    ['inspect-flow', 'Flow between layers'],
    ['inspect-training', 'Over training'],
    ['inspect-data', 'By data and frequency'],
  ].map(([name = '', view = '']) => ({
    name,
    async visit(page: Page) {
      await page.getByRole('tab', { name: 'Routing' }).click();
      await page.getByRole('button', { name: 'expert', exact: true }).click();
      await page.getByRole('button', { name: view, exact: true }).click();
    },
  })),
  ...['Attention', 'Loss'].map((tab) => ({
    name: `inspect-${tab.toLowerCase()}`,
    async visit(page: Page) {
      await page.getByRole('tab', { name: tab, exact: true }).click();
    },
  })),
  {
    name: 'inspect-gates',
    async visit(page) {
      await inspect(page, 'dsmoe');
      await page.getByRole('tab', { name: 'Gates' }).click();
    },
  },
  {
    name: 'inspect-compare',
    async visit(page) {
      await inspect(page, 'finedeep');
      await choose(page, 'Compare with', 'dense-1m');
      await page.getByRole('tab', { name: 'Sparsity' }).click();
    },
  },
  {
    name: 'laws',
    async visit(page) {
      await choose(page, 'Compare with', 'nothing');
      await go(page, 'Laws');
    },
  },
  {
    name: 'figures',
    async visit(page) {
      await go(page, 'Figures');
      await figure(page);
    },
  },
  {
    name: 'palette',
    async visit(page) {
      await page.keyboard.press('Control+k');
    },
  },
  {
    name: 'help',
    async visit(page) {
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+/');
    },
  },
];

export async function go(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('button', { name, exact: true }).click();
}

/** The run of a method's preset in the table. */
export function row(page: Page, method: string) {
  return page.locator('tr[data-run]').filter({ hasText: `${method}-1m` });
}

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).click();
  await page.getByRole('option', { name: option }).first().click();
}

/** Reads a text with the last checkpoint of a run, and selects one of its tokens. */
async function inspect(page: Page, method: string): Promise<void> {
  await choose(page, 'Run', `${method}-1m`);
  await page.getByLabel('Text to read').fill(text);
  await page.getByRole('button', { name: 'Read', exact: true }).click();
  const token = page.locator('.token').nth(9);
  await token.waitFor();
  if ((await token.getAttribute('aria-pressed')) !== 'true') await token.click();
}

/** A figure of two panels, made once; the later windows of the same workspace find it. */
async function figure(page: Page): Promise<void> {
  const saved = page.getByTestId('figure-sheet');
  const make = page.getByRole('button', { name: 'Make a figure' });
  await saved.or(make).first().waitFor();
  if (await make.isVisible()) {
    await make.click();
    for (const kind of ['loss', 'co-activation'] as const) await addPanel(page, kindLabels[kind]);
  }
  await saved.waitFor();
}

async function addPanel(page: Page, label: string): Promise<void> {
  await page.getByRole('button', { name: 'Add panel…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add panel' });
  await dialog.getByRole('combobox', { name: 'Figure' }).click();
  await page.getByRole('option').filter({ hasText: label }).first().click();
  await dialog.getByRole('checkbox', { name: /^cartesianmoe-1m/ }).check();
  await dialog.getByRole('button', { name: 'Add panel' }).click();
}
