// What is drawn and how: statistic, search, filter, order, runs, and what the colors mean.

import { gradient, texture } from "./colors.js";
import { STRONGEST } from "./difference.js";
import { h } from "./page.js";
import { STATES, STATISTICS, format } from "./statistics.js";

export class Toolbar {
  /** change: called with what of the state changes; pan: with a share of the steps that are shown; save: with nothing. */
  constructor({ change, toggle, pan, save }) {
    Object.assign(this, { change, toggle });
    this.search = h("input", { type: "search", placeholder: "Search weights", "aria-label": "Search weights",
      oninput: () => change({ search: this.search.value.trim() }) });
    this.onlyIll = h("input", { type: "checkbox", onchange: () => change({ onlyIll: this.onlyIll.checked }) });
    this.order = h("select", { "aria-label": "Order of the rows", onchange: () => change({ byWorst: this.order.value === "worst" }) },
      h("option", { value: "model" }, "Model order"), h("option", { value: "worst" }, "Worst first"));
    this.isCompared = h("input", { type: "checkbox", onchange: () => change({ isCompared: this.isCompared.checked }) });
    this.compare = h("label", { class: "check", title: "One more column: the first run over the second" }, this.isCompared, "Difference");
    const button = (name, onclick) => h("button", { class: "quiet", type: "button", onclick }, name);
    this.zoomed = h("span", { class: "zoomed", role: "group", "aria-label": "Steps that are shown" },
      button("Earlier", () => pan(-0.5)), button("Later", () => pan(0.5)),
      button("Show all steps", () => change({ range: null })));
    this.switch = statisticSwitch(change);
    this.legend = h("div", { class: "legend", "aria-label": "Legend" });
    this.runs = h("div", { class: "runs", role: "group", "aria-label": "Runs" });
    this.element = h("div", { class: "toolbar" }, this.switch, this.search,
      h("label", { class: "check", title: "Rows with an error or a warning, or whose gradient is missing, zero or not finite now" }, this.onlyIll, "Only ill"),
      this.order, this.compare, this.zoomed,
      h("button", { class: "quiet save", type: "button", title: "Save the map as a PNG file", onclick: save }, "Save picture"),
      this.legend, this.runs);
  }

  show(state, { listed, shown, scale }) {
    for (const input of this.switch.querySelectorAll("input")) input.checked = input.value === state.statistic;
    if (document.activeElement !== this.search) this.search.value = state.search;
    this.onlyIll.checked = state.onlyIll;
    this.order.value = state.byWorst ? "worst" : "model";
    this.compare.hidden = state.runs.length !== 2;
    this.isCompared.checked = state.isCompared;
    this.zoomed.hidden = !state.range;
    this.legend.replaceChildren(...legendOf(state.statistic, scale), ...(state.isCompared ? keyOfDifference(state.statistic) : []));
    this.runs.replaceChildren(...(listed.length < 2 ? [] : listed.map(({ run }) => h("label", {},
      h("input", { type: "checkbox", checked: shown.has(run), onchange: (event) => this.toggle(run, event.target.checked) }), run))));
  }
}

function statisticSwitch(change) {
  return h("div", { class: "switch", role: "radiogroup", "aria-label": "Statistic" },
    Object.entries(STATISTICS).map(([name, { title, of }]) => h("label", { title: of },
      h("input", { type: "radio", name: "statistic", value: name, onchange: () => change({ statistic: name }) }),
      h("span", {}, title))));
}

function legendOf(statistic, { low, high }) {
  const { log } = STATISTICS[statistic];
  const bar = h("span", { class: "bar", style: `background: ${gradient(log ? "size" : "share")}` });
  return [h("span", {}, log ? `≤ ${format(low)}` : "0"), bar, h("span", {}, log ? format(high) : "1 (worse)"),
    ...statesOf(statistic).map(([state, text]) => h("span", { class: "state" }, tileOf(state), text.split(":")[0]))];
}

function keyOfDifference(statistic) {
  const [least, most] = STATISTICS[statistic].log ? [`1/${STRONGEST}`, `${STRONGEST} times`] : ["-1", "+1"];
  return [h("span", { class: "state" }, `difference ${least}`), h("span", { class: "bar", style: `background: ${gradient("difference")}` }), most];
}

/** The states that a statistic can show. */
export function statesOf(statistic) {
  return Object.entries(STATES).filter(([state]) => state !== "zero" || STATISTICS[statistic].log);
}

function tileOf(state) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 24, height: 14, className: "tile" });
  const context = canvas.getContext("2d");
  context.fillStyle = texture(context, state);
  context.fillRect(0, 0, 24, 14);
  return canvas;
}
