import type { Locator, Page } from 'playwright';
import { expect } from 'vitest';
import { STEP_TITLES } from '../../shared/words/restart.ts';
import { until } from '../support/until.ts';
import type { Desk } from './desk.ts';

type Step = keyof typeof STEP_TITLES;

/** How long a step may take to appear: a scan, its publication and the drawing. */
const SEEN_WITHIN = { timeout: 15_000 };

/** The guided restart as a person sees it in the open panel. */
export class Guide {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Opens the guide from the icon's menu, running or not. */
  static async open(desk: Desk): Promise<Guide> {
    await desk.host.choose('restart-guide');
    return Guide.on(await desk.host.panel());
  }

  /** The guide on this page. */
  static async on(page: Page): Promise<Guide> {
    await page.getByRole('heading', { name: 'Guided restart' }).waitFor();
    return new Guide(page);
  }

  /** Opens the guide from the icon's menu and starts it. */
  static async start(desk: Desk): Promise<Guide> {
    const guide = await Guide.open(desk);
    await guide.press('Start');
    await guide.page.getByRole('button', { name: 'Cancel guided restart' }).waitFor();
    return guide;
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  press(name: string): Promise<void> {
    return this.button(name).click();
  }

  /** Waits until the guide is at this step, and returns the step's text. */
  async at(step: Step): Promise<string> {
    const current = this.page.locator('.step[aria-current="step"]');
    await current.filter({ has: this.page.getByText(STEP_TITLES[step], { exact: true }) }).waitFor(SEEN_WITHIN);
    return (await current.locator('.step-wait').textContent()) ?? '';
  }

  /** Waits until the guide shows this in its current step or its notice. */
  async says(words: string | RegExp): Promise<void> {
    await this.page.getByText(words).first().waitFor(SEEN_WITHIN);
  }

  /** Which steps are done, as digits: `11000` after the second. */
  async done(): Promise<string> {
    const states = await this.page
      .locator('.step')
      .evaluateAll((steps) => steps.map((step) => step.getAttribute('data-state')));
    return states.map((state) => (state === 'done' ? '1' : '0')).join('');
  }

  /** The guide waits for what it sees: Cancel is its only button. */
  async onlyWaits(): Promise<void> {
    expect(await this.button('Waiting…').isDisabled()).toBe(true);
    expect(await this.page.locator('.act button:enabled').allTextContents()).toEqual(['Cancel guided restart']);
  }

  /** The seconds of the wait that the third step shows. */
  async seconds(): Promise<number> {
    const counted = await until(async () => /^(\d+) s of 30 s/.exec(await this.at(3))?.[1], { what: 'the countdown' });
    return Number(counted);
  }
}
