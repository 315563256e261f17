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
  constructor() {
    this.title = h("span", { class: "flow" });
    this.canvas = h("canvas", { class: "flow", "aria-hidden": "true" });
  }

  /** Draws the numbers of some rows at the step that is looked at, or at the last one. */
  draw(run, rows, { statistic, step, share, offset, height }) {
    const context = resize(this.canvas, WIDTH, height);
    const index = step === null ? run.steps.length - 1 : nearestIndex(run.steps, step);
    this.title.textContent = run.steps.length ? `step ${run.steps[index]}` : "";
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
