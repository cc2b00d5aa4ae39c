import { chmodSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const at = (path: string) => resolve(import.meta.dirname, path);

/** Builds the terminal command into one file that plain Node 20 runs; koffi alone stays a package of its own. */
export default defineConfig({
  build: {
    outDir: at('out/cli'),
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    license: { fileName: '.vite/license.json' },
    ssr: at('electron/cli.ts'),
    rolldownOptions: {
      external: ['koffi', /^node:/],
      output: {
        format: 'es',
        entryFileNames: 'sexton.mjs',
        codeSplitting: false,
        banner: '#!/usr/bin/env node',
      },
    },
  },
  ssr: { noExternal: true, external: ['koffi'] },
  plugins: [
    {
      name: 'executable',
      closeBundle: () => chmodSync(at('out/cli/sexton.mjs'), 0o755),
    },
  ],
});
