import type { Menu, NativeImage, Rectangle, Tray } from 'electron';
import type { MenuAction, MenuEntry, TrayView } from '../../shared/tray-view.ts';

/** What the menu-bar icon needs from outside. */
export interface TrayParts {
  tray: Pick<
    Tray,
    'on' | 'setImage' | 'setTitle' | 'setToolTip' | 'setContextMenu' | 'popUpContextMenu' | 'getBounds' | 'destroy'
  >;
  image(icon: TrayView['icon']): NativeImage;
  buildMenu(entries: readonly MenuEntry[], choose: (action: MenuAction) => void): Menu;
  /** macOS keeps left and right click apart; on Linux the desktop opens the menu itself. */
  isMac: boolean;
  onClick(icon: Rectangle): void;
  onChoose(action: MenuAction): void;
}

/** The icon in the menu bar. Calls the system only where the view has changed, because each call costs a redraw. */
export class TrayIcon {
  readonly #parts: TrayParts;
  #shown: TrayView;
  #menu: Menu;

  /** `view` must be what the tray was made with: its image is taken as shown. */
  constructor(view: TrayView, parts: TrayParts) {
    this.#parts = parts;
    this.#shown = view;
    this.#menu = this.#buildMenu(view);
    const { tray, isMac } = parts;
    tray.setToolTip(view.tooltip);
    if (view.title !== '') this.#setTitle(view.title);
    tray.on('click', (_event, bounds) => parts.onClick(bounds));
    if (isMac) tray.on('right-click', () => tray.popUpContextMenu(this.#menu));
    else tray.setContextMenu(this.#menu);
  }

  /** Shows a view. */
  update(view: TrayView): void {
    const { tray, isMac } = this.#parts;
    const shown = this.#shown;
    this.#shown = view;
    if (view.icon !== shown.icon) tray.setImage(this.#parts.image(view.icon));
    if (view.title !== shown.title) this.#setTitle(view.title);
    if (view.tooltip !== shown.tooltip) tray.setToolTip(view.tooltip);
    if (JSON.stringify(view.menu) === JSON.stringify(shown.menu)) return;
    this.#menu = this.#buildMenu(view);
    if (!isMac) tray.setContextMenu(this.#menu);
  }

  /** Where the icon is, as far as the system says; all zeros when it does not. */
  bounds(): Rectangle {
    return this.#parts.tray.getBounds();
  }

  destroy(): void {
    this.#parts.tray.destroy();
  }

  #setTitle(title: string): void {
    this.#parts.tray.setTitle(title, { fontType: 'monospacedDigit' });
  }

  #buildMenu({ menu }: TrayView): Menu {
    return this.#parts.buildMenu(menu, (action) => this.#parts.onChoose(action));
  }
}
