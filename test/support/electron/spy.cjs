/**
 * Loaded into real Electron before the app (`electron -r spy.cjs .`): remembers what the app does with the things that Playwright
 * cannot see, in the form of `AppState` (test/support/standin/wire.ts), as `globalThis.sextonSpy`.
 */
const { Menu, Notification, Tray, app, nativeImage, shell } = require('electron');

const files = new WeakMap();
let newestFile = '';
const spy = {
  tray: null,
  shown: [],
  failing: null,
  windowsMade: 0,
  opened: [],
  menu: [],
  image: '',
  template: false,
  title: '',
  tooltip: '',
  calls: { setImage: 0, setTitle: 0, setToolTip: 0, setContextMenu: 0 },
  passed: { awake: 0, asleep: 0 },
};
globalThis.sextonSpy = spy;

// A spec moves the clocks; during sleep the monotonic one stops.
const monotonic = performance.now.bind(performance);
const wall = Date.now;
performance.now = () => monotonic() + spy.passed.awake;
Date.now = () => wall() + spy.passed.awake + spy.passed.asleep;

const createFromPath = nativeImage.createFromPath;
nativeImage.createFromPath = (path) => {
  const image = createFromPath(path);
  files.set(image, path);
  newestFile = path;
  return image;
};

/** Calls `seen` before the method of the same name does its work. */
function watch(prototype, name, seen) {
  const method = prototype[name];
  prototype[name] = function (...input) {
    seen.apply(this, input);
    return method.apply(this, input);
  };
}

watch(Tray.prototype, 'setImage', (image) => {
  spy.calls.setImage++;
  spy.image = files.get(image) ?? 'bitmap';
  spy.template = image.isTemplateImage();
});
watch(Tray.prototype, 'setTitle', (title) => {
  spy.calls.setTitle++;
  spy.title = title;
});
watch(Tray.prototype, 'setToolTip', function (tooltip) {
  // The first thing done with a new icon: until then its image is the one that was read last.
  if (spy.tray === null) spy.image = newestFile;
  spy.tray = this;
  spy.calls.setToolTip++;
  spy.tooltip = tooltip;
});
watch(Tray.prototype, 'setContextMenu', () => {
  spy.calls.setContextMenu++;
});
watch(Menu, 'buildFromTemplate', (template) => {
  if (template.some(({ id }) => id === 'quit')) spy.menu = template;
});

const show = Notification.prototype.show;
Notification.prototype.show = function () {
  if (spy.failing === 'failed') {
    this.emit('failed', {}, 'Notifications are not allowed for this application');
    return;
  }
  const { title, body, silent, urgency } = this;
  spy.shown.push({ notification: this, state: { title, body, silent, urgency } });
  show.call(this);
};
const isSupported = Notification.isSupported;
Notification.isSupported = () => spy.failing !== 'unsupported' && isSupported();

shell.openPath = async (path) => {
  spy.opened.push(path);
  return '';
};
shell.openExternal = async (url) => {
  spy.opened.push(url);
};
app.on('browser-window-created', () => {
  spy.windowsMade++;
});
