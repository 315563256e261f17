// The names of the rows: a tree that can be folded, searched and walked with the keyboard. Only those
// in sight are elements of the page, and the one that the tab key leads to.

import { ROW } from "./heatmap.js";
import { h } from "./page.js";
import { nearest } from "./tree.js";

export class TreeView {
  constructor({ select, redraw, reveal, step }) {
    Object.assign(this, { select, redraw, reveal, step, rows: [], items: new Map(), sight: [0, 0] });
    this.element = h("ul", { class: "labels", role: "tree", "aria-label": "Weights of the model" });
    this.element.addEventListener("keydown", (event) => this.press(event));
  }

  show(state, rows) {
    const shown = [state.illness, state.byWorst, state.open.size, ...rows];
    const isSame = shown.length === this.shown?.length && shown.every((part, i) => part === this.shown[i]);
    Object.assign(this, { state, rows, shown });
    this.current = nearest(rows, state.selected ?? "") ?? rows[0];
    if (!isSame) this.fill();
  }

  fill() {
    const focused = document.activeElement?.dataset?.path;
    this.element.style.height = `${this.rows.length * ROW}px`;
    this.items.clear();
    if (focused !== undefined) this.focus(nearest(this.rows, focused));
  }

  /** Shows the rows from the first to the last, and keeps the elements that are there already. */
  paint(first, last) {
    this.sight = [first, last];
    const seen = Array.from({ length: Math.max(Math.min(last, this.rows.length) - first, 0) }, (_, i) => first + i);
    const at = this.rows.indexOf(this.current);
    if (at >= 0 && (at < first || at >= last)) seen.push(at);
    const items = seen.sort((a, b) => a - b).map((i) => this.itemOf(this.rows[i], i));
    const wanted = new Set(items);
    for (const item of [...this.element.children]) if (!wanted.has(item)) item.remove();
    items.forEach((item, i) => {
      if (this.element.children[i] !== item) this.element.insertBefore(item, this.element.children[i] ?? null);
    });
  }

  itemOf(row, index) {
    if (!this.items.has(row.path)) this.items.set(row.path, this.item(row, index));
    const item = this.items.get(row.path);
    item.tabIndex = row === this.current ? 0 : -1;
    item.ariaSelected = `${row.path === this.state.selected}`;
    return item;
  }

  item(row, index) {
    const beside = this.state.byWorst ? [] : row.parent.children;
    const sign = this.state.illness.sign(row);
    const [name, depth] = this.state.byWorst ? [row.path, row.children.length ? 0 : 1] : [row.name, row.depth];
    return h("li", {
      role: "treeitem",
      "data-path": row.path,
      title: row.path,
      "aria-level": depth + 1,
      "aria-setsize": beside.length || undefined,
      "aria-posinset": beside.indexOf(row) + 1 || undefined,
      "aria-expanded": row.children.length ? `${this.state.open.has(row.path)}` : undefined,
      style: `padding-left: ${depth * 14 + 4}px; height: ${ROW}px; top: ${index * ROW}px`,
      onclick: () => this.select(row.path),
    },
    h("span", { class: "fold", "aria-hidden": "true", onclick: (event) => this.fold(row, event) }),
    h("span", { class: "name" }, h("bdi", {}, name)),
    sign ? h("span", { class: `dot ${sign}` }, h("span", { class: "unseen" }, ` is ill: ${sign}`)) : null);
  }

  label(row) {
    return this.items.get(row.path);
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
    this.current = row;
    this.paint(...this.sight);
    this.label(row).focus({ preventScroll: true });
    this.reveal(this.rows.indexOf(row));
  }
}
