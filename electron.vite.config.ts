import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { bridgeShape } from './shared/bridge/shape.ts';

const at = (path: string) => resolve(import.meta.dirname, path);

/** koffi carries native code and stays a package of its own; everything else is bundled. */
const external = ['electron', 'koffi', /^node:/];

/** What each world has bundled, with licences: `npm run licenses` collects them, packaging leaves them out. */
const license = { fileName: '.vite/license.json' };

/** Builds the app's three worlds into `out/main`, `out/preload` and `out/renderer`. */
export default defineConfig({
  main: {
    build: {
      outDir: at('out/main'),
      license,
      externalizeDeps: false,
      target: 'node24',
      rolldownOptions: {
        input: { main: at('electron/main.ts') },
        external,
        output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
  },
  preload: {
    // The preload needs the contract's names only. Put in at build time, they spare every panel the schema library.
    define: { BRIDGE_SHAPE: JSON.stringify(bridgeShape()) },
    build: {
      outDir: at('out/preload'),
      license,
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: at('electron/preload.ts') },
        external,
        output: { format: 'cjs', entryFileNames: '[name].js' },
      },
    },
  },
  renderer: {
    root: at('renderer'),
    base: './',
    plugins: [react()],
    build: {
      outDir: at('out/renderer'),
      license,
      // The panel's content security policy allows files of its own only: nothing inline, no `data:`.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      minify: true,
      rolldownOptions: { input: { index: at('renderer/index.html') } },
    },
  },
});
