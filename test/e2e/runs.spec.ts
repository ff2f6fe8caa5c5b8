/** What can be done to a run while it trains and after, what fails clearly, and what the page does without its host. */
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { expectAccessible } from './axe.ts';

async function startRun(page: Page, text: RegExp, name: string, steps: number): Promise<Locator> {
  await page.keyboard.press('Control+1');
  await page.getByRole('tab', { name: 'Train' }).click();
  for (const box of await page.locator('.data-choice input:checked').all()) await box.uncheck();
  await page.getByRole('checkbox', { name: text }).check();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await page.getByLabel('Steps', { exact: true }).fill(String(steps));
  await page.getByRole('button', { name: /Start training/ }).click();
  const row = page.locator('tr[data-run]').filter({ hasText: name });
  await expect(row).toBeVisible({ timeout: 60_000 });
  return row;
}

test('pause, resume, stop, compare, delete and bring back', async ({ page, app }) => {
  await page.goto(app.address);
  await page.locator('.library-item[data-kind="dsmoe"]').first().click();

  // Far too many steps to finish: every state below is reached by hand.
  const row = await startRun(page, /State of the Union/, 'first', 5000);
  await expect(row).toHaveAttribute('data-state', 'running', { timeout: 120_000 });
  await expect(page.getByRole('button', { name: '1 running' })).toBeVisible();

  await page.getByRole('button', { name: 'Pause run' }).click();
  await expect(row).toHaveAttribute('data-state', 'paused', { timeout: 60_000 });
  const pausedAt = await stepOf(page);
  await page.getByRole('button', { name: 'Resume run' }).click();
  await expect(row).toHaveAttribute('data-state', 'running', { timeout: 60_000 });
  await expect.poll(() => stepOf(page), { timeout: 60_000 }).toBeGreaterThan(pausedAt);

  await page.getByRole('button', { name: /1 running/ }).click();
  await page.getByRole('dialog', { name: 'Jobs' }).getByRole('button', { name: 'Stop first' }).click();
  // Pressed after the run, and with it the focused button, has gone.
  await expect(row).toHaveAttribute('data-state', 'stopped', { timeout: 60_000 });
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Jobs' })).toBeHidden();

  const second = await startRun(page, /State of the Union/, 'second', 12);
  await expect(second).toHaveAttribute('data-state', 'finished', { timeout: 120_000 });
  await test.step('rename by F2 and from the menu of the row; Escape keeps the name', async () => {
    const field = page.getByLabel('Name of the run');
    await second.click();
    await page.keyboard.press('F2');
    await field.fill('second again');
    await expectAccessible(page, 'renaming');
    await field.press('Enter');
    await expect(second).toContainText('second again');
    await expect(page.getByRole('heading', { name: 'second again' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Rename run' })).toBeFocused();
    await second.click({ button: 'right' });
    await expectAccessible(page, 'menu of a run');
    await page.getByRole('menuitem', { name: /^Rename run/ }).click();
    await field.fill('something else');
    await field.press('Escape');
    await expect(second).toContainText('second again');
  });

  await test.step('a tag keeps the colour that was chosen for it', async () => {
    await second.hover();
    await second.getByRole('button', { name: /^Tags of/ }).click();
    await page.getByRole('combobox', { name: /^Tags of/ }).fill('paper');
    await page.keyboard.press('Enter');
    const colours = page.getByRole('group', { name: 'Colour of paper' });
    await colours.getByRole('button', { name: 'magenta' }).click();
    await expect(colours.getByRole('button', { name: 'magenta' })).toHaveAttribute('aria-pressed', 'true');
    await expectAccessible(page, 'colours of a tag');
    await page.keyboard.press('Escape');
    await expect(second.locator('.run-tag i')).toHaveAttribute('data-hue', '5');
    await page.reload();
    await expect(second.locator('.run-tag i')).toHaveAttribute('data-hue', '5');
  });

  await second.click();
  await row.click({ modifiers: ['Shift'] });
  expect(await page.evaluate(() => window.getSelection()?.toString())).toBe('');
  await second.click();
  await row.click({ modifiers: ['Control'] });
  await page.getByRole('tab', { name: 'Differences' }).click();
  const differences = page.getByRole('region', { name: 'Differences' });
  await expect(differences).toContainText('training.steps');
  await expect(differences).not.toContainText('training.seed');
  await expectAccessible(page, 'compare');

  await row.click();
  await page.keyboard.press('Delete');
  await expect(row).toHaveCount(0);
  await page.getByRole('region', { name: 'Messages' }).getByRole('button', { name: 'Undo' }).click();
  await expect(row).toHaveCount(1);

  await page.getByRole('button', { name: 'Archive run' }).click();
  await expect(row).toHaveCount(0);
  await page.getByRole('button', { name: '1 archived' }).click();
  await expect(row).toHaveCount(1);
});

test('a text that is too small fails clearly and loses nothing', async ({ page, app }) => {
  await page.goto(app.address);
  await page.getByRole('tab', { name: 'Train' }).click();
  await page.getByRole('button', { name: 'Add text…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add text' });
  await dialog.locator('input[type="file"]').setInputFiles({
    name: 'Fable.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('A fox and a crow spoke of cheese.'),
  });
  await expect(dialog.getByLabel('Name of the data set')).toHaveValue('fable');
  await expectAccessible(page, 'add text');
  await dialog.getByRole('button', { name: 'Add text' }).click();
  await expect(dialog).toBeHidden();

  const runs = await page.locator('tr[data-run]').count();
  await page.getByLabel('Steps', { exact: true }).fill('10');
  await page.getByRole('checkbox', { name: /fable/ }).check();
  await page.getByRole('button', { name: /Start training/ }).click();
  const refusal = page.getByRole('alert').filter({ hasText: 'fable' });
  await expect(refusal).toContainText('129 tokens');
  await expect(refusal).toContainText('choose a smaller context');
  await expectAccessible(page, 'refused run');
  expect(await page.locator('tr[data-run]').count()).toBe(runs);
  await page.keyboard.press('Control+2');
  await expect(page.getByRole('region', { name: 'Data sets' })).toContainText('fable');
});

test.describe('when the host goes away', () => {
  test.use({ tolerated: [/WebSocket|ERR_CONNECTION|401/] });
  test('the page says so, keeps what it shows, and says how to come back', async ({ page, app }) => {
    await page.goto(app.address);
    await page.keyboard.press('Control+3');
    await expect(page.getByRole('button', { name: /^Device cpu/ })).toBeVisible();
    await expect(page.getByRole('region', { name: 'Run list' })).toBeVisible();
    await expect(page.getByRole('status', { name: 'Loading the runs' })).toHaveCount(0);
    const rows = await page.locator('tr[data-run]').count();
    await app.stop();
    await expect(page.getByRole('alert').filter({ hasText: 'as of the last contact' })).toBeVisible();
    expect(await page.locator('tr[data-run]').count()).toBe(rows);
    await app.start();
    // A new server has new keys: the page says what to do, and the new address picks up where the old one was.
    await expect(page.getByRole('alert').filter({ hasText: 'open the address that it printed' })).toBeVisible(
      {
        timeout: 30_000,
      },
    );
    await page.goto(app.address);
    await expect(page.getByRole('button', { name: /^Device cpu/ })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Runs', exact: true })).toHaveAttribute(
      'aria-current',
      'page',
    );
    await expect(page.locator('tr[data-run]')).toHaveCount(rows);
  });
});

async function stepOf(page: Page): Promise<number> {
  const text = await page.locator('.facts dd').first().textContent();
  return Number(text?.split('/')[0]?.replaceAll(',', '').trim());
}
