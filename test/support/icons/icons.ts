import type { Level } from '../../../shared/snapshot.ts';
import type { Picture } from './png.ts';
import { both, box, circle, outline, polygon, type Shape, stroke, union, without } from './shapes.ts';

type Colour = readonly [red: number, green: number, blue: number];

/** A shape and what it is filled with, from top to bottom. */
interface Layer {
  shape: Shape;
  top: Colour;
  bottom: Colour;
}

/** Side of the square that the menu-bar shapes are drawn in, in points. */
const TRAY_UNITS = 16;
const SAMPLES = 4;

const diamond = polygon(
  [
    [8, 1.6],
    [14.4, 8],
    [8, 14.4],
    [1.6, 8],
  ],
  0.8,
);
const octagon = polygon(
  [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => {
    const angle = (Math.PI / 4) * (corner + 0.5);
    return [8 + 6.4 * Math.cos(angle), 8 + 6.4 * Math.sin(angle)] as const;
  }),
  0.7,
);
const exclamation = (top: number, bottom: number, dot: number) =>
  union(
    stroke(
      [
        [8, top],
        [8, bottom],
      ],
      1.7,
    ),
    circle(8, dot, 1.05),
  );
const eye = both(circle(8, 12.4, 8.6), circle(8, 3.6, 8.6));
const slash = stroke(
  [
    [2.9, 13.4],
    [13.1, 2.6],
  ],
  1.6,
);
const slashGap = stroke(
  [
    [2.9, 13.4],
    [13.1, 2.6],
  ],
  3.4,
);

/** The shape of each level, distinguishable without colour at 16 points. */
export const TRAY_SHAPES: Readonly<Record<Level, Shape>> = {
  clear: union(
    outline(circle(8, 8, 6.8), 1.5),
    stroke(
      [
        [5.1, 8.3],
        [7.1, 10.3],
        [10.9, 5.9],
      ],
      1.6,
    ),
  ),
  notice: union(outline(diamond, 1.5), circle(8, 8, 2.1)),
  warning: without(
    polygon(
      [
        [8, 2.4],
        [14.1, 13.2],
        [1.9, 13.2],
      ],
      1,
    ),
    exclamation(6, 9, 11.7),
  ),
  critical: without(octagon, exclamation(4.6, 8.4, 11.3)),
  blind: union(without(outline(eye, 1.5), slashGap), slash),
};

/** Colours that carry on light and on dark panels, for menu bars that do not tint. */
const TRAY_COLOURS: Readonly<Record<Level, Colour>> = {
  clear: [62, 166, 102],
  notice: [74, 144, 226],
  warning: [230, 150, 40],
  critical: [226, 70, 70],
  blind: [150, 130, 210],
};

/** The menu-bar icon of a level: a black template for macOS, else in colour. */
export function trayPicture(level: Level, size: number, template: boolean): Picture {
  const colour: Colour = template ? [0, 0, 0] : TRAY_COLOURS[level];
  return paint(size, TRAY_UNITS, [{ shape: TRAY_SHAPES[level], top: colour, bottom: colour }]);
}

const stone = union(box(30, 42, 40, 40, 0.01), circle(50, 42, 20));
/** Two ends of a connection that no longer meet. */
const broken = union(
  stroke(
    [
      [38, 48],
      [45, 48],
    ],
    3.6,
  ),
  stroke(
    [
      [55, 48],
      [62, 48],
    ],
    3.6,
  ),
  circle(38, 48, 4.6),
  circle(62, 48, 4.6),
  stroke(
    [
      [52.2, 39.5],
      [47.8, 56.5],
    ],
    2.8,
  ),
);

/** The app's icon: a headstone for a connection that has ended, on Apple's grid of 824 in 1,024 points. */
export function appPicture(size: number): Picture {
  const ground = box(9.8, 9.8, 80.4, 80.4, 18);
  return paint(size, 100, [
    { shape: ground, top: [58, 84, 112], bottom: [18, 28, 42] },
    { shape: without(stone, broken), top: [244, 246, 248], bottom: [190, 200, 210] },
    { shape: both(ground, circle(50, 142, 66)), top: [52, 140, 92], bottom: [24, 84, 56] },
  ]);
}

function paint(size: number, units: number, layers: readonly Layer[]): Picture {
  const pixels = new Uint8Array(size * size * 4);
  const scale = units / size;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      let [red, green, blue, alpha] = [0, 0, 0, 0];
      for (const { shape, top, bottom } of layers) {
        const cover = coverage(shape, x, y, scale);
        if (cover === 0) continue;
        const down = y / size;
        const [r, g, b] = top.map((value, channel) => value + ((bottom[channel] ?? value) - value) * down) as [
          number,
          number,
          number,
        ];
        const rest = alpha * (1 - cover);
        const sum = cover + rest;
        red = (r * cover + red * rest) / sum;
        green = (g * cover + green * rest) / sum;
        blue = (b * cover + blue * rest) / sum;
        alpha = sum;
      }
      pixels.set([red, green, blue, alpha * 255].map(Math.round), (y * size + x) * 4);
    }
  }
  return { size, pixels };
}

/** How much of a pixel lies inside, from 0 to 1; pixels far from the edge are decided by one look. */
function coverage(shape: Shape, x: number, y: number, scale: number): number {
  const middle = shape((x + 0.5) * scale, (y + 0.5) * scale);
  if (Math.abs(middle) > scale) return middle < 0 ? 1 : 0;
  let inside = 0;
  for (let row = 0; row < SAMPLES; row++) {
    for (let column = 0; column < SAMPLES; column++) {
      const at = (offset: number, index: number) => (offset + (index + 0.5) / SAMPLES) * scale;
      if (shape(at(x, column), at(y, row)) < 0) inside++;
    }
  }
  return inside / SAMPLES ** 2;
}
