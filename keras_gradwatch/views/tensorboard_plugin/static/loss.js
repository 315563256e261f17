// Above the map of a run, on its axis: the loss, the epochs, and a mark where each finding came up.

import { Chart, lineStyle } from "./chart.js";
import { ORDER } from "./findings.js";
import { h, s } from "./page.js";
import { short } from "./statistics.js";

const [WITH_LOSS, WITHOUT] = [74, 26];
const ROOM_FOR_EPOCH = 34;

export class LossStrip {
  constructor(run, { runs, axis, isFirst, cursor, zoom, open }) {
    Object.assign(this, { run, axis });
    const lines = lossOf(run);
    const all = runs.flatMap(lossOf);
    const height = all.length ? WITH_LOSS : WITHOUT;
    this.chart = new Chart({
      title: "Loss", lines, scaledTo: all, axis, height, steps: run.steps, write, signed: true,
      log: all.length > 0 && all.every(({ values }) => values.every((value) => value > 0)),
      onCursor: cursor,
    });
    const epochs = this.epochs(height);
    this.chart.element.prepend(...epochs.map(([line]) => line));
    this.chart.element.append(...epochs.map(([, name]) => name));
    this.chart.element.classList.toggle("unnamed", !isFirst);
    this.letZoom(zoom);
    const name = runs.length > 1 ? h("strong", {}, run.name) : null;
    this.element = h("div", { class: "strip" },
      h("div", { class: "head" }, name, lines.length ? "loss" : "", this.chart.reading),
      h("div", { class: "plot", style: `height: ${height}px` }, this.chart.element, this.marks(open)));
  }

  /** A line where an epoch begins, with its number where there is room. */
  epochs(height) {
    const { steps, epochs } = this.run.progress;
    let free = -Infinity;
    return steps.flatMap((step, i) => {
      if (i === 0 || epochs[i] === epochs[i - 1] || !this.axis.holds(step)) return [];
      const x = this.axis.x(step);
      if (x < free) return [];
      free = x + ROOM_FOR_EPOCH;
      return [[s("line", { x1: x, x2: x, y1: 0, y2: height - 18, class: "epoch" }),
        s("text", { x: x + 3, y: 9, class: "epoch" }, `ep. ${epochs[i]}`)]];
    });
  }

  /** One mark a step: that of its worst finding, which a click opens. */
  marks(open) {
    const bySteps = Map.groupBy(this.run.findings.filter(({ step }) => step !== null && this.axis.holds(step)), ({ step }) => step);
    return [...bySteps].map(([step, findings]) => {
      const [worst] = findings.sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
      const said = findings.map(({ severity, message }) => `${severity}: ${message}`).join("\n");
      return h("button", {
        class: `mark ${worst.severity}`, type: "button", style: `left: ${this.axis.x(step)}px`,
        title: `step ${step}\n${said}`, "aria-label": `Finding at step ${step}: ${worst.message}`,
        onclick: () => open(this.run, worst),
      });
    });
  }

  /** Dragging over the loss shows that part of the steps. */
  letZoom(zoom) {
    const { element } = this.chart;
    const at = (event) => this.axis.step(event.clientX - element.getBoundingClientRect().left);
    let from = null;
    element.addEventListener("pointerdown", (event) => { from = at(event); });
    element.addEventListener("pointerup", (event) => {
      const [first, last] = [from, at(event)].sort((a, b) => a - b);
      if (from !== null && (last - first) * this.axis.scale > 8) zoom([first, last]);
      from = null;
    });
  }

  show(step) {
    this.chart.show(step);
  }
}

/** The loss as a line of a chart; nothing where none was reported. */
function lossOf({ progress: { steps, losses } }) {
  const known = steps.map((_, i) => i).filter((i) => !Number.isNaN(losses[i]));
  if (!known.length) return [];
  return [{ name: "loss", steps: known.map((i) => steps[i]), values: known.map((i) => losses[i]), style: lineStyle(0, 0) }];
}

const write = (value) => (value === Infinity ? "NaN or infinite" : short(value ?? NaN));
