/** Save two versions of a document, compare them layer by layer, open the older one, delete it and take that back. */
import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { expectAccessible } from './axe.ts';

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Versions' });
const listed = (page: Page) => dialog(page).locator('[data-version]');
const differences = (page: Page) => dialog(page).getByRole('table', { name: 'Differences' });
const status = (page: Page) => page.locator('.statusbar [role="status"]');
/** The dialog hides the page behind it from screen readers, the toggle of the theme included. */
async function toTheme(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
}

test('save versions, compare them, open one, delete and undo', async ({ page, app }) => {
  await page.goto(app.address);
  await page.locator('.library-item[data-kind="finedeep"]').first().click();
  await page.keyboard.press('Control+s');
  await expect(status(page)).toContainText('version 1');

  // Nothing changed: nothing is kept twice.
  await page.keyboard.press('Control+s');
  await expect(status(page)).toContainText('Nothing changed since');

  await page.locator('.library-item[data-kind="dense"]').first().click();
  // What the counts are compared with leads to the versions, as Ctrl+Shift+S does.
  await page.getByRole('button', { name: /^compared with/ }).click();
  await expect(dialog(page)).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toBeHidden();
  await page.keyboard.press('Control+Shift+S');
  await expect(listed(page)).toHaveCount(1);
  await toTheme(page, 'light');
  await expectAccessible(page, 'versions, light');

  // The saved Finedeep model against the dense one on the canvas.
  await listed(page).first().getByRole('button', { pressed: false }).first().click();
  await expect(differences(page)).toContainText('ffn.kind');
  await expect(differences(page).getByRole('row', { name: /ffn.kind/ })).toContainText('finedeep');
  await expect(differences(page).getByRole('row', { name: /^parameters/ })).toBeVisible();
  await expect(differences(page).locator('.diff-layer').first()).toContainText('changed');
  await page.screenshot({ path: test.info().outputPath('versions-light.png') });
  await toTheme(page, 'dark');
  await expectAccessible(page, 'comparison, dark');
  await page.screenshot({ path: test.info().outputPath('versions-dark.png') });

  // Against a preset, chosen by its name.
  await dialog(page).getByRole('combobox', { name: 'Before' }).fill('cartesianmoe-1m');
  await page.getByRole('option', { name: 'cartesianmoe-1m' }).first().click();
  await expect(differences(page)).toContainText('cartesianmoe');

  // A second document of the same shelf.
  await dialog(page).getByRole('button', { name: 'Save version' }).click();
  await expect(listed(page)).toHaveCount(2);

  // Delete and take it back; then open it on the canvas.
  await listed(page)
    .last()
    .getByRole('button', { name: /^Delete/ })
    .click();
  await expect(listed(page)).toHaveCount(1);
  await page.getByRole('button', { name: 'Undo', exact: true, includeHidden: true }).last().click();
  await expect(listed(page)).toHaveCount(2);
  await listed(page).last().getByRole('button', { name: /^Open/ }).click();
  await expect(dialog(page)).toBeHidden();
  await expect(page.locator('.strip-name')).toContainText('version 1');
  await page.keyboard.press('Control+z');
  await expect(status(page)).toContainText('Undone');

  // They are in the workspace, not in the page.
  await page.reload();
  await page.keyboard.press('Control+Shift+S');
  await expect(listed(page)).toHaveCount(2);
});
