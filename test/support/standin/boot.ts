/** Runs the built main bundle in plain Node, with the double in place of `electron`: `node boot.ts out/main/main.mjs [ARGUMENTS]`. */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { doubleClocks } from './clock-double.ts';
import { takeOrders } from './orders.ts';

const double = new URL('./electron-double.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron'
      ? { url: double, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context),
});

doubleClocks();
takeOrders();
const [, , main = '', ...rest] = process.argv;
// As of an app that is not packaged: the runtime, the app's folder, and then what was given.
process.argv = [process.execPath, '.', ...rest];
await import(pathToFileURL(main).href);
