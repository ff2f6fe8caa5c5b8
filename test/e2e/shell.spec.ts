/** The browser shell's own promises, seen from a real browser: who gets in, and what the page cannot do. */
import { expect, test } from './app.ts';

test.describe('the browser shell', () => {
  test('the token buys a cookie and leaves the address', async ({ page, context, app }) => {
    await page.goto(app.address);
    expect(page.url()).toBe(`${new URL(app.address).origin}/`);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    await expect(page).toHaveTitle(/Finegrain/);
  });

  test.describe('without the token', () => {
    test.use({ tolerated: [/status of 401/] });
    test('nothing is served', async ({ page, app }) => {
      const response = await page.goto(new URL(app.address).origin);
      expect(response?.status()).toBe(401);
    });
  });

  test.describe('content security', () => {
    test.use({ tolerated: [/Content Security Policy/] });
    test('strings never become code', async ({ page, app }) => {
      await page.goto(app.address);
      // Playwright evaluates past the policy, so the attempt is made by an inline script and a handler in the page.
      await page.evaluate(() => {
        const script = document.createElement('script');
        script.textContent = 'document.documentElement.dataset.inline = "ran"';
        document.body.append(script);
        const image = document.createElement('img');
        image.setAttribute('onerror', 'document.documentElement.dataset.handler = "ran"');
        image.src = 'data:image/png;base64,broken';
        document.body.append(image);
        return new Promise((resolve) => setTimeout(resolve, 200));
      });
      await expect(page.locator('html')).not.toHaveAttribute('data-inline');
      await expect(page.locator('html')).not.toHaveAttribute('data-handler');
    });
  });

  test.describe('a page of another origin', () => {
    test.use({ tolerated: [/WebSocket/] });
    test('cannot open the socket', async ({ page, context, app }) => {
      await page.goto(app.address); // signed in: the cookie is there
      const { port } = new URL(app.address);
      const stranger = await context.newPage();
      await stranger.route('http://stranger.localhost/', (route) =>
        route.fulfill({ contentType: 'text/html', body: '<p>hi' }),
      );
      await stranger.goto('http://stranger.localhost/');
      const outcome = await stranger.evaluate(
        (address) =>
          new Promise<string>((resolve) => {
            const socket = new WebSocket(address);
            socket.onopen = () => resolve('open');
            socket.onerror = () => resolve('refused');
          }),
        `ws://127.0.0.1:${port}/socket`,
      );
      expect(outcome).toBe('refused');
    });
  });
});
