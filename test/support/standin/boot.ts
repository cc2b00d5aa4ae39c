/** Runs the built main bundle in plain Node, with the double in place of `electron`: `node boot.ts out/main/main.mjs [ARGUMENTS]`. */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { takeOrders } from './orders.ts';

const double = new URL('./electron-double.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron'
      ? { url: double, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context),
});

takeOrders();
const [, , main = ''] = process.argv;
await import(pathToFileURL(main).href);
