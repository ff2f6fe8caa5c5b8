/** A sweep of two learning rates from the dialog; then the table: query, groups, compare, tags, delete and undo, fork. */
import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { expectAccessible, inBothThemes } from './axe.ts';

const rows = (page: Page) => page.locator('tr[data-run]');
const filter = (page: Page) => page.getByRole('combobox', { name: 'Filter runs' });

async function ask(page: Page, query: string): Promise<void> {
  await filter(page).fill(query);
  await page.keyboard.press('Escape');
}

test('sweep two learning rates, query, group, compare, tag, delete and undo, fork', async ({ page, app }) => {
  test.setTimeout(300_000);
  page.setDefaultTimeout(20_000);
  await page.goto(app.address);
  await page.locator('.library-item[data-kind="dense"]').first().click();
  await page.getByRole('tab', { name: 'Train' }).click();
  for (const box of await page.locator('.data-choice input:checked').all()) await box.uncheck();
  await page.getByRole('checkbox', { name: /State of the Union/ }).check();
  await page.getByLabel('Steps', { exact: true }).fill('6');
  await page
    .getByLabel(/^Batch/)
    .first()
    .fill('1');

  // What cannot be swept says so, with field and value, and cannot be queued.
  await page.keyboard.press('Control+Shift+Enter');
  const dialog = page.getByRole('dialog', { name: 'Sweep' });
  await dialog.getByLabel('Values 1').fill('0.001, -3');
  await expect(dialog.getByRole('status')).toContainText('learningRate cannot be -3');
  await expect(dialog.getByRole('button', { name: 'Queue' })).toBeDisabled();
  await inBothThemesOfDialog(page);

  await dialog.getByLabel('Values 1').fill('0.001, 0.01');
  await dialog.getByLabel('Seeds', { exact: true }).fill('2');
  await dialog.getByLabel('Name', { exact: true }).fill('rates');
  await expect(dialog.getByRole('status')).toContainText('4 runs');
  await expect(dialog.getByRole('status')).toContainText('FLOP');
  await dialog.getByRole('button', { name: 'Queue 4 runs' }).click();
  await expect(dialog).toBeHidden();

  // The parent with its runs under it: folded, unfolded, finished.
  const parent = page.locator('tr[data-heading="sweep"]');
  await expect(parent).toContainText('rates');
  await expect(rows(page)).toHaveCount(4);
  await expect(parent).toContainText('all finished', { timeout: 200_000 });
  await parent.getByRole('button', { name: 'Fold' }).click();
  await expect(rows(page)).toHaveCount(0);
  await parent.getByRole('button', { name: 'Unfold' }).click();
  await expect(rows(page)).toHaveCount(4);

  // The typed query, with completion; a mistake is named at its place.
  await filter(page).click();
  await page.keyboard.type('learn');
  await page.getByRole('option', { name: 'learningRate' }).click();
  await page.keyboard.type('= ');
  await page.getByRole('option', { name: '0.01', exact: true }).click();
  await page.keyboard.press('Escape');
  await expect(rows(page)).toHaveCount(2);
  await page.getByRole('button', { name: 'Keep this query' }).click();
  await ask(page, 'lerningRate = 0.01');
  await expect(page.getByText('Did you mean learningRate?')).toBeVisible();
  await expectAccessible(page, 'query with a mistake');
  await page
    .getByRole('list', { name: 'Kept queries' })
    .getByRole('button', { name: 'learningRate = 0.01', exact: true })
    .click();
  await expect(rows(page)).toHaveCount(2);
  await ask(page, '');

  // Groups; the heading selects its runs, and they are compared.
  await page.getByRole('combobox', { name: 'Group by' }).click();
  await page.getByRole('option', { name: 'learningRate' }).click();
  const groups = page.locator('tr[data-heading="group"]');
  await expect(groups).toHaveText([/learningRate: 0\.001/, /learningRate: 0\.01/]);
  await groups.last().click();
  await expect(page.getByRole('heading', { name: '2 runs' })).toBeVisible();
  await expect(page.getByRole('toolbar', { name: 'Selected runs' })).toContainText('2 runs selected');
  await inBothThemes(page, async (theme) => expectAccessible(page, `grouped runs, ${theme}`));

  // A tag on both, and the query that finds them.
  await page.getByRole('button', { name: 'Tag 2 runs' }).click();
  const tags = page.getByRole('dialog', { name: 'Tag 2 runs' });
  await tags.getByRole('combobox').fill('paper');
  await page.keyboard.press('Enter');
  await expect(page.locator('tr[data-run] .run-tag')).toHaveCount(2);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(tags).toBeHidden();
  await ask(page, 'tag = paper and loss < 9');
  await expect(rows(page)).toHaveCount(2);

  // Deleted at once, and truly back: also from the trash, after the message has gone.
  await rows(page).first().click();
  await rows(page).first().focus();
  await page.keyboard.press('Delete');
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('region', { name: 'Messages' }).getByRole('button', { name: 'Undo' }).click();
  await expect(rows(page)).toHaveCount(2);
  await rows(page).first().click();
  await rows(page).first().focus();
  await page.keyboard.press('Delete');
  await expect(rows(page)).toHaveCount(1);
  await page.reload();
  await page.getByRole('button', { name: 'Deleted runs…' }).click();
  const trash = page.getByRole('dialog', { name: 'Deleted runs' });
  await expect(trash).toContainText('30 days');
  await expectAccessible(page, 'trash');
  await trash.getByRole('button', { name: 'Bring back' }).click();
  await expect(trash).toContainText('The trash is empty');
  await trash.getByRole('button', { name: 'Close' }).click();
  await expect(rows(page)).toHaveCount(2);

  // A fork of one of them, with another learning rate.
  await rows(page).first().click();
  await page.getByRole('button', { name: 'Fork run…' }).click();
  const fork = page.getByRole('dialog', { name: /^Fork/ });
  await expect(fork.getByLabel('Steps', { exact: true })).toHaveValue('12');
  await fork.getByLabel('Name', { exact: true }).fill('slower');
  await fork.getByLabel(/^Learning rate/).fill('0.0005');
  await expectAccessible(page, 'fork');
  await fork.getByRole('button', { name: 'Fork', exact: true }).click();
  await ask(page, 'fork != unknown');
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toHaveAttribute('data-state', 'finished', { timeout: 60_000 });
  await expect(page.locator('.run-about')).toContainText('Forked from');
});

async function inBothThemesOfDialog(page: Page): Promise<void> {
  // The switch lies under the dialog: the theme is changed as the system would.
  for (const theme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    await expectAccessible(page, `sweep dialog, ${theme}`);
  }
}
