// Magnitudes of a gradient over time: its quantiles as bands around the median.

import { Chart, lineStyle } from "./chart.js";
import { h } from "./page.js";

const HEIGHT = 120;
const SHARES = [0.05, 0.25, 0.5, 0.75, 0.95];
const NAMES = ["5 %", "25 %", "median", "75 %", "95 %"];
const UNDRAWN = { stroke: "none" };

/** A figure that is filled when the numbers are there; `onChart` is called with its chart. */
export function histogram(run, path, { namesRun, axis, onCursor, onChart }) {
  const name = path.split("/").at(-1);
  const box = h("figure", { class: "chart histogram", hidden: true },
    h("figcaption", {}, h("strong", {}, `Magnitudes of ${name}`), namesRun ? ` in ${run.name}` : "",
      " absolute values: the median, and where half and nine tenths of the elements are"));
  run.source.histograms(run.name, path).then((tables) => {
    if (!tables.length) return;
    const lines = quantiles(tables);
    const [least, less, , more, most] = lines;
    const chart = new Chart({
      title: `Magnitudes of ${name}`, lines, bands: [[least, most], [less, more]], steps: lines[0].steps,
      axis, log: true, height: HEIGHT, onCursor,
    });
    box.append(chart.element, chart.reading);
    box.hidden = false;
    onChart(chart);
  }).catch(() => {}); // Without one the page says as much as a run that has none.
  return box;
}

/** A line for each share of the elements; 0 at a step where all of them are. */
function quantiles(tables) {
  const steps = tables.map(({ step }) => step);
  return SHARES.map((share, i) => ({
    name: NAMES[i],
    steps,
    values: tables.map(({ buckets }) => quantile(buckets, share)),
    style: NAMES[i] === "median" ? lineStyle(0, 0) : UNDRAWN,
  }));
}

/** The size that a share of the elements is below, from buckets [left, right, count] of logarithms. */
function quantile(buckets, share) {
  let wanted = share * buckets.reduce((sum, [, , count]) => sum + count, 0);
  for (const [left, right, count] of buckets) {
    if (count && wanted <= count) return 10 ** (left + (right - left) * (wanted / count));
    wanted -= count;
  }
  return 0;
}
