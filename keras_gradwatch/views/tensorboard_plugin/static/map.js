// The map: the tree of the weights at the left, the heat map of each run beside it.

import { ROW, draw, scaleOf } from "./heatmap.js";
import { h } from "./page.js";
import { STATISTICS, format } from "./statistics.js";
import { nearest, rowsOf } from "./tree.js";

/** The view of some runs; `state` has: root, open, statistic, selected {path, step}, runs. */
export class GradientMap {
  constructor({ select, redraw }) {
    this.select = select;
    this.redraw = redraw;
    this.labels = h("ul", { class: "labels", role: "tree", "aria-label": "Weights of the model" });
    this.labels.addEventListener("keydown", (event) => this.press(event));
    this.columns = h("div", { class: "columns" });
    this.heads = h("div", { class: "heads", "aria-hidden": "true" });
    this.tooltip = h("div", { class: "tooltip", hidden: true });
    this.spoken = h("p", { class: "unseen", "aria-live": "polite" });
    this.window = h("div", { class: "window" }, this.heads, this.labels, this.columns);
    this.window.addEventListener("scroll", () => this.paint());
    this.element = h("section", { class: "map", "aria-label": "Heat map of the gradients" },
      this.window, this.tooltip, this.spoken);
    new ResizeObserver(() => this.paint()).observe(this.window);
  }

  show(state) {
    this.state = state;
    this.runs = state.runs.filter((run) => !run.problem);
    this.rows = rowsOf(state.root, state.open);
    const matrices = this.runs.flatMap((run) => run.matrices.get(state.statistic)?.values ?? []);
    this.scale = scaleOf(matrices, STATISTICS[state.statistic]);
    this.showLabels();
    this.showColumns();
    this.paint();
  }

  // The tree.

  showLabels() {
    const focused = document.activeElement?.dataset?.path;
    const current = nearest(this.rows, this.state.selected?.path ?? "") ?? this.rows[0];
    this.labels.style.height = `${this.rows.length * ROW}px`;
    this.labels.replaceChildren(...this.rows.map((row) => this.label(row, row === current)));
    if (focused !== undefined) this.focus(nearest(this.rows, focused));
  }

  label(row, isCurrent) {
    const worst = this.runs.flatMap((run) => run.findingsOf(row)).map((finding) => finding.severity);
    const sign = ["error", "warning"].find((severity) => worst.includes(severity));
    return h("li", {
      role: "treeitem",
      "data-path": row.path,
      title: row.path,
      tabindex: isCurrent ? 0 : -1,
      "aria-level": row.depth + 1,
      "aria-expanded": row.children.length ? `${this.state.open.has(row.path)}` : undefined,
      "aria-selected": `${row.path === this.state.selected?.path}`,
      style: `padding-left: ${row.depth * 14 + 4}px; height: ${ROW}px`,
      onclick: () => this.select(row),
    },
    h("span", { class: "fold", "aria-hidden": "true", onclick: (event) => this.fold(row, event) }),
    h("span", { class: "name" }, row.name),
    sign ? h("span", { class: `dot ${sign}` }, h("span", { class: "unseen" }, ` has findings: ${sign}`)) : null);
  }

  fold(row, event) {
    event?.stopPropagation();
    if (!row.children.length) return;
    if (!this.state.open.delete(row.path)) this.state.open.add(row.path);
    this.redraw();
  }

  press(event) {
    const path = event.target.dataset.path;
    const at = this.rows.findIndex((row) => row.path === path);
    const actions = {
      ArrowDown: () => this.focus(this.rows[at + 1]),
      ArrowUp: () => this.focus(this.rows[at - 1]),
      Home: () => this.focus(this.rows[0]),
      End: () => this.focus(this.rows.at(-1)),
      ArrowRight: () => (event.shiftKey ? this.move(at, 1) : this.state.open.has(path) || this.fold(this.rows[at])),
      ArrowLeft: () => (event.shiftKey ? this.move(at, -1) : this.state.open.has(path) && this.fold(this.rows[at])),
      Enter: () => this.select(this.rows[at]),
      " ": () => this.select(this.rows[at]),
    };
    if (!actions[event.key] || at < 0) return;
    event.preventDefault();
    actions[event.key]();
  }

  focus(row) {
    if (!row) return;
    const label = this.labels.querySelector(`[data-path="${CSS.escape(row.path)}"]`);
    this.labels.querySelector('[tabindex="0"]')?.setAttribute("tabindex", -1);
    label.setAttribute("tabindex", 0);
    label.focus({ preventScroll: true });
    this.reveal(this.rows.indexOf(row));
  }

  /** Scrolls the window until a row is in sight. */
  reveal(index) {
    const room = this.window.clientHeight - this.heads.offsetHeight - ROW;
    const top = index * ROW;
    if (top < this.window.scrollTop) this.window.scrollTop = top;
    if (top > this.window.scrollTop + room) this.window.scrollTop = top - room / 2;
  }

  /** Moves along the steps of a row with the keyboard, and says the number there. */
  move(at, by) {
    const run = this.runs[0];
    const steps = run.steps(this.state.statistic);
    const step = Math.min(Math.max((this.cursor?.step ?? steps.length) + by, 0), steps.length - 1);
    this.cursor = { row: at, step, run };
    this.spoken.textContent = this.numbers(run, this.rows[at], step).join(", ");
    this.paint();
  }

  // The heat maps.

  showColumns() {
    const canvases = this.runs.map((run) => this.column(run));
    this.columns.replaceChildren(...canvases);
    this.heads.replaceChildren(h("span", {}), ...this.runs.map((run) => this.head(run)));
  }

  head(run) {
    const steps = run.steps(this.state.statistic);
    return h("span", { class: "head" }, h("span", {}, `step ${steps[0] ?? ""}`),
      h("strong", {}, this.runs.length > 1 ? run.name : ""), h("span", {}, `${steps.at(-1) ?? ""}`));
  }

  column(run) {
    const canvas = h("canvas", { class: "heat", "aria-hidden": "true" });
    canvas.addEventListener("mousemove", (event) => this.hover(run, event));
    canvas.addEventListener("mouseleave", () => this.leave());
    canvas.addEventListener("click", (event) => {
      const { row } = this.at(run, event);
      if (this.rows[row]) this.select(this.rows[row]);
    });
    return h("div", { class: "column" }, canvas);
  }

  paint() {
    if (!this.state) return;
    const height = Math.min(this.rows.length * ROW, this.window.clientHeight - this.heads.offsetHeight);
    const offset = this.window.scrollTop;
    const last = Math.ceil((offset + height) / ROW);
    const first = Math.floor(offset / ROW);
    this.columns.childNodes.forEach((column, i) => {
      const run = this.runs[i];
      const rows = this.rows.map((row, at) => (at >= first && at < last ? run.row(row, this.state.statistic) : undefined));
      const marked = this.cursor?.run === run ? { ...this.cursor, steps: run.steps(this.state.statistic).length } : null;
      draw(column.firstChild, { rows, offset, height, width: column.clientWidth, statistic: this.state.statistic, share: this.scale.share, marked });
    });
  }

  at(run, event) {
    const box = event.target.getBoundingClientRect();
    const count = run.steps(this.state.statistic).length;
    return {
      row: Math.floor((event.clientY - box.top + this.window.scrollTop) / ROW),
      step: Math.min(Math.floor(((event.clientX - box.left) / box.width) * count), count - 1),
      run,
    };
  }

  hover(run, event) {
    this.cursor = this.at(run, event);
    const row = this.rows[this.cursor.row];
    if (!row) return this.leave();
    this.tooltip.replaceChildren(...this.numbers(run, row, this.cursor.step).map((line) => h("div", {}, line)));
    this.tooltip.hidden = false;
    const left = Math.min(event.clientX + 14, window.innerWidth - this.tooltip.offsetWidth - 8);
    this.tooltip.style.left = `${left}px`;
    this.tooltip.style.top = `${event.clientY + 16}px`;
    this.paint();
  }

  leave() {
    this.cursor = null;
    this.tooltip.hidden = true;
    this.paint();
  }

  numbers(run, row, step) {
    const known = Object.keys(STATISTICS).filter((name) => run.has(name) && run.row(row, name));
    return [
      row.path,
      `step ${run.steps(this.state.statistic)[step]}`,
      ...known.map((name) => `${STATISTICS[name].title.toLowerCase()}: ${format(run.row(row, name)[step])}`),
    ];
  }
}
