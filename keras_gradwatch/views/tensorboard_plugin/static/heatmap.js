// The heat map of one run: rows of the tree x sampled steps, on a canvas of the height of the window
// that looks at it. Only the rows in sight are drawn.

import { TILE, pixelsOf, textureOf } from "./colors.js";
import { resize } from "./page.js";
import { STATISTICS, drawnState, worse } from "./statistics.js";

export const ROW = 20;
const GAP = 2;
const SAMPLE = 20000;
const LOW_QUANTILE = 0.02;

/**
 * Draws rows, the first of them `offset` pixels above the canvas; writes pixels, which is much faster
 * than filling rectangles.
 * rows: arrays of numbers, one a step; cells: what cellsOf gives; paint: what painter gives.
 */
export function draw(canvas, { rows, offset, width, height, cells, paint }) {
  const context = resize(canvas, width, height);
  if (!canvas.width || !canvas.height) return;
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  const ratio = canvas.width / width;
  const target = { pixels, columns: canvas.width, lines: canvas.height, ratio };
  rows.forEach((values, i) => values && drawRow(target, values, i * ROW - offset, { cells, paint }));
  context.putImageData(image, 0, 0);
}

/** The steps as columns of pixels: those that share one pixel are one cell. */
export function cellsOf(edges, axis) {
  const cells = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    if (edges[i + 1] <= axis.first || edges[i] >= axis.last) continue;
    const left = Math.max(Math.round(axis.x(edges[i])), axis.left);
    const right = Math.min(Math.round(axis.x(edges[i + 1])), axis.right);
    const before = cells.at(-1);
    if (before && left < before.right) before.to = i + 1;
    else cells.push({ left, right: Math.max(right, left + 1), from: i, to: i + 1 });
  }
  return cells;
}

/** The number of a cell: of those that share it the one that `pick` picks of any two. */
function numberOf(values, { from, to }, pick) {
  let picked = values[from];
  for (let i = from + 1; i < to; i++) picked = pick(picked, values[i]);
  return picked;
}

/** Writes the first line of pixels, copies it down the row, and lays the textures over it. */
function drawRow({ pixels, columns, lines, ratio }, values, top, { cells, paint }) {
  const [first, last] = [Math.max(Math.round(top * ratio), 0), Math.min(Math.round((top + ROW - GAP) * ratio), lines)];
  if (first >= last) return;
  const start = first * columns;
  const textured = [];
  for (const cell of cells) {
    const ink = paint.ink(numberOf(values, cell, paint.pick));
    if (ink === null) continue;
    const [left, right] = [Math.round(cell.left * ratio), Math.min(Math.round(cell.right * ratio), columns)];
    if (typeof ink === "number") for (let x = left; x < right; x++) pixels[start + x] = ink;
    else textured.push({ left, right, ink });
  }
  for (let y = first + 1; y < last; y++) pixels.copyWithin(y * columns, start, start + columns);
  for (const { left, right, ink } of textured)
    for (let y = first; y < last; y++)
      for (let x = left; x < right; x++) pixels[y * columns + x] = ink[(y % TILE) * TILE + (x % TILE)];
}

/** `ink`: from a number to a pixel, to those of a texture, or to null; `pick`: the worse of two. */
export function painter(statistic, share) {
  const color = pixelsOf(STATISTICS[statistic].log ? "size" : "share");
  const textures = {};
  const ink = (value) => {
    const state = drawnState(value, statistic);
    if (state === "value") return color(share(value));
    if (state === "absent") return null;
    return (textures[state] ??= textureOf(state));
  };
  return { ink, pick: worse };
}

/** Scale of the colors: the logarithm of a norm between its extremes, a fraction as it is. */
export function scaleOf(rows, statistic) {
  if (!STATISTICS[statistic].log) return { low: 0, high: 1, share: (value) => value };
  const { low, high } = extremes(rows);
  return { low, high, share: low === high ? () => 0.5 : (value) => Math.log(value / low) / Math.log(high / low) };
}

/** The largest number, and one that is small but not alone with that: a few outliers pale no map. */
function extremes(rows) {
  const every = Math.ceil(rows.reduce((sum, row) => sum + row.length, 0) / SAMPLE);
  const seen = [];
  let high = 0;
  let count = 0;
  for (const row of rows)
    for (const value of row) {
      count++;
      if (!(value > 0 && value < Infinity)) continue;
      if (value > high) high = value;
      if (count % every === 0) seen.push(value);
    }
  if (!high) return { low: 1, high: 1 };
  seen.sort((a, b) => a - b);
  return { low: seen[Math.floor(seen.length * LOW_QUANTILE)] ?? high, high };
}
