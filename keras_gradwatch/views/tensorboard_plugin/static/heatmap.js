// The heat map of one run: rows of the tree x sampled steps, on a canvas of the height of the window
// that looks at it. Only the rows in sight are drawn.

import { texture } from "./colors.js";
import { resize } from "./page.js";
import { STATISTICS, drawnState, worse } from "./statistics.js";

export const ROW = 20;
const GAP = 2;
const SAMPLE = 20000;
const LOW_QUANTILE = 0.02;

/**
 * Draws rows, the first of them `offset` pixels above the canvas.
 * rows: arrays of numbers, one a step; cells: what cellsOf gives; paint: what painter gives.
 */
export function draw(canvas, { rows, offset, width, height, cells, paint }) {
  const context = resize(canvas, width, height);
  rows.forEach((values, i) => values && drawRow(context, values, i * ROW - offset, { cells, paint }));
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

function worstOf(values, { from, to }) {
  let worst = values[from];
  for (let i = from + 1; i < to; i++) worst = worse(worst, values[i]);
  return worst;
}

function drawRow(context, values, top, { cells, paint }) {
  for (const cell of cells) {
    const style = paint(context, worstOf(values, cell));
    if (!style) continue;
    context.fillStyle = style;
    context.fillRect(cell.left, top, cell.right - cell.left, ROW - GAP);
  }
}

/** Function of a context and a number to its fill style; nothing where nothing is drawn. */
export function painter(statistic, share, color) {
  const patterns = {};
  return (context, value) => {
    const state = drawnState(value, statistic);
    if (state === "value") return color(share(value));
    if (state === "absent") return null;
    return (patterns[state] ??= texture(context, state));
  };
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
