/** The first-run tour on an empty workspace: four steps over real controls, by keyboard, to a trained model. */
import { expect, test } from './app.ts';
import { expectAccessible, inBothThemes } from './axe.ts';

test.use({ tour: true });

test('the tour trains a first model by keyboard, once', async ({ page, app }) => {
  test.setTimeout(240_000);
  await page.goto(app.address);
  const card = page.getByRole('dialog', { name: 'First steps' });
  await expect(card).toContainText('Step 1 of 4');
  await inBothThemes(page, async (theme) => {
    await expectAccessible(page, `tour, ${theme}`);
    await page.screenshot({ path: test.info().outputPath(`tour-1-${theme}.png`) });
  });

  await card.getByRole('button', { name: 'Show me where' }).press('Enter');
  await expect(page.locator('[data-preset="finedeep-0.3m"]')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('.strip-name')).toHaveText('finedeep-0.3m');
  await card.getByRole('button', { name: 'Next' }).press('Enter');

  await expect(card).toContainText('Step 2 of 4');
  await expect(card.getByRole('button', { name: 'Next' })).toBeDisabled();
  await page.screenshot({ path: test.info().outputPath('tour-2.png') });
  await card.getByRole('button', { name: 'Show me where' }).press('Enter');
  await page.keyboard.press('Space');
  await card.getByRole('button', { name: 'Next' }).press('Enter');

  await expect(card).toContainText('Step 3 of 4');
  await page.screenshot({ path: test.info().outputPath('tour-3.png') });
  const begun = Date.now();
  await page.keyboard.press('Control+Enter');
  await expect(card).toContainText('Step 4 of 4', { timeout: 60_000 });
  await expect(card).toContainText(/Step \d+ of 300/, { timeout: 60_000 });
  await page.screenshot({ path: test.info().outputPath('tour-4.png') });
  await expect(card).toContainText('is trained', { timeout: 200_000 });
  console.log(`trained in ${Math.round((Date.now() - begun) / 1000)} s`);
  await page.screenshot({ path: test.info().outputPath('tour-5.png') });

  // The end of the run that is on show is no toast; the log keeps it.
  await expect(page.locator('.toast')).toHaveCount(0);
  await page.getByRole('button', { name: 'All messages' }).click();
  const log = page.getByRole('dialog', { name: 'Messages' });
  await expect(log).toContainText('finished at step 300');
  await expectAccessible(page, 'messages');
  await page.keyboard.press('Escape');

  await card.getByRole('button', { name: 'Done' }).click();
  await expect(card).toBeHidden();
  await page.reload();
  await expect(page.locator('.run-heading, .run-table').first()).toBeVisible();
  await expect(card).toBeHidden();

  // From the help it comes again, and Escape closes it.
  await page.keyboard.press('Control+/');
  await page.getByRole('button', { name: /Show me: train a model/ }).click();
  await expect(card).toContainText('Step 1 of 4');
  await card.getByRole('button', { name: 'Show me where' }).focus();
  await page.keyboard.press('Escape');
  await expect(card).toBeHidden();
});
