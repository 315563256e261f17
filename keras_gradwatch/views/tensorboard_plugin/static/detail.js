// The panel of one row: its findings, its curves, its histogram over time.

import { curves, drawHistograms, lineStyle } from "./charts.js";
import { inFull } from "./findings.js";
import { h, s } from "./page.js";
import { STATES, STATISTICS, stateOf } from "./statistics.js";

const MOST_LINES = 4;

export function detail(node, runs, { close }) {
  const weights = node.weights.slice(0, MOST_LINES);
  const findings = runs.flatMap((run) => run.findingsOf(node));
  const panel = h("aside", { class: "detail", "aria-label": `Details of ${node.path}`, tabindex: -1 },
    h("header", {}, h("h2", {}, node.path),
      h("button", { class: "close", type: "button", "aria-label": "Close the details", onclick: close }, "✕")),
    facts(node, runs),
    findings.map(inFull),
    runs.flatMap((run) => ofRun(run, node, weights, runs.length > 1)));
  panel.addEventListener("keydown", (event) => event.key === "Escape" && close());
  return panel;
}

function facts(node, runs) {
  const described = runs.flatMap((run) => run.weights).find((weight) => weight.path === node.path);
  const count = node.weights.length;
  if (!described) return h("p", { class: "facts" }, count === 1 ? "1 weight" : `${count} weights`);
  return h("p", { class: "facts" }, `shape (${described.shape.join(", ")}), trained by ${described.optimizer}`);
}

function ofRun(run, node, weights, named) {
  const lines = weights.filter((path) => run.columns?.has(path));
  if (!lines.length) return [];
  return [
    named ? h("h3", { class: "run" }, run.name) : null,
    legend(lines, node),
    Object.keys(STATISTICS).map((name) => chart(run, lines, name)),
    lines.map((path) => histogram(run, path)),
  ];
}

function legend(paths, node) {
  const rest = node.weights.length - paths.length;
  return h("p", { class: "lines" }, paths.map((path, i) => h("span", {}, swatch(i), path.split("/").at(-1))),
    rest > 0 ? h("span", {}, `and ${rest} more: open the row to see them`) : null);
}

function swatch(i) {
  return s("svg", { viewBox: "0 0 24 8", class: "swatch", "aria-hidden": "true" },
    s("path", { d: "M0 4 L24 4", class: "line", ...lineStyle(i) }));
}

function chart(run, paths, statistic) {
  const { title, of } = STATISTICS[statistic];
  const box = h("figure", { class: "chart" }, h("figcaption", {}, h("strong", {}, title), ` ${of}`));
  run.need(statistic).then(() => {
    const lines = paths.map((path) => ({
      name: path,
      steps: run.steps(statistic),
      values: run.row({ path, weights: [path] }, statistic) ?? [],
    }));
    box.append(noNumbers(lines) ?? curves(lines, statistic));
  });
  return box;
}

/** A sentence in the place of a chart that would be empty. */
function noNumbers(lines) {
  const states = new Set(lines.flatMap(({ values }) => Array.from(values, stateOf)));
  if (states.has("value")) return null;
  const known = [...states].map((state) => STATES[state]).filter(Boolean);
  return h("p", { class: "calm" }, known.length ? `${known.join(", or ")}, at every step` : "nothing measured");
}

function histogram(run, path) {
  const canvas = h("canvas", { role: "img", "aria-label": `Magnitudes of the gradient of ${path} over the steps` });
  const scale = h("span", { class: "ends" });
  const box = h("figure", { class: "chart histogram", hidden: true },
    h("figcaption", {}, h("strong", {}, `Magnitudes of ${path.split("/").at(-1)}`), " one column a step, logarithmic, ", scale),
    canvas);
  run.source.histograms(run.name, path).then((tables) => {
    const [low, high] = drawHistograms(canvas, tables, 380, 96);
    if (low === undefined) return;
    box.hidden = false;
    scale.textContent = `from 1e${Math.round(low)} to 1e${Math.round(high)}`;
  });
  return box;
}
