import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Builds the panel as it ships, for pictures and checks without the app. */
export default defineConfig({
  root: here('../../../renderer'),
  base: './',
  plugins: [react()],
  build: { outDir: here('../../../out/panel'), emptyOutDir: true, target: 'chrome140', modulePreload: false },
});
