/** axe-core over the page as it stands, in both themes. Each violation is listed with its rule and the elements. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Soft: the story goes on, and fails at its end with all that was found. */
export async function expectAccessible(
  page: Page,
  place: string,
  rules: readonly string[] | null = null,
): Promise<void> {
  await page.mouse.move(720, 899);
  // Not while something fades in: half-transparent text has no contrast of its own.
  await page.waitForFunction(() =>
    document.getAnimations().every((animation) => animation.playState !== 'running'),
  );
  // A tooltip is no part of the page, and hovers over whatever it describes; one of the focused button stays.
  const builder = new AxeBuilder({ page }).exclude('[role="tooltip"]');
  const { violations } = await (rules === null ? builder : builder.withRules([...rules])).analyze();
  const found = violations.map((violation) => ({
    place,
    rule: violation.id,
    elements: violation.nodes
      .slice(0, 4)
      .map((node) => `${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
  }));
  expect.soft(found).toEqual([]);
}

/** By the switch in the status bar. */
export async function inBothThemes(page: Page, check: (theme: string) => Promise<void>): Promise<void> {
  for (const theme of ['light', 'dark']) {
    if ((await page.locator('html').getAttribute('data-theme')) !== theme) {
      await page.getByRole('button', { name: `Switch to ${theme}` }).click();
      await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    }
    await check(theme);
  }
}

/** What a theme can change: the rest is looked at once. */
const rulesOfColour = ['color-contrast', 'link-in-text-block'];

/** As the system's theme changes: also under a dialog, which hides the switch. Not after the switch was used. */
export async function expectAccessibleInBoth(page: Page, place: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    await expectAccessible(page, `${place}, ${theme}`, theme === 'light' ? null : rulesOfColour);
  }
}
