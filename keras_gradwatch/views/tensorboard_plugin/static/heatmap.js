// The heat map of one run: rows of the tree x sampled steps, on a canvas of the height of the window
// that looks at it. Only the rows in sight are drawn.

import { color, texture } from "./colors.js";
import { resize } from "./page.js";
import { drawnState, worse } from "./statistics.js";

export const ROW = 20;
const GAP = 2;

/**
 * Draws rows first, first + 1, ... of a run.
 * rows: arrays of numbers, one a step; share: number -> 0..1 of the color scale.
 */
export function draw(canvas, { rows, offset, width, height, statistic, share, marked }) {
  const context = resize(canvas, width, height);
  context.clearRect(0, 0, width, height);
  rows.forEach((values, i) => {
    if (values) drawRow(context, condense(values, width), i * ROW - offset, { width, statistic, share });
  });
  if (marked) mark(context, marked, offset, width);
}

/** As many numbers as there are pixels: the worst of those that share one. */
function condense(values, width) {
  if (values.length <= width) return values;
  const columns = Math.floor(width);
  const condensed = new Float32Array(columns).fill(-1);
  values.forEach((value, i) => {
    const at = Math.floor((i * columns) / values.length);
    condensed[at] = worse(condensed[at], value);
  });
  return condensed;
}

function drawRow(context, values, top, { width, statistic, share }) {
  const cell = width / values.length;
  const states = Array.from(values, (value) => drawnState(value, statistic));
  let start = 0;
  for (let i = 1; i <= values.length; i++) {
    const same = states[i] === states[start] && states[start] !== "value";
    if (same && i < values.length) continue;
    fill(context, states[start], share(values[start]), { left: start * cell, right: i * cell, top });
    start = i;
  }
}

function fill(context, state, share, { left, right, top }) {
  if (state === "absent") return;
  context.fillStyle = state === "value" ? `rgb(${color(share).map(Math.round)})` : texture(context, state);
  const x = Math.round(left);
  context.fillRect(x, top, Math.max(Math.round(right) - x, 1), ROW - GAP);
}

function mark(context, { row, step, steps }, offset, width) {
  const cell = width / steps;
  context.strokeStyle = getComputedStyle(context.canvas).color;
  context.lineWidth = 1.5;
  const box = [Math.floor(step * cell), row * ROW - offset, Math.max(cell, 4), ROW - GAP];
  context.strokeRect(...box);
}

/** Scale of the colors: the logarithm of a norm between its extremes, a fraction as it is. */
export function scaleOf(matrices, { log }) {
  const [low, high] = log ? extremes(matrices) : [0, 1];
  const place = log ? (value) => (Math.log(value / low) / Math.log(high / low || 1)) || 0 : (value) => value;
  return { low, high, share: low === high ? () => 0.5 : place };
}

function extremes(matrices) {
  let [low, high] = [Infinity, 0];
  for (const matrix of matrices)
    for (const value of matrix)
      if (value > 0 && value < Infinity) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
  if (!high) return [1, 1];
  return [Math.max(low, high * 1e-12), high];
}
