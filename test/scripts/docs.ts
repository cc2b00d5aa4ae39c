/** `npm run docs`: writes the pages of `assets/docs` that come from the code. A test fails when they do not match it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES } from './docs/pages.ts';

for (const [path, render] of Object.entries(PAGES)) writeFileSync(join(import.meta.dirname, '../..', path), render());
