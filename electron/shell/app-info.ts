import type { AppInfo } from '../../shared/bridge/bridge.ts';

/** Holds what the panel knows about the app itself, and reports changes. */
export class AppInfoHolder {
  readonly #onChange: (info: AppInfo) => void;
  #info: AppInfo;

  constructor(info: AppInfo, onChange: (info: AppInfo) => void) {
    this.#info = info;
    this.#onChange = onChange;
  }

  get(): AppInfo {
    return this.#info;
  }

  set(patch: Partial<AppInfo>): void {
    const next = { ...this.#info, ...patch };
    if (JSON.stringify(next) === JSON.stringify(this.#info)) return;
    this.#info = next;
    this.#onChange(next);
  }
}
