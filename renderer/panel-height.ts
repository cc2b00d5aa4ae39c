import type { BridgeClient } from '../shared/bridge/bridge.ts';

/** The panel is never taller than this, in points; what does not fit scrolls. */
const TALLEST = 760;
const SHORTEST = 120;
/** How much of the screen below stays visible above a sheet, in points. */
const ABOVE_SHEET = 44;

/** Measures what the panel shows and asks main for a window of that height. */
export interface PanelHeight {
  /** Ref of a part of the panel itself: its height counts. */
  panelPart(element: HTMLElement | null): (() => void) | undefined;
  /** Ref of a part of the sheet that lies over the panel. */
  sheetPart(element: HTMLElement | null): (() => void) | undefined;
}

/** The height the window should have for parts of these heights, in points. */
export function wishedHeight(panelParts: readonly number[], sheetParts: readonly number[]): number {
  const sum = (heights: readonly number[]) => heights.reduce((total, height) => total + height, 0);
  const sheet = sheetParts.length === 0 ? 0 : sum(sheetParts) + ABOVE_SHEET;
  return Math.min(TALLEST, Math.max(SHORTEST, Math.ceil(Math.max(sum(panelParts), sheet))));
}

/** Watches the parts and asks main once for each new height. */
export function createPanelHeight(client: BridgeClient): PanelHeight {
  const panel = new Set<HTMLElement>();
  const sheet = new Set<HTMLElement>();
  let told = 0;
  const tell = (): void => {
    const heights = (parts: Set<HTMLElement>) => [...parts].map((part) => part.getBoundingClientRect().height);
    const height = wishedHeight(heights(panel), heights(sheet));
    if (height === told || panel.size === 0) return;
    told = height;
    client.app.resize({ height }).catch(() => {
      told = 0;
    });
  };
  const observer = new ResizeObserver(tell);
  const track = (parts: Set<HTMLElement>) => (element: HTMLElement | null) => {
    if (element === null) return undefined;
    parts.add(element);
    observer.observe(element);
    return () => {
      parts.delete(element);
      observer.unobserve(element);
      tell();
    };
  };
  return { panelPart: track(panel), sheetPart: track(sheet) };
}
