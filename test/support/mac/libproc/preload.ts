/** Replaces `koffi` with the double in any program that this Node runs, built or not: `node --import …/preload.ts out/cli/sexton.mjs`. */
import { registerHooks } from 'node:module';

const module = new URL('./koffi-module.ts', import.meta.url).href;
const double = new URL('./koffi-double.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    // The double itself takes the real one for everything that is not the Mac's.
    specifier === 'koffi' && context.parentURL !== double
      ? { url: module, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context),
});
