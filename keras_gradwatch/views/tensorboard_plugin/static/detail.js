// The panel of one row: its findings, its curves in all runs, its histograms over time.

import { StepAxis, domainOf } from "./axis.js";
import { Chart, flat, lineStyle } from "./chart.js";
import { inFull } from "./finding.js";
import { worstFirst } from "./findings.js";
import { histogram } from "./histogram.js";
import { h, s } from "./page.js";
import { STATISTICS } from "./statistics.js";

const MOST_LINES = 4;
const SIZE = { left: 52, right: 372, margin: 8 };
const HEIGHT = 104;

export class Detail {
  constructor(node, state, { close, cursor }) {
    const runs = state.runs.filter((run) => run.row(node, "norm"));
    const parts = partsOf(node, state.illness);
    Object.assign(this, { node, runs, cursor, charts: [], axis: new StepAxis(domainOf(state.runs, state.range), SIZE) });
    this.shown = parts.slice(0, MOST_LINES);
    const findings = worstFirst(state.runs.map((run) => ({ name: run.name, findings: run.findingsOf(node) })));
    this.element = h("aside", { class: "detail", "aria-label": `Details of ${node.path}`, tabindex: -1 },
      h("header", {}, h("h2", {}, node.path),
        h("button", { class: "close", type: "button", "aria-label": "Close the details", onclick: close }, "✕")),
      this.facts(),
      findings.map(({ finding }) => inFull(finding)),
      this.legend(parts.length - this.shown.length),
      Object.keys(STATISTICS).map((name) => this.chart(name)),
      runs.flatMap((run) => this.shown.filter((part) => !part.children.length).map((part) =>
        histogram(run, part.path, {
          namesRun: runs.length > 1, axis: this.axis, onCursor: cursor, onChart: (chart) => this.charts.push(chart),
        }))));
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && close());
  }

  facts() {
    const { node } = this;
    const described = this.runs.flatMap((run) => run.weights).find((weight) => weight.path === node.path);
    if (!described) return h("p", { class: "facts" }, node.weights.length === 1 ? "1 weight" : `${node.weights.length} weights`);
    return h("p", { class: "facts" }, `shape (${described.shape.join(", ")}), trained by ${described.optimizer}`);
  }

  /** A color for each part, and a dash for each run where there are several. */
  legend(rest) {
    const runs = this.runs.length > 1 ? this.runs.map((run, i) => h("span", {}, swatch(0, i, "run"), run.name)) : null;
    return h("p", { class: "lines" }, this.shown.map((part, i) => h("span", {}, swatch(i, 0), this.nameOf(part))),
      rest > 0 ? h("span", {}, `and ${rest} more: open the row to see them`) : null, runs);
  }

  nameOf(part) {
    return part === this.node ? part.name : part.path.slice(this.node.path.length + 1);
  }

  chart(statistic) {
    const { title, of, log } = STATISTICS[statistic];
    const caption = h("figcaption", {}, h("strong", {}, title), ` ${of}`);
    const box = h("figure", { class: "chart" }, caption);
    Promise.all(this.runs.map((run) => run.need(statistic))).then(() => {
      const lines = this.lines(statistic);
      const said = flat(lines, statistic);
      if (said) return box.append(h("p", { class: "flat" }, said));
      const [{ steps }] = this.runs;
      const bounds = log ? undefined : [0, 1];
      const chart = new Chart({ title, lines, steps, axis: this.axis, log, bounds, height: HEIGHT, onCursor: this.cursor });
      this.charts.push(chart);
      box.append(chart.element, chart.reading);
    });
    return box;
  }

  lines(statistic) {
    return this.runs.flatMap((run, dash) => this.shown.map((part, color) => ({
      name: this.runs.length > 1 ? `${this.nameOf(part)} (${run.name})` : this.nameOf(part),
      steps: run.steps,
      values: run.row(part, statistic) ?? [],
      style: lineStyle(color, dash),
    })).filter(({ values }) => values.length));
  }

  /** Shows the step that is looked at in every chart. */
  showStep(step) {
    for (const chart of this.charts) chart.show(step);
  }
}

/** What gets a curve: the weights if they are few, else the parts of the row, the ill ones first. */
function partsOf(node, illness) {
  if (!node.children.length) return [node];
  return [...node.children].sort((a, b) => illness.rank(b) - illness.rank(a));
}

function swatch(color, dash, kind = "") {
  return s("svg", { viewBox: "0 0 24 8", class: `swatch ${kind}`, "aria-hidden": "true" },
    s("path", { d: "M0 4 L24 4", class: "line", ...lineStyle(color, dash) }));
}
