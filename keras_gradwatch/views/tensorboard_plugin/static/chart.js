// A chart of curves over the steps, with a cursor that pointer and keyboard move.

import { nearestIndex, valueAxis } from "./axis.js";
import { h, s } from "./page.js";
import { STATES, drawnState, format, short, stateOf } from "./statistics.js";

const LINES = ["var(--line-1)", "var(--line-2)", "var(--line-3)", "var(--line-4)"];
const [TOP, BOTTOM] = [6, 18];
const DASHES = ["none", "5 3", "2 2", "7 2 2 2"];

/** The color says which weight, the dashes which run. */
export const lineStyle = (color, dash) => ({
  stroke: LINES[color % LINES.length],
  "stroke-dasharray": DASHES[dash % DASHES.length],
});

/** `element` is the drawing, `reading` the numbers at the cursor. */
export class Chart {
  /**
   * lines: [{ name, steps, values, style }]; bands: pairs of them with an area between; scaledTo: the lines that the axis of values holds;
   * bounds: values that it holds in any case; steps: where the cursor can stand; signed: whether a value may be negative; write: how a value
   * is written; onCursor: is called with the step under the cursor, or null.
   */
  constructor({ title, lines, bands = [], scaledTo = lines, steps, axis, log, bounds, signed = false, height, write = format, onCursor }) {
    Object.assign(this, { lines, steps, axis, log, signed, write, onCursor, foot: height - BOTTOM });
    this.width = axis.right + axis.margin;
    const drawn = scaledTo.flatMap((line) => line.steps.flatMap((_, i) => (this.isDrawn(line, i) ? [line.values[i]] : [])));
    this.values = valueAxis(drawn, { log, bounds, top: TOP, bottom: this.foot });
    this.cursor = s("line", { class: "cursor", y1: 0, y2: this.foot, visibility: "hidden" });
    this.reading = h("output", { class: "reading" });
    this.element = s("svg", {
      viewBox: `0 0 ${this.width} ${height}`, role: "img", tabindex: 0,
      "aria-label": `${title}. Last: ${this.numbers(Infinity)}. Arrow keys move along the steps.`,
    }, this.grid(height), bands.map((band) => s("path", { d: this.area(band), class: "band" })), lines.flatMap((line) => [s("path", { d: this.path(line), class: "line", ...line.style }), ...this.ills(line)]), this.cursor);
    this.listen();
  }

  isDrawn({ steps, values }, i) {
    const value = values[i];
    if (!this.axis.holds(steps[i]) || !Number.isFinite(value)) return false;
    return this.log ? value > 0 : this.signed || value >= 0;
  }

  grid(height) {
    const { left, right } = this.axis;
    const rules = this.values.ticks.map((value) => {
      const y = this.values.y(value);
      return [s("line", { x1: left, x2: right, y1: y, y2: y, class: "rule" }),
        s("text", { x: left - 6, y: y + 3.5, "text-anchor": "end" }, short(value))];
    });
    const steps = this.axis.ticks().map((step) =>
      s("text", { x: this.axis.x(step), y: height - 4, "text-anchor": "middle" }, `${step}`));
    return [rules, steps];
  }

  /** A line that is broken where there is no number. */
  path(line) {
    let pen = "M";
    return line.steps.map((_, i) => {
      if (!this.isDrawn(line, i)) {
        pen = "M";
        return "";
      }
      const point = pen + this.point(line, i);
      pen = "L";
      return point;
    }).join("");
  }

  point({ steps, values }, i) {
    return `${this.axis.x(steps[i]).toFixed(1)} ${this.values.y(values[i]).toFixed(1)}`;
  }

  /** What lies between two lines of the same steps, broken where one has no number. */
  area([low, high]) {
    const parts = [[]];
    low.steps.forEach((_, i) => {
      if (this.isDrawn(low, i) && this.isDrawn(high, i)) parts.at(-1).push(i);
      else parts.push([]);
    });
    return parts.filter((part) => part.length).map((part) => {
      const [there, back] = [part.map((i) => this.point(high, i)), part.map((i) => this.point(low, i))];
      return `M${[...there, ...back.reverse()].join("L")}Z`;
    }).join("");
  }

  /** A tick at the foot for each step without a number, in the color of its state. */
  ills({ steps, values }) {
    return steps.flatMap((step, i) => {
      const state = this.log && values[i] === 0 ? "zero" : stateOf(values[i]);
      if (!this.axis.holds(step) || state === "value" || state === "absent") return [];
      const x = this.axis.x(step);
      return [s("line", { x1: x, x2: x, y1: this.foot - 7, y2: this.foot, class: `ill ${state}` })];
    });
  }

  at = null;

  listen() {
    this.element.addEventListener("pointermove", (event) => {
      const box = this.element.getBoundingClientRect();
      this.move(this.axis.step(((event.clientX - box.left) / box.width) * this.width));
    });
    this.element.addEventListener("pointerleave", () => this.onCursor(null));
    this.element.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const at = nearestIndex(this.steps, this.at ?? Infinity) + (this.at === null ? 0 : by);
      this.onCursor(this.steps[Math.min(Math.max(at, 0), this.steps.length - 1)]);
    });
  }

  move(place) {
    this.onCursor(this.steps[nearestIndex(this.steps, place)]);
  }

  /** Shows the numbers at a step, or none. */
  show(step) {
    this.at = step;
    const isShown = step !== null && this.axis.holds(step);
    this.cursor.setAttribute("visibility", isShown ? "visible" : "hidden");
    if (isShown) for (const x of ["x1", "x2"]) this.cursor.setAttribute(x, this.axis.x(step));
    this.reading.textContent = isShown ? `step ${step}: ${this.numbers(step)}` : "";
  }

  numbers(step) {
    return this.lines.map(({ name, steps, values }) => `${name} ${this.write(values[nearestIndex(steps, step)])}`).join(", ");
  }
}

/** What to say in the place of a chart that would be flat or empty, or nothing. */
export function flat(lines, statistic) {
  const said = lines.map(({ name, values }) => [name, constant(values, statistic)]);
  if (said.some(([, text]) => text === null)) return null;
  const texts = new Set(said.map(([, text]) => text));
  const text = texts.size === 1 ? [...texts][0] : said.map((pair) => pair.join(" ")).join("; ");
  return `${text} at every step`;
}

/** The one value or state that a row has all the time, or nothing. */
function constant(values, statistic) {
  const present = values.filter((value) => stateOf(value) !== "absent");
  const states = new Set(Array.from(present, (value) => drawnState(value, statistic)));
  if (!states.size) return "not measured";
  const [state] = states;
  if (states.size > 1 || (state === "value" && !present.every((value) => value === present[0]))) return null;
  return state === "value" ? format(present[0]) : STATES[state];
}
