import { readFileSync } from 'node:fs';
import type { Browser, Frame, Page } from 'playwright';
import type { MainProcess } from './main-process.ts';
import type { Notice, ServedFile } from './wire.ts';

/** Chromium does not know the app's scheme: its pages are served under this origin, by the app's own handler. */
const ORIGIN = 'https://panel.sexton.test';
const toBrowser = (url: string) => url.replace(/^app:\/\/panel/, ORIGIN);
const toApp = (url: string) => (url.startsWith(`${ORIGIN}/`) ? url.replace(ORIGIN, 'app://panel') : url);

/** The preload in the page, in a function that is given a `require` for the two parts of `electron` it uses. */
function preloadScript(path: string): string {
  return `(() => {
    const listeners = new Map();
    window.sextonPush = (channel, payload) => {
      for (const listener of [...(listeners.get(channel) ?? [])]) listener({}, payload);
    };
    const electron = {
      contextBridge: { exposeInMainWorld: (name, value) => Object.defineProperty(window, name, { value }) },
      ipcRenderer: {
        invoke: (channel, ...input) => window.sextonInvoke(channel, input),
        on: (channel, listener) => {
          if (!listeners.has(channel)) listeners.set(channel, new Set());
          listeners.get(channel).add(listener);
        },
        removeListener: (channel, listener) => listeners.get(channel)?.delete(listener),
      },
    };
    const require = (name) => {
      if (name !== 'electron') throw new Error('a sandboxed preload cannot have ' + name);
      return electron;
    };
    ((require, module, exports) => { ${readFileSync(path, 'utf8')}
    })(require, { exports: {} }, {});
  })();`;
}

/** Opens the page of one of main's windows in the browser, with the built preload in it. */
export async function openPage(
  browser: Browser,
  main: MainProcess,
  load: Extract<Notice, { tell: 'load' }>,
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: load.width, height: load.height } });
  await page.route('**/*', async (route) => {
    const request = route.request();
    const file = await main.order<ServedFile | null>({
      do: 'request',
      url: toApp(request.url()),
      method: request.method(),
    });
    if (file === null) return route.abort('blockedbyclient');
    return route.fulfill({ status: file.status, headers: file.headers, body: Buffer.from(file.body) });
  });
  await page.exposeBinding('sextonInvoke', ({ frame }: { frame: Frame }, channel: string, input: unknown[]) =>
    main.order({
      do: 'invoke',
      contents: load.contents,
      frame: { url: toApp(frame.url()), main: frame === page.mainFrame() },
      channel,
      input,
    }),
  );
  await page.addInitScript({ content: preloadScript(load.preload) });
  await page.goto(toBrowser(load.url));
  return page;
}

declare global {
  interface Window {
    sextonPush(channel: string, payload: unknown): void;
  }
}

/** Passes a message from main to the page. */
export async function pushInto(page: Page, channel: string, payload: unknown): Promise<void> {
  await page.evaluate(([name, value]) => window.sextonPush(name as string, value), [channel, payload]);
}
