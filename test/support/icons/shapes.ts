/** A shape as its signed distance in its own units: negative inside, 0 on the edge. */
export type Shape = (x: number, y: number) => number;

type Point = readonly [x: number, y: number];

export const circle =
  (cx: number, cy: number, radius: number): Shape =>
  (x, y) =>
    Math.hypot(x - cx, y - cy) - radius;

/** A line through the points, with round ends. */
export const stroke =
  (points: readonly Point[], width: number): Shape =>
  (x, y) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let index = 1; index < points.length; index++) {
      const [from, to] = [points[index - 1], points[index]];
      if (from && to) nearest = Math.min(nearest, segment(x, y, from, to));
    }
    return nearest - width / 2;
  };

/** A polygon with corners rounded by `radius`, which makes it that much larger. */
export const polygon =
  (points: readonly Point[], radius = 0): Shape =>
  (x, y) => {
    let nearest = Number.POSITIVE_INFINITY;
    let inside = false;
    points.forEach((from, index) => {
      const to = points[(index + 1) % points.length];
      if (!to) return;
      nearest = Math.min(nearest, segment(x, y, from, to));
      const crosses = from[1] > y !== to[1] > y;
      if (crosses && x < ((to[0] - from[0]) * (y - from[1])) / (to[1] - from[1]) + from[0]) inside = !inside;
    });
    return (inside ? -nearest : nearest) - radius;
  };

/** A rectangle with round corners. */
export const box =
  (x0: number, y0: number, width: number, height: number, radius: number): Shape =>
  (x, y) => {
    const dx = Math.abs(x - x0 - width / 2) - width / 2 + radius;
    const dy = Math.abs(y - y0 - height / 2) - height / 2 + radius;
    return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
  };

export const union =
  (...shapes: readonly Shape[]): Shape =>
  (x, y) =>
    Math.min(...shapes.map((shape) => shape(x, y)));

export const both =
  (...shapes: readonly Shape[]): Shape =>
  (x, y) =>
    Math.max(...shapes.map((shape) => shape(x, y)));

export const without =
  (shape: Shape, ...holes: readonly Shape[]): Shape =>
  (x, y) =>
    Math.max(shape(x, y), ...holes.map((hole) => -hole(x, y)));

/** The edge of a shape, `width` wide, inside it. */
export const outline =
  (shape: Shape, width: number): Shape =>
  (x, y) => {
    const distance = shape(x, y);
    return Math.max(distance, -distance - width);
  };

function segment(x: number, y: number, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
}
