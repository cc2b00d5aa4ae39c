import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isPanelUrl, panelFile, servePanel } from '../../../electron/shell/panel/protocol.ts';
import { confine, deny } from '../../../electron/shell/panel/security.ts';
import { panelOptions } from '../../../electron/shell/panel/window.ts';
import { Emitter } from '../../support/standin/world.ts';

describe('the panel’s window', () => {
  it.each([true, false])('is isolated and sandboxed, without Node (macOS: %s)', (isMac) => {
    expect(panelOptions('/preload.js', isMac).webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
    });
  });
});

describe('a page', () => {
  it.each(['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])(
    'is stopped at %s',
    (event) => {
      const contents = Object.assign(new Emitter(), { setWindowOpenHandler: () => {} });
      confine(contents as never);
      let prevented = false;
      contents.emit(event, { preventDefault: () => (prevented = true) });
      expect(prevented).toBe(true);
    },
  );

  it('opens no windows', () => {
    let answer: unknown;
    const open = (handler: (details: never) => unknown) => {
      answer = handler({} as never);
    };
    confine(Object.assign(new Emitter(), { setWindowOpenHandler: open }) as never);
    expect(answer).toEqual({ action: 'deny' });
  });
});

describe('the session', () => {
  const session = () => {
    const said: Record<string, unknown> = {};
    const guarded = Object.assign(new Emitter(), {
      setPermissionRequestHandler: (
        handler: (contents: null, name: string, answer: (granted: boolean) => void) => void,
      ) =>
        handler(null, 'media', (granted) => {
          said.requested = granted;
        }),
      setPermissionCheckHandler: (handler: () => boolean) => {
        said.checked = handler();
      },
      setDevicePermissionHandler: (handler: () => boolean) => {
        said.device = handler();
      },
      webRequest: {
        onBeforeRequest: (listener: (details: { url: string }, answer: (response: unknown) => void) => void) => {
          said.request = (url: string) => {
            let response: unknown;
            listener({ url }, (given) => {
              response = given;
            });
            return response;
          };
        },
      },
    });
    deny(guarded as never);
    return { said, guarded };
  };

  it('grants nothing', () => {
    expect(session().said).toMatchObject({ requested: false, checked: false, device: false });
  });

  it('downloads nothing', () => {
    const { guarded } = session();
    let prevented = false;
    guarded.emit('will-download', { preventDefault: () => (prevented = true) });
    expect(prevented).toBe(true);
  });

  it('lets only the panel’s own files be fetched', () => {
    const request = session().said.request as (url: string) => unknown;
    expect(request('app://panel/index.html')).toEqual({ cancel: false });
    for (const url of [
      'https://example.com/',
      'file:///etc/passwd',
      'ws://127.0.0.1:4002/',
      'data:text/html,x',
      'app://other/',
    ]) {
      expect(request(url)).toEqual({ cancel: true });
    }
  });
});

describe('the panel’s own scheme', () => {
  it.each([
    ['app://panel/index.html', true],
    ['app://panel/', true],
    ['app://panel.evil/index.html', false],
    ['app://panel:80/index.html', false],
    ['https://panel/index.html', false],
    ['', false],
  ])('knows whether %s is the panel', (url, known) => {
    expect(isPanelUrl(url)).toBe(known);
  });

  it.each([
    ['app://panel/index.html', '/root/index.html'],
    ['app://panel/assets/a-1.js?x#y', '/root/assets/a-1.js'],
    ['app://panel/..%2f..%2fetc/passwd.html', null],
    ['app://panel/%2e%2e/secret.js', '/root/secret.js'],
    ['app://panel/%00.html', null],
    ['app://panel/%ff.html', null],
    ['app://panel/main.mjs', null],
    ['app://panel/', null],
    ['app://elsewhere/index.html', null],
  ])('maps %s to %s', (url, file) => {
    expect(panelFile('/root', url)).toBe(file);
  });

  it('serves every answer with the policy, also a missing file', async () => {
    const serve = servePanel(join(import.meta.dirname, '../../../renderer'), (path) => readFile(path));
    const found = await serve({ url: 'app://panel/index.html', method: 'GET' });
    const missing = await serve({ url: 'app://panel/none.html', method: 'GET' });
    const posted = await serve({ url: 'app://panel/index.html', method: 'POST' });
    expect([found.status, missing.status, posted.status]).toEqual([200, 404, 404]);
    for (const answer of [found, missing, posted]) {
      expect(answer.headers.get('Content-Security-Policy')).toMatch(/^default-src 'none'/);
    }
    expect(found.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
  });
});
