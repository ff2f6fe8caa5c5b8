import { EventEmitter } from 'node:events';
import type { App, Session, WebFrameMain } from 'electron';
import { describe, expect, test, vi } from 'vitest';
import { guardContents, isOurPage, isTrustedFrame, refusePermissions } from './guards.ts';

test.each([
  ['finegrain://app/', true],
  ['finegrain://app/index.html#/runs/a', true],
  ['finegrain://app.evil/', false],
  ['finegrain://evil/', false],
  ['finegrain://app:1/', false],
  ['finegrain://app@evil/', false],
  ['https://app/', false],
  ['file:///etc/passwd', false],
  ['about:blank', false],
  ['javascript:alert(1)', false],
  ['', false],
])('%s is our page: %s', (address, ours) => {
  expect(isOurPage(address)).toBe(ours);
});

test('only the main frame of our page is trusted', () => {
  const frame = (url: string, parent: unknown = null) => ({ url, parent }) as unknown as WebFrameMain;
  expect(isTrustedFrame(frame('finegrain://app/index.html'))).toBe(true);
  expect(isTrustedFrame(frame('finegrain://app/index.html', frame('finegrain://app/')))).toBe(false);
  expect(isTrustedFrame(frame('https://evil.example/'))).toBe(false);
  expect(isTrustedFrame(null)).toBe(false);
});

describe('a page', () => {
  function setUp() {
    const app = new EventEmitter();
    const openOutside = vi.fn();
    guardContents(app as unknown as App, openOutside);
    let openWindow: (details: { url: string }) => { action: string } = () => ({ action: 'unset' });
    const contents = Object.assign(new EventEmitter(), {
      setWindowOpenHandler: (handler: typeof openWindow) => {
        openWindow = handler;
      },
    });
    app.emit('web-contents-created', {}, contents);
    const prevented = (event: string, details: object = {}) => {
      const preventDefault = vi.fn();
      contents.emit(event, { ...details, preventDefault });
      return preventDefault.mock.calls.length > 0;
    };
    return { prevented, openOutside, open: (url: string) => openWindow({ url }) };
  }

  test('cannot leave the app, be redirected out of it, or load frames and webviews', () => {
    const { prevented } = setUp();
    expect(prevented('will-frame-navigate', { url: 'finegrain://app/index.html', isMainFrame: true })).toBe(
      false,
    );
    expect(prevented('will-frame-navigate', { url: 'https://evil.example/', isMainFrame: true })).toBe(true);
    expect(prevented('will-frame-navigate', { url: 'finegrain://app/index.html', isMainFrame: false })).toBe(
      true,
    );
    expect(prevented('will-redirect', { url: 'https://evil.example/' })).toBe(true);
    expect(prevented('will-redirect', { url: 'finegrain://app/' })).toBe(false);
    expect(prevented('will-attach-webview')).toBe(true);
  });

  test('opens no window; an https link goes to the browser, anything else nowhere', () => {
    const { open, openOutside } = setUp();
    for (const url of [
      'https://example.com/',
      'http://example.com/',
      'file:///etc/passwd',
      'finegrain://app/',
      'javascript:1',
    ]) {
      expect(open(url)).toEqual({ action: 'deny' });
    }
    expect(openOutside.mock.calls).toEqual([['https://example.com/']]);
  });
});

test('no permission but copying, and that only for our page', () => {
  type Request = (
    contents: null,
    permission: string,
    answer: (allowed: boolean) => void,
    details: object,
  ) => void;
  let request: Request = () => undefined;
  let check: (contents: null, permission: string, origin: string) => boolean = () => true;
  let device: () => boolean = () => true;
  refusePermissions({
    setPermissionRequestHandler: (handler: Request) => {
      request = handler;
    },
    setPermissionCheckHandler: (handler: typeof check) => {
      check = handler;
    },
    setDevicePermissionHandler: (handler: typeof device) => {
      device = handler;
    },
  } as unknown as Session);
  const asked = (permission: string, requestingUrl: string) => {
    const answer = vi.fn();
    request(null, permission, answer, { requestingUrl });
    return answer.mock.calls[0]?.[0] as boolean;
  };
  expect(asked('clipboard-sanitized-write', 'finegrain://app/index.html')).toBe(true);
  expect(asked('clipboard-sanitized-write', 'https://evil.example/')).toBe(false);
  for (const permission of [
    'media',
    'geolocation',
    'notifications',
    'clipboard-read',
    'openExternal',
    'fileSystem',
  ]) {
    expect(asked(permission, 'finegrain://app/index.html')).toBe(false);
    expect(check(null, permission, 'finegrain://app')).toBe(false);
  }
  expect(device()).toBe(false);
});
