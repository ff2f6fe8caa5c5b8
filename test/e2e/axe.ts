/** axe-core over the page as it stands, in both themes. Each violation is listed with its rule and the elements. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

export async function expectAccessible(page: Page, place: string): Promise<void> {
  // A tooltip is no part of the page, and hovers over whatever it describes.
  await page.mouse.move(720, 899);
  await expect(page.getByRole('tooltip')).toHaveCount(0);
  // Not while something fades in: half-transparent text has no contrast of its own.
  await page.waitForFunction(() =>
    document.getAnimations().every((animation) => animation.playState !== 'running'),
  );
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map((violation) => ({
    place,
    rule: violation.id,
    elements: violation.nodes
      .slice(0, 4)
      .map((node) => `${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
  }));
  expect(found).toEqual([]);
}

export async function inBothThemes(page: Page, check: (theme: string) => Promise<void>): Promise<void> {
  for (const theme of ['light', 'dark']) {
    if ((await page.locator('html').getAttribute('data-theme')) !== theme) {
      await page.getByRole('button', { name: `Switch to ${theme}` }).click();
      await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    }
    await check(theme);
  }
}
