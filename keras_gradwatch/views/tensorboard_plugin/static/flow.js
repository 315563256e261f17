// The flow of the gradient over the depth of the model at one step: a bar for each row of the map.

import { nearestIndex } from "./axis.js";
import { texture } from "./colors.js";
import { ROW } from "./heatmap.js";
import { h, resize } from "./page.js";
import { drawnState } from "./statistics.js";

export const WIDTH = 64;
const SHORTEST = 2; // Pixels: small is not nothing.
const THICK = 12;

export class Flow {
  /** cursor: called with the step that the slider is moved to. */
  constructor({ cursor }) {
    this.title = h("span");
    this.slider = h("input", { type: "range", min: 0, title: "Step of the bars",
      oninput: () => cursor(this.steps[this.slider.value]) });
    this.head = h("label", { class: "flow" }, this.title, this.slider);
    this.canvas = h("canvas", { class: "flow", "aria-hidden": "true" });
  }

  /** Draws the numbers of some rows at the step that is looked at, or at the last one. */
  draw(run, rows, { statistic, step, share, offset, height }) {
    const context = resize(this.canvas, WIDTH, height);
    const index = step === null ? run.steps.length - 1 : nearestIndex(run.steps, step);
    this.steps = run.steps;
    this.title.textContent = run.steps.length ? `step ${run.steps[index]}` : "";
    Object.assign(this.slider, { max: run.steps.length - 1, value: index, ariaValueText: this.title.textContent });
    context.fillStyle = getComputedStyle(this.title).getPropertyValue("--accent");
    const bar = context.fillStyle;
    rows.forEach((row, i) => {
      const value = run.row(row, statistic)?.[index] ?? -1;
      const state = drawnState(value, statistic);
      if (state === "absent") return;
      context.fillStyle = state === "value" ? bar : texture(context, state);
      const length = state === "value" ? Math.min(Math.max(share(value), 0), 1) * WIDTH : WIDTH / 4;
      context.fillRect(0, i * ROW - offset + (ROW - 2 - THICK) / 2, Math.max(length, SHORTEST), THICK);
    });
  }
}
