// The map as a PNG file: its rows with their names, the steps, and what the colors mean.

import { StepAxis } from "./axis.js";
import { colorsOf, texture } from "./colors.js";
import { ROW, cellsOf, draw } from "./heatmap.js";
import { h } from "./page.js";
import { STATISTICS, format } from "./statistics.js";
import { statesOf } from "./toolbar.js";

const SHEET = { names: 280, column: 560, gap: 16, head: 66, foot: 62 };
const MOST_ROWS = 600; // A browser draws no canvas that is much taller.
const FONT = "13px system-ui, sans-serif";

/** Draws all rows that the map has, also those out of sight, and offers the file. */
export async function savePicture(map, state) {
  const canvas = pictureOf(map, state);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve); });
  const link = h("a", { href: URL.createObjectURL(blob), download: `gradients_${state.statistic}.png` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function pictureOf(map, state) {
  const rows = map.rows.slice(0, MOST_ROWS);
  const height = rows.length * ROW;
  const canvas = h("canvas", {
    width: SHEET.names + map.shown.length * (SHEET.column + SHEET.gap) + SHEET.gap,
    height: SHEET.head + height + SHEET.foot,
  });
  const context = canvas.getContext("2d");
  const styles = getComputedStyle(document.documentElement);
  context.fillStyle = styles.getPropertyValue("--ground");
  context.fillRect(0, 0, canvas.width, canvas.height);
  Object.assign(context, { font: FONT, fillStyle: styles.getPropertyValue("--ink"), textBaseline: "middle" });
  context.fillText(titleOf(map, state, rows), SHEET.gap, 20);
  rows.forEach((row, i) => drawName(context, row, state, SHEET.head + i * ROW + ROW / 2 - 1));
  map.shown.forEach((shown, i) => drawRun(context, shown, { map, state, rows, left: SHEET.names + i * (SHEET.column + SHEET.gap) }));
  drawKey(context, map.scale, state.statistic, SHEET.head + height + 42);
  return canvas;
}

function titleOf(map, { statistic }, rows) {
  const { title, of } = STATISTICS[statistic];
  const rest = map.rows.length - rows.length;
  return `${title}: ${of}${rest ? ` (${rest} more rows left out)` : ""}`;
}

function drawName(context, row, { byWorst }, y) {
  const [name, left] = byWorst ? [row.path, 0] : [row.name, row.depth * 14];
  context.fillText(name, SHEET.gap + left, y, SHEET.names - SHEET.gap * 2 - left);
}

function drawRun(context, { run, paint }, { map, state, rows, left }) {
  const axis = new StepAxis([map.axis.first, map.axis.last], { right: SHEET.column });
  const heat = h("canvas");
  const height = rows.length * ROW;
  draw(heat, {
    rows: rows.map((row) => run.row(row, state.statistic)), offset: 0, width: SHEET.column, height,
    cells: cellsOf(run.edges, axis), paint,
  });
  context.drawImage(heat, left, SHEET.head, SHEET.column, height);
  context.fillText(run.name, left, SHEET.head - 16, SHEET.column);
  context.textAlign = "center";
  for (const step of axis.ticks()) context.fillText(`${step}`, left + axis.x(step), SHEET.head + height + 10);
  context.textAlign = "left";
}

function drawKey(context, { low, high }, statistic, y) {
  const { log } = STATISTICS[statistic];
  const color = colorsOf(log ? "size" : "share");
  const ink = context.fillStyle;
  let x = SHEET.names;
  const write = (text) => {
    context.fillStyle = ink;
    context.fillText(text, x, y);
    x += context.measureText(text).width + 8;
  };
  const fill = (style, width) => {
    context.fillStyle = style;
    context.fillRect(x, y - 6, width, 12);
    x += width;
  };
  write(log ? `≤ ${format(low)}` : "0");
  for (let i = 0; i < 60; i++) fill(color(i / 59), 2);
  x += 8;
  write(log ? format(high) : "1");
  for (const [state, text] of statesOf(statistic)) {
    fill(texture(context, state), 24);
    x += 6;
    write(text.split(":")[0]);
  }
}
