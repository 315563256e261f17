// Magnitudes of a gradient over time: a column a step, a row a power of two, strong where most
// elements are.

import { colorsOf } from "./colors.js";
import { h, resize } from "./page.js";

const [WIDTH, HEIGHT] = [380, 96];

export function histogram(run, path, namesRun) {
  const canvas = h("canvas", { role: "img", "aria-label": `Magnitudes of the gradient of ${path} over the steps` });
  const range = h("span");
  const box = h("figure", { class: "chart histogram", hidden: true },
    h("figcaption", {}, h("strong", {}, `Magnitudes of ${path.split("/").at(-1)}`), namesRun ? ` in ${run.name}` : "",
      " log scale, one column a step, ", range),
    canvas);
  run.source.histograms(run.name, path).then((tables) => {
    const ends = drawTables(canvas, tables);
    if (!ends) return;
    box.hidden = false;
    range.textContent = `from 1e${Math.round(ends[0])} to 1e${Math.round(ends[1])}`;
  }).catch(() => {}); // Without one the page says as much as a run that has none.
  return box;
}

function drawTables(canvas, tables) {
  const context = resize(canvas, WIDTH, HEIGHT);
  const edges = tables.flatMap(({ buckets }) => buckets.flatMap(([left, right]) => [left, right]));
  if (!edges.length) return null;
  const low = edges.reduce((a, b) => Math.min(a, b));
  const high = edges.reduce((a, b) => Math.max(a, b));
  const y = (value) => ((high - value) / (high - low)) * HEIGHT;
  const column = WIDTH / tables.length;
  const color = colorsOf("size");
  tables.forEach(({ buckets }, i) => {
    const most = buckets.reduce((largest, [, , count]) => Math.max(largest, count), 1);
    for (const [left, right, count] of buckets) {
      if (!count) continue;
      context.fillStyle = color(0.1 + 0.9 * (count / most));
      context.fillRect(Math.floor(i * column), y(right), Math.ceil(column), y(left) - y(right));
    }
  });
  return [low, high];
}
