import type { MenuItemConstructorOptions } from 'electron';
import type { MenuAction, MenuEntry } from '../../shared/tray-view.ts';

/** The tray's menu in Electron's form. */
export function menuTemplate(
  entries: readonly MenuEntry[],
  choose: (action: MenuAction) => void,
): MenuItemConstructorOptions[] {
  return entries.map((entry) => {
    if (entry.kind === 'separator') return { type: 'separator' };
    const { action, label, enabled, checked } = entry;
    return {
      id: action,
      label,
      enabled,
      ...(checked === null ? {} : { type: 'checkbox', checked }),
      click: () => choose(action),
    };
  });
}
