// The map: the tree of the weights at the left, the loss and the heat map of each run beside it.

import { StepAxis, domainOf, nearestIndex } from "./axis.js";
import { Difference, differencePainter } from "./difference.js";
import { WIDTH, Flow } from "./flow.js";
import { ROW, cellsOf, draw, painter, scaleOf } from "./heatmap.js";
import { LossStrip } from "./loss.js";
import { Minimap } from "./minimap.js";
import { h } from "./page.js";
import { shownRows, unitsOf } from "./rows.js";
import { STATISTICS } from "./statistics.js";
import { TreeView } from "./treeview.js";

const GAP = 12;
const NARROWEST = 60;

/** The view of some runs; `state` is that of the page. */
export class GradientMap {
  constructor({ select, open, draw, cursor, zoom, pan }) {
    Object.assign(this, { select, open, cursor, zoom });
    this.tree = new TreeView({
      select, redraw: draw, reveal: (index) => this.reveal(index), step: (row, by) => this.walk(row, by),
    });
    this.columns = h("div", { class: "columns" });
    this.corner = h("span", { class: "corner" });
    this.heads = h("div", { class: "heads" });
    this.flow = new Flow({ cursor });
    this.tooltip = h("div", { class: "tooltip", hidden: true });
    this.spoken = h("p", { class: "unseen", "aria-live": "polite" });
    this.window = h("div", { class: "window" }, this.heads, this.tree.element, this.columns);
    this.minimap = new Minimap({ scrollTo: (share) => this.scrollTo(share) });
    this.window.addEventListener("scroll", () => this.paint());
    this.window.addEventListener("wheel", (event) => this.slide(event, pan), { passive: false });
    this.element = h("section", { class: "map", "aria-label": "Heat map of the gradients" },
      this.window, this.minimap.element, this.tooltip, this.spoken);
    new ResizeObserver(() => this.state && this.layOut()).observe(this.window);
  }

  show(state) {
    this.state = state;
    this.runs = state.runs.filter((run) => !run.problem);
    this.rows = shownRows(state);
    this.scale = this.scaleNow();
    this.shown = this.shownRuns();
    this.tree.show(state, this.rows);
    this.corner.replaceChildren(this.rows.length ? "" : h("span", { class: "calm" }, "No weight matches."));
    this.layOut();
  }

  /** What gets a column, each with what paints its numbers: the runs, and how two of them differ. */
  shownRuns() {
    const paint = painter(this.state.statistic, this.scale.share);
    const shown = this.runs.map((run) => ({ run, paint }));
    if (!this.state.isCompared || shown.length !== 2) return shown;
    const [one, other] = this.runs;
    if (this.difference?.one !== one || this.difference.other !== other) this.difference = new Difference(one, other);
    return [...shown, { run: this.difference, paint: differencePainter() }];
  }

  /** The scale that tells the numbers of the layers apart; the same as long as these are. */
  scaleNow() {
    const { root, statistic } = this.state;
    const isKnown = this.scaled?.root === root && this.scaled.statistic === statistic;
    if (isKnown) return this.scale;
    this.scaled = { root, statistic };
    const layers = STATISTICS[statistic].log ? unitsOf(root) : [];
    const rows = this.runs.flatMap((run) => layers.map((row) => run.row(row, statistic)));
    return scaleOf(rows.filter(Boolean), statistic);
  }

  /** Gives each run a column, its loss on top; where they are as they were it only paints. */
  layOut() {
    const laid = [this.window.clientWidth, this.state.range, ...this.shown.map(({ run }) => run)];
    if (laid.length !== this.laid?.length || laid.some((part, i) => part !== this.laid[i])) this.layColumns();
    this.laid = laid;
    this.paint();
  }

  layColumns() {
    const count = this.shown.length || 1;
    const room = this.window.clientWidth - this.tree.element.offsetWidth - WIDTH - (count + 1) * GAP;
    const right = Math.max(Math.floor(room / count), NARROWEST);
    this.axis = new StepAxis(domainOf(this.runs, this.state.range), { right });
    this.cells = this.shown.map(({ run }) => cellsOf(run.edges, this.axis));
    this.strips = this.shown.map(({ run }, i) => this.strip(run, i === 0));
    this.heads.replaceChildren(this.corner, this.flow.head, ...this.strips.map((strip) => strip.element));
    this.columns.replaceChildren(this.flow.canvas, ...this.shown.map(({ run }) => this.column(run)));
  }

  strip(run, isFirst) {
    const { runs, axis, cursor, zoom, open } = this;
    return new LossStrip(run, { runs, axis, isFirst, cursor, zoom, open });
  }

  column(run) {
    const canvas = h("canvas", { class: "heat", "aria-hidden": "true" });
    canvas.addEventListener("mousemove", (event) => this.hover(run, event));
    canvas.addEventListener("mouseleave", () => this.leave());
    canvas.addEventListener("click", (event) => this.select(this.rows[this.rowAt(event)]?.path));
    return h("div", { class: "column" }, canvas, h("div", { class: "upright", hidden: true }));
  }

  paint() {
    const height = Math.max(Math.min(this.rows.length * ROW, this.window.clientHeight - this.heads.offsetHeight), 0);
    const offset = this.window.scrollTop;
    const first = Math.floor(offset / ROW);
    const last = Math.ceil((offset + height) / ROW);
    this.seen = { rows: this.rows.slice(first, last), offset: offset - first * ROW, height };
    this.tree.paint(first, last);
    this.columns.querySelectorAll(".heat").forEach((canvas, i) => {
      const { run, paint } = this.shown[i];
      const rows = this.seen.rows.map((row) => run.row(row, this.state.statistic));
      draw(canvas, { ...this.seen, width: this.axis.right, rows, paint, cells: this.cells[i] });
    });
    this.paintFlow();
    this.minimap.draw(this.rows, this.state.illness, { offset, height });
  }

  paintFlow() {
    const [run] = this.runs;
    const { statistic } = this.state;
    if (run) this.flow.draw(run, this.seen.rows, { ...this.seen, statistic, step: this.step, share: this.scale.share });
  }

  /** A wheel that goes sideways moves the steps, and no page around this one. */
  slide(event, pan) {
    if (!this.state.range || Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
    event.preventDefault();
    pan(event.deltaX / this.axis.right);
  }

  // Where the reader looks.

  /** Scrolls the window until a row is in sight. */
  reveal(index) {
    if (index < 0) return;
    const room = this.window.clientHeight - this.heads.offsetHeight - ROW;
    const top = index * ROW;
    if (top < this.window.scrollTop || top > this.window.scrollTop + room) this.window.scrollTop = top - room / 2;
  }

  revealPath(path) {
    this.reveal(this.rows.findIndex((row) => row.path === path));
  }

  scrollTo(share) {
    const seen = this.window.clientHeight - this.heads.offsetHeight;
    this.window.scrollTop = share * this.rows.length * ROW - seen / 2;
  }

  rowAt(event) {
    const box = event.target.getBoundingClientRect();
    return Math.floor((event.clientY - box.top + this.window.scrollTop) / ROW);
  }

  hover(run, event) {
    const row = this.rows[this.rowAt(event)];
    if (!row) return this.leave();
    const place = this.axis.step(event.clientX - event.target.getBoundingClientRect().left);
    const index = nearestIndex(run.steps, place);
    this.cursor(run.steps[index]);
    this.tell(run.describe(row, index, this.state.statistic), event.clientX, event.clientY);
  }

  tell(lines, x, y) {
    this.tooltip.replaceChildren(...lines.map((line) => h("div", {}, line)));
    this.tooltip.hidden = false;
    this.tooltip.style.left = `${Math.min(x + 14, window.innerWidth - this.tooltip.offsetWidth - 8)}px`;
    this.tooltip.style.top = `${Math.min(y + 16, window.innerHeight - this.tooltip.offsetHeight - 8)}px`;
  }

  leave() {
    this.cursor(null);
    this.tooltip.hidden = true;
  }

  /** Moves along the steps of a row with the keyboard; shows and says the number there. */
  walk(row, by) {
    const [run] = this.runs;
    const at = this.step === null ? run.steps.length : nearestIndex(run.steps, this.step);
    const index = Math.min(Math.max(at + by, 0), run.steps.length - 1);
    const lines = run.describe(row, index, this.state.statistic);
    this.cursor(run.steps[index]);
    this.spoken.textContent = lines.join(", ");
    const label = this.tree.label(row).getBoundingClientRect();
    this.tell(lines, label.right + this.axis.x(this.step), label.top);
  }

  step = null;

  /** Shows the step that is looked at, in each column and each loss. */
  showStep(step) {
    this.step = step;
    const isShown = step !== null && this.axis.holds(step);
    for (const line of this.columns.querySelectorAll(".upright")) {
      line.hidden = !isShown;
      if (isShown) line.style.left = `${this.axis.x(step)}px`;
    }
    for (const strip of this.strips) strip.show(step);
    this.paintFlow();
  }
}
