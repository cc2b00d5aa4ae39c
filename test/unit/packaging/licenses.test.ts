import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LICENSES_FILE, licensesText, shipped } from '../../scripts/licenses.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('the list of what ships by others', () => {
  it('is what the builds bundle, koffi and Electron (else: npm run licenses)', () => {
    expect(readFileSync(join(ROOT, LICENSES_FILE), 'utf8')).toBe(licensesText(shipped(ROOT)));
  });

  it('names each with its version, licence and the licence’s text', () => {
    const entries = shipped(ROOT);
    expect(entries.map(({ name }) => name)).toEqual(expect.arrayContaining(['electron', 'koffi', 'react', 'zod']));
    for (const { name, version, identifier, text } of entries) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+/);
      expect(identifier, name).toMatch(/^(MIT|ISC|Apache-2\.0|BSD-[23]-Clause)$/);
      expect(text?.length, name).toBeGreaterThan(200);
    }
  });

  it('prints a text that several share once', () => {
    const text = licensesText([
      { name: 'a', version: '1.0.0', identifier: 'MIT', text: 'Shared words.' },
      { name: 'b', version: '2.0.0', identifier: 'MIT', text: 'Shared words.' },
    ]);
    expect(text.split('Shared words.')).toHaveLength(2);
    expect(text.match(/^a 1\.0\.0 \(MIT\)\nb 2\.0\.0 \(MIT\)$/gm)).toHaveLength(2);
  });
});
