import type { Rectangle } from 'electron';

/** The panel's width in points; its height follows what it shows. */
export const PANEL_WIDTH = 360;
/** Distance to the icon and to the edges of the work area, in points. */
const MARGIN = 8;
const GAP = 4;

/** The icon has no position: macOS hides it, or the Linux desktop does not say where it is. */
export function isNowhere(bounds: Rectangle): boolean {
  return bounds.width <= 0 || bounds.height <= 0;
}

/**
 * Where the panel goes: centred under the icon that was clicked, or over it when the icon is in the lower half, and always
 * inside the work area. Without an icon (`null`) in the upper right corner, where people expect a menu-bar app.
 */
export function panelBounds(icon: Rectangle | null, workArea: Rectangle, height: number): Rectangle {
  const width = Math.min(PANEL_WIDTH, workArea.width);
  const fitting = Math.min(height, workArea.height - 2 * MARGIN);
  const left = workArea.x + MARGIN;
  const right = workArea.x + workArea.width - width - MARGIN;
  const top = workArea.y;
  const bottom = workArea.y + workArea.height - fitting - MARGIN;
  if (icon === null) return { x: right, y: top + MARGIN, width, height: fitting };
  const centred = Math.round(icon.x + icon.width / 2 - width / 2);
  const isBelow = icon.y + icon.height / 2 < workArea.y + workArea.height / 2;
  const y = isBelow ? icon.y + icon.height + GAP : icon.y - fitting - GAP;
  return { x: clamp(centred, left, right), y: clamp(y, top, bottom), width, height: fitting };
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, Math.max(low, high)));
}
