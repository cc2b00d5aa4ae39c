import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from './desk.ts';
import type { AppHost } from './host.ts';

let desk: Desk;
let host: AppHost;
beforeEach(async () => {
  desk = await Desk.open();
  desk.settings({});
  host = await desk.start();
  await desk.untilLevel('clear');
});
afterEach(() => desk.close());

describe('the panel’s sandbox', () => {
  it('has no listener on a channel outside the contract', async () => {
    await expect(host.callAsStranger('sexton:process.kill', { pid: 1 })).rejects.toThrow(/No handler registered/);
  });

  it('refuses a call from any other window, even from one that shows the panel’s own page', async () => {
    expect(await host.callAsStranger('sexton:snapshot.get', undefined)).toEqual({
      ok: false,
      error: { code: 'foreign-sender' },
    });
  });

  it('refuses a payload that does not match the call’s schema', async () => {
    await host.clickTray();
    const page = await host.panel();
    const refusal = (input: unknown) =>
      page.evaluate(
        (given) =>
          (window as unknown as { sexton: { clean: { confirm(input: unknown): Promise<unknown> } } }).sexton.clean
            .confirm(given)
            .then(JSON.stringify, (error: Error) => error.message),
        input,
      );
    expect(await refusal({ pid: 1 })).toContain('bad-input');
    expect(await refusal({ planId: 'x'.repeat(65) })).toContain('bad-input');
    expect(await refusal({ planId: 'none' })).toContain('plan-unknown');
  });

  it('serves every file with a policy that allows only the panel’s own files', async () => {
    const { status, headers } = await host.fetchFile('/index.html');
    expect(status).toBe(200);
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('serves no files outside the panel', async () => {
    for (const path of ['/../main/main.mjs', '/..%2f..%2fpackage.json', '/missing.js', '/']) {
      expect((await host.fetchFile(path)).status).toBe(404);
    }
  });

  it('keeps the page from evaluating text, loading or connecting anywhere, and reaching Node', async () => {
    await host.clickTray();
    const page = await host.panel();
    const found = await page.evaluate(async () => {
      const inline = document.createElement('script');
      inline.textContent = 'window.inlineRan = true';
      document.head.append(inline);
      const connected = await fetch('https://example.com/').then(
        () => true,
        () => false,
      );
      const globals = ['require', 'process', 'module', 'Buffer'].filter((name) => name in window);
      return {
        inline: 'inlineRan' in window,
        connected,
        globals,
        doors: Object.keys(window).filter((name) => name === 'electron'),
      };
    });
    expect(found).toEqual({ inline: false, connected: false, globals: [], doors: [] });
  });

  it('the page cannot navigate or open windows', async () => {
    await host.clickTray();
    await host.panel();
    expect(await host.leave('https://example.com/')).toEqual({ left: false, opened: false });
  });

  it.each(['notifications', 'geolocation', 'camera'])('denies the permission for %s', async (name) => {
    await host.clickTray();
    await host.panel();
    expect(await host.permission(name)).toBe(false);
  });
});
