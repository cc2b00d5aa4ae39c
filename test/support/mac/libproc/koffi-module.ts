import { faults } from './faults.ts';
import { createKoffiDouble, type DoubleOptions } from './koffi-double.ts';
import { OPTIONS_VARIABLE, type PreloadOptions } from './preload-options.ts';

/** What replaces the package `koffi` under the preload. */
const { fault, restricted, ...given } = JSON.parse(process.env[OPTIONS_VARIABLE] ?? '{}') as PreloadOptions;

const options: DoubleOptions = {
  ...given,
  ...(restricted === undefined ? {} : { restricted: (path) => restricted.includes(path) }),
  ...(fault === undefined ? {} : { fault: faults[fault] }),
};

const koffi = createKoffiDouble(options);

export const { load, errno, os } = koffi;
// The product imports koffi's default export.
// biome-ignore lint/style/noDefaultExport: it replaces a package that has one.
export default koffi;
