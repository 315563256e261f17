// The curves and the histogram of the detail panel.

import { color } from "./colors.js";
import { resize, s } from "./page.js";
import { STATISTICS, format, stateOf } from "./statistics.js";

const SIZE = { width: 380, height: 92, left: 52, right: 8, top: 8, bottom: 18 };
const LINES = ["var(--line-1)", "var(--line-2)", "var(--line-3)", "var(--line-4)"];
const DASHES = ["none", "5 3", "2 2", "7 2 2 2"];

export const lineStyle = (i) => ({ stroke: LINES[i % LINES.length], "stroke-dasharray": DASHES[i % DASHES.length] });

/** Curves of a statistic over the steps: one line a weight, a mark where a value is no number. */
export function curves(lines, statistic) {
  const { title, log } = STATISTICS[statistic];
  const drawn = lines.flatMap((line) => [...line.values].filter((v) => stateOf(v) === "value" && (!log || v > 0)));
  const axis = { ...valueAxis(drawn, log), ...stepAxis(lines) };
  const newest = lines.map((line) => `${line.name} ${format(line.values.at(-1))}`).join(", ");
  return s("svg", { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: "img", "aria-label": `${title}. Last: ${newest}` },
    grid(axis),
    lines.flatMap((line, i) => [
      s("path", { d: pathOf(line, axis, log), class: "line", ...lineStyle(i) }),
      ...ills(line, axis, log),
    ]));
}

function valueAxis(values, log) {
  const scale = log ? Math.log10 : (value) => value;
  let [low, high] = log ? [Infinity, -Infinity] : [0, 1];
  for (const value of values) {
    low = Math.min(low, scale(value));
    high = Math.max(high, scale(value));
  }
  if (low > high) [low, high] = [-1, 0];
  if (high - low < 0.1) [low, high] = [low - 0.5, high + 0.5];
  const span = SIZE.height - SIZE.top - SIZE.bottom;
  return {
    y: (value) => SIZE.top + (1 - (scale(value) - low) / (high - low)) * span,
    ends: log ? [10 ** low, 10 ** high] : [low, high],
  };
}

function stepAxis(lines) {
  const steps = lines.flatMap((line) => [line.steps[0], line.steps.at(-1)]);
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  const span = SIZE.width - SIZE.left - SIZE.right;
  return { x: (step) => SIZE.left + ((step - first) / (last - first || 1)) * span, first, last };
}

function grid({ y, ends, first, last }) {
  const bottom = SIZE.height - 4;
  const right = SIZE.width - SIZE.right;
  const rules = ends.flatMap((value) => [
    s("line", { x1: SIZE.left, x2: right, y1: y(value), y2: y(value), class: "rule" }),
    s("text", { x: SIZE.left - 6, y: y(value) + 4, "text-anchor": "end" }, format(value)),
  ]);
  return [
    ...rules,
    s("text", { x: SIZE.left, y: bottom }, `step ${first}`),
    s("text", { x: right, y: bottom, "text-anchor": "end" }, `${last}`),
  ];
}

/** A line that is broken where there is no number. */
function pathOf({ steps, values }, { x, y }, log) {
  let pen = "M";
  return steps.map((step, i) => {
    const value = values[i];
    if (stateOf(value) !== "value" || (log && value === 0)) {
      pen = "M";
      return "";
    }
    const point = `${pen}${x(step).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = "L";
    return point;
  }).join("");
}

/** A tick at the foot of the chart for each step without a number, in the color of its state. */
function ills({ steps, values }, { x }, log) {
  const foot = SIZE.height - SIZE.bottom;
  return steps.flatMap((step, i) => {
    const state = log && values[i] === 0 ? "zero" : stateOf(values[i]);
    if (state === "value" || state === "absent") return [];
    return [s("line", { x1: x(step), x2: x(step), y1: foot - 7, y2: foot, class: `ill ${state}` })];
  });
}

/** Magnitudes over time: a column a step, a row a power of two, dark where most elements are. */
export function drawHistograms(canvas, tables, width, height) {
  const context = resize(canvas, width, height);
  const edges = tables.flatMap(({ buckets }) => [...buckets.map(([left]) => left), ...buckets.map(([, right]) => right)]);
  if (!edges.length) return [];
  const low = edges.reduce((a, b) => Math.min(a, b));
  const high = edges.reduce((a, b) => Math.max(a, b));
  const y = (value) => ((high - value) / (high - low)) * height;
  const column = width / tables.length;
  tables.forEach(({ buckets }, i) => {
    const most = buckets.reduce((largest, [, , count]) => Math.max(largest, count), 1);
    for (const [left, right, count] of buckets) {
      if (!count) continue;
      context.fillStyle = `rgb(${color(0.1 + 0.9 * (count / most)).map(Math.round)})`;
      context.fillRect(Math.floor(i * column), y(right), Math.ceil(column), y(left) - y(right));
    }
  });
  return [low, high];
}
