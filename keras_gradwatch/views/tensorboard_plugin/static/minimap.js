// All rows in one narrow strip beside the map, with marks where something is ill.

import { ROW } from "./heatmap.js";
import { h, resize } from "./page.js";

const WIDTH = 14;
const LEAST = 2; // Pixels: a mark must be seen also among thousands of rows.

export class Minimap {
  constructor({ scrollTo }) {
    this.canvas = h("canvas");
    this.view = h("div", { class: "view" });
    this.element = h("div", { class: "minimap", "aria-hidden": "true", title: "All rows, with marks where something is ill" },
      this.canvas, this.view);
    const jump = (event) => {
      const box = this.element.getBoundingClientRect();
      if (event.buttons) scrollTo((event.clientY - box.top) / box.height);
    };
    this.element.addEventListener("pointerdown", jump);
    this.element.addEventListener("pointermove", jump);
  }

  /** Rows from top to bottom; of them those from `offset` on are in sight. */
  draw(rows, illness, { offset, height }) {
    const tall = this.element.clientHeight;
    const context = resize(this.canvas, WIDTH, tall);
    const row = tall / rows.length;
    const styles = getComputedStyle(this.element);
    rows.forEach((at, i) => {
      const sign = at.children.length && rows[i + 1]?.parent === at ? null : illness.sign(at);
      if (!sign) return;
      context.fillStyle = styles.getPropertyValue(`--${sign}`);
      context.fillRect(3, i * row, WIDTH - 6, Math.max(row, LEAST));
    });
    const whole = rows.length * ROW || 1;
    this.view.style.top = `${(offset / whole) * 100}%`;
    this.view.style.height = `${Math.min(height / whole, 1) * 100}%`;
  }
}
