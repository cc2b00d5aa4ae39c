import type { Menu, NativeImage, Rectangle } from 'electron';
import { describe, expect, it } from 'vitest';
import { trayImages } from '../../../electron/shell/icons.ts';
import { menuTemplate } from '../../../electron/shell/menu.ts';
import { TrayIcon, type TrayParts } from '../../../electron/shell/tray-icon.ts';
import { type MenuAction, type MenuEntry, trayView } from '../../../shared/tray-view.ts';
import { portState, snapshotOf } from '../../support/standin/snapshots.ts';
import { Emitter } from '../../support/standin/world.ts';

const extras = { version: '1.0.0', launchAtLogin: false, snoozed: false };
const clear = trayView(snapshotOf(), extras);
const seven = trayView(snapshotOf({ level: 'warning', ports: [portState({ client: 7 })] }), extras);

/** A tray that writes down what is done to it. */
class Tray extends Emitter {
  readonly calls: string[] = [];
  setImage = () => void this.calls.push('image');
  setTitle = (title: string) => void this.calls.push(`title ${title}`);
  setToolTip = () => void this.calls.push('tooltip');
  setContextMenu = () => void this.calls.push('menu');
  popUpContextMenu = () => void this.calls.push('pop up');
  getBounds = (): Rectangle => ({ x: 0, y: 0, width: 0, height: 0 });
  destroy = () => {};
}

function icon(isMac: boolean, view = clear) {
  const tray = new Tray();
  const clicks: Rectangle[] = [];
  const chosen: MenuAction[] = [];
  const menus: { entries: readonly MenuEntry[]; choose: (action: MenuAction) => void }[] = [];
  const shown = new TrayIcon(view, {
    tray: tray as unknown as TrayParts['tray'],
    image: () => ({}) as NativeImage,
    buildMenu: (entries, choose) => {
      menus.push({ entries, choose });
      return {} as Menu;
    },
    isMac,
    onClick: (bounds) => clicks.push(bounds),
    onChoose: (action) => chosen.push(action),
  });
  tray.calls.length = 0;
  return { tray, shown, clicks, chosen, menus };
}

describe('the icon in the menu bar', () => {
  it('is not touched when nothing changed', () => {
    const { tray, shown, menus } = icon(false);
    shown.update(trayView(snapshotOf({ at: '2026-11-21T10:00:00.000Z', seq: 9 }), extras));
    expect(tray.calls).toEqual([]);
    expect(menus).toHaveLength(1);
  });

  it('is touched once for each thing that changed', () => {
    const { tray, shown } = icon(false);
    shown.update(seven);
    expect(tray.calls).toEqual(['image', 'title 7', 'tooltip', 'menu']);
    shown.update(seven);
    expect(tray.calls).toHaveLength(4);
    shown.update({ ...seven, title: '8' });
    expect(tray.calls.slice(4)).toEqual(['title 8']);
  });

  it('opens the panel at a left click and the menu at a right click on macOS', () => {
    const { tray, clicks } = icon(true);
    const bounds = { x: 5, y: 0, width: 24, height: 24 };
    tray.emit('click', {}, bounds);
    tray.emit('right-click', {}, bounds);
    expect(clicks).toEqual([bounds]);
    expect(tray.calls).toEqual(['pop up']);
  });

  it('passes on what was chosen in the menu', () => {
    const { menus, chosen } = icon(true);
    menus[0]?.choose('settings');
    expect(chosen).toEqual(['settings']);
  });
});

describe('the menu', () => {
  it('is given to Electron entry by entry', () => {
    const chosen: MenuAction[] = [];
    const template = menuTemplate(clear.menu, (action) => chosen.push(action));
    expect(template).toHaveLength(clear.menu.length);
    const quit = template.find(({ id }) => id === 'quit')?.click as (() => void) | undefined;
    quit?.();
    expect(chosen).toEqual(['quit']);
    expect(template.find(({ id }) => id === 'toggle-login')).toMatchObject({ type: 'checkbox', checked: false });
  });
});

describe('the images', () => {
  const reader = (missing: boolean) => {
    const made: string[] = [];
    const image = (what: string) => {
      made.push(what);
      const isEmpty = () => missing && what !== 'bitmap';
      return { isEmpty, setTemplateImage: () => {} } as unknown as NativeImage;
    };
    return { made, createFromPath: image, createFromBitmap: () => image('bitmap') };
  };

  it('are templates on macOS and in colour elsewhere, each read once', () => {
    const images = reader(false);
    const load = trayImages('/icons', true, images);
    expect(load('warning')).toBe(load('warning'));
    trayImages('/icons', false, images)('blind');
    expect(images.made).toEqual(['/icons/warningTemplate.png', '/icons/blind.png']);
  });

  it('are a plain disc when the file is missing', () => {
    const images = reader(true);
    expect(trayImages('/icons', true, images)('clear').isEmpty()).toBe(false);
    expect(images.made).toEqual(['/icons/clearTemplate.png', 'bitmap']);
  });
});
