// The names of the rows: a tree that can be folded, searched and walked with the keyboard.

import { ROW } from "./heatmap.js";
import { h } from "./page.js";
import { nearest } from "./tree.js";

export class TreeView {
  constructor({ select, redraw, reveal, step }) {
    Object.assign(this, { select, redraw, reveal, step });
    this.element = h("ul", { class: "labels", role: "tree", "aria-label": "Weights of the model" });
    this.element.addEventListener("keydown", (event) => this.press(event));
  }

  show(state, rows) {
    const shown = [state.illness, state.byWorst, state.open.size, ...rows];
    const isSame = shown.length === this.shown?.length && shown.every((part, i) => part === this.shown[i]);
    Object.assign(this, { state, rows, shown });
    if (!isSame) this.fill();
    this.mark(nearest(rows, state.selected ?? "") ?? rows[0]);
  }

  fill() {
    const focused = document.activeElement?.dataset?.path;
    this.element.style.height = `${this.rows.length * ROW}px`;
    this.element.replaceChildren(...this.rows.map((row) => this.item(row)));
    if (focused !== undefined) this.focus(nearest(this.rows, focused));
  }

  /** Marks the selected row, and the one that the tab key leads to. */
  mark(current) {
    this.element.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", false);
    if (!current) return;
    this.element.querySelector('[tabindex="0"]')?.setAttribute("tabindex", -1);
    const label = this.label(current);
    label.setAttribute("tabindex", 0);
    if (current.path === this.state.selected) label.setAttribute("aria-selected", true);
  }

  item(row) {
    const sign = this.state.illness.sign(row);
    const [name, depth] = this.state.byWorst ? [row.path, row.children.length ? 0 : 1] : [row.name, row.depth];
    return h("li", {
      role: "treeitem",
      "data-path": row.path,
      title: row.path,
      tabindex: -1,
      "aria-level": depth + 1,
      "aria-expanded": row.children.length ? `${this.state.open.has(row.path)}` : undefined,
      "aria-selected": "false",
      style: `padding-left: ${depth * 14 + 4}px; height: ${ROW}px`,
      onclick: () => this.select(row.path),
    },
    h("span", { class: "fold", "aria-hidden": "true", onclick: (event) => this.fold(row, event) }),
    h("span", { class: this.state.byWorst ? "name path" : "name" }, h("bdi", {}, name)),
    sign ? h("span", { class: `dot ${sign}` }, h("span", { class: "unseen" }, ` is ill: ${sign}`)) : null);
  }

  label(row) {
    return this.element.querySelector(`[data-path="${CSS.escape(row.path)}"]`);
  }

  fold(row, event) {
    event?.stopPropagation();
    if (!row.children.length) return;
    if (!this.state.open.delete(row.path)) this.state.open.add(row.path);
    this.redraw();
  }

  press(event) {
    const { path } = event.target.dataset;
    const at = this.rows.findIndex((row) => row.path === path);
    const row = this.rows[at];
    const actions = {
      ArrowDown: () => this.focus(this.rows[at + 1]),
      ArrowUp: () => this.focus(this.rows[at - 1]),
      Home: () => this.focus(this.rows[0]),
      End: () => this.focus(this.rows.at(-1)),
      ArrowRight: () => (event.shiftKey ? this.step(row, 1) : this.state.open.has(path) || this.fold(row)),
      ArrowLeft: () => (event.shiftKey ? this.step(row, -1) : this.state.open.has(path) && this.fold(row)),
      Enter: () => this.select(path),
      " ": () => this.select(path),
    };
    if (!actions[event.key] || at < 0) return;
    event.preventDefault();
    actions[event.key]();
  }

  focus(row) {
    if (!row) return;
    const label = this.label(row);
    this.element.querySelector('[tabindex="0"]')?.setAttribute("tabindex", -1);
    label.setAttribute("tabindex", 0);
    label.focus({ preventScroll: true });
    this.reveal(this.rows.indexOf(row));
  }
}
