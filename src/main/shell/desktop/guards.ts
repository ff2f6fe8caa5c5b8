/** What the page may not do: leave the app, open windows, ask for devices, or speak from anywhere but the app itself. */
import type { App, Session, WebContents, WebFrameMain } from 'electron';
import { appOrigin } from './scheme.ts';

/** Addresses that links may open in the user's own browser. */
const outside = /^https:\/\//;

/** True for our page's main frame alone; every message from a page must pass this. */
export function isTrustedFrame(frame: WebFrameMain | null): boolean {
  return frame !== null && frame.parent === null && isOurPage(frame.url);
}

/** `finegrain://app/...`; a host name is compared, not a prefix, so that `finegrain://app.evil/` fails. */
export function isOurPage(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && `${url.protocol}//${url.host}` === appOrigin;
}

/** Guards every page of the app from its creation. `openOutside` shows an https address in the user's browser. */
export function guardContents(app: App, openOutside: (address: string) => void): void {
  app.on('web-contents-created', (_created, contents: WebContents) => {
    contents.on('will-frame-navigate', (details) => {
      if (!(details.isMainFrame && isOurPage(details.url))) details.preventDefault();
    });
    contents.on('will-redirect', (details) => {
      if (!isOurPage(details.url)) details.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      if (outside.test(url)) openOutside(url);
      return { action: 'deny' };
    });
  });
}

/** Refuses all permissions but copying, which "Copy data" needs. */
export function refusePermissions(session: Session): void {
  const allowed = (permission: string, address: string) =>
    permission === 'clipboard-sanitized-write' && isOurPage(address);
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    answer(allowed(permission, details.requestingUrl));
  });
  session.setPermissionCheckHandler((_contents, permission, origin) => allowed(permission, origin));
  session.setDevicePermissionHandler(() => false);
}
