// The tab Gradients. TensorBoard calls render() in a frame of its own.

import { gradient, texture } from "./colors.js";
import { server } from "./data.js";
import { detail } from "./detail.js";
import { list, newestFirst } from "./findings.js";
import { GradientMap } from "./map.js";
import { h } from "./page.js";
import { Run, about } from "./run.js";
import { STATES, STATISTICS, format } from "./statistics.js";
import { foldersAround, openAtFirst, rowsOf, treeOf } from "./tree.js";

const POLL = 5000; // Milliseconds; TensorBoard itself looks for new data every five seconds.
const SHOWN_AT_FIRST = 2;

/** Draws the page and keeps it up to date. */
export async function render(source = server, place = document.body) {
  if (source === server) useStyle();
  followTheme(() => page.redraw());
  const page = new Page(source);
  place.append(page.body);
  await page.update();
  if (source.follows) follow(page);
}

class Page {
  constructor(source) {
    this.source = source;
    this.runs = new Map();
    this.state = { statistic: "norm", open: null, root: treeOf([]), selected: null, runs: [] };
    this.map = new GradientMap({ select: (row) => this.select(row.path), redraw: () => this.redraw() });
    this.findings = h("div");
    this.toolbar = h("div", { class: "toolbar" });
    this.side = h("div", { class: "side" });
    this.problems = h("div", { role: "status" });
    this.body = h("main", {}, h("h1", { class: "unseen" }, "Gradients"), this.problems,
      h("section", { "aria-label": "Findings" }, this.findings), this.toolbar,
      h("div", { class: "work" }, this.map.element, this.side));
  }

  /** Reads what is new; the page changes only when something is. */
  async update() {
    const listed = await this.source.runs().catch((error) => this.complain(error));
    if (!listed) return;
    const isNew = namesOf(listed) !== namesOf(this.listed);
    this.listed = listed;
    this.shown ??= new Set(listed.slice(0, SHOWN_AT_FIRST).map(({ run }) => run));
    if ((await this.loadShown()) || isNew) this.redraw();
  }

  async loadShown() {
    const stale = this.listed.filter((l) => this.shown.has(l.run) && this.runs.get(l.run)?.listed !== JSON.stringify(l));
    const loaded = await Promise.all(stale.map((l) => this.load(l)));
    for (const run of loaded) this.runs.set(run.name, run);
    return loaded.length > 0;
  }

  load(listed) {
    const wanted = this.runs.get(listed.run)?.matrices.keys() ?? [];
    const statistics = new Set([this.state.statistic, ...wanted]);
    return new Run(this.source, listed.run, JSON.stringify(listed)).load([...statistics]);
  }

  redraw() {
    if (!this.listed) return;
    const runs = this.listed.filter(({ run }) => this.shown.has(run)).map(({ run }) => this.runs.get(run)).filter(Boolean);
    this.state.runs = runs;
    this.state.root = treeOf(union(runs));
    if (!this.state.open?.size) this.state.open = openAtFirst(this.state.root);
    this.showProblems(runs);
    this.showFindings(runs);
    this.showToolbar();
    this.map.show(this.state);
    this.showDetail();
    document.body.dataset.ready = this.state.statistic;
    performance.mark("gradwatch-drawn");
    this.loadRest(runs);
  }

  /** The other statistics come after the first picture: hovering names them all. */
  loadRest(runs) {
    for (const run of runs) for (const name of Object.keys(STATISTICS)) run.need(name).catch(() => {});
  }

  showProblems(runs) {
    const broken = runs.filter((run) => run.problem);
    const empty = this.listed.length ? null : h("p", { class: "calm" },
      "No gradients were written yet. Add ", h("code", {}, "keras_gradwatch.GradientWatch(log_dir)"), " to the callbacks of fit.");
    this.problems.replaceChildren(...broken.map((run) => h("p", { class: "problem" }, h("strong", {}, run.name), ` ${run.problem}`)), empty ?? "");
    this.body.classList.toggle("empty", !runs.some((run) => !run.problem));
  }

  complain(error) {
    this.problems.replaceChildren(h("p", { class: "problem" }, `TensorBoard does not answer: ${error.message}`));
  }

  showFindings(runs) {
    const found = newestFirst(runs);
    this.findings.replaceChildren(list(found, {
      namesRuns: runs.length > 1,
      select: (run, finding) => this.select(about(finding)[0]),
    }));
  }

  // What is drawn, and how.

  showToolbar() {
    this.toolbar.replaceChildren(this.statisticSwitch(), this.legend(), this.runSwitch());
  }

  statisticSwitch() {
    return h("div", { class: "switch", role: "radiogroup", "aria-label": "Statistic" },
      Object.entries(STATISTICS).map(([name, { title, of }]) => h("label", { title: of },
        h("input", { type: "radio", name: "statistic", value: name, checked: name === this.state.statistic, onchange: () => this.change(name) }),
        h("span", {}, title))));
  }

  async change(statistic) {
    this.state.statistic = statistic;
    await Promise.all(this.state.runs.map((run) => run.need(statistic)));
    this.redraw();
    this.toolbar.querySelector("input:checked").focus();
  }

  legend() {
    const bar = h("span", { class: "bar", style: `background: ${gradient()}` });
    this.ends = [h("span"), h("span")];
    queueMicrotask(() => this.ends.forEach((end, i) => { end.textContent = format([this.map.scale.low, this.map.scale.high][i]); }));
    const states = Object.entries(STATES).filter(([state]) => state !== "zero" || STATISTICS[this.state.statistic].log);
    return h("div", { class: "legend", "aria-label": "Legend" }, this.ends[0], bar, this.ends[1],
      states.map(([state, text]) => h("span", { class: "state" }, tileOf(state), text.split(":")[0])));
  }

  runSwitch() {
    if (this.listed.length < 2) return "";
    return h("div", { class: "runs", role: "group", "aria-label": "Runs" }, this.listed.map(({ run }) => h("label", {},
      h("input", { type: "checkbox", checked: this.shown.has(run), onchange: (event) => this.toggle(run, event.target.checked) }), run)));
  }

  async toggle(run, isShown) {
    if (isShown) this.shown.add(run);
    else this.shown.delete(run);
    await this.loadShown();
    this.redraw();
  }

  // One row in detail.

  select(path) {
    if (!path) return;
    this.state.selected = { path };
    for (const folder of foldersAround(this.state.root, path)) this.state.open.add(folder);
    this.redraw();
    this.map.reveal(this.map.rows.findIndex((row) => row.path === path));
    this.side.querySelector("aside")?.focus({ preventScroll: true });
  }

  showDetail() {
    const everyone = new Set(rowsOf(this.state.root, { has: () => true }));
    const row = [...everyone].find((node) => node.path === this.state.selected?.path);
    this.body.classList.toggle("detailed", Boolean(row));
    const scrolled = this.side.firstChild?.scrollTop ?? 0;
    this.side.replaceChildren(row ? detail(row, this.state.runs, { close: () => this.close() }) : "");
    if (row) this.side.firstChild.scrollTop = scrolled;
  }

  close() {
    const { path } = this.state.selected;
    this.state.selected = null;
    this.redraw();
    this.map.focus(this.map.rows.find((row) => row.path === path));
  }
}

const namesOf = (listed) => listed && JSON.stringify(listed.map(({ run }) => run).sort());

/** The weights of all runs, in the order of the first. */
function union(runs) {
  return [...new Map(runs.flatMap((run) => run.weights).map((weight) => [weight.path, weight])).values()];
}

function tileOf(state) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 24, height: 14, className: "tile" });
  const context = canvas.getContext("2d");
  context.fillStyle = texture(context, state);
  context.fillRect(0, 0, 24, 14);
  return canvas;
}

function follow(page) {
  setTimeout(async () => {
    if (!document.hidden) await page.update();
    follow(page);
  }, POLL);
}

function useStyle() {
  document.documentElement.lang = "en";
  document.head.append(h("link", { rel: "stylesheet", href: "./style.css" }));
}

/** The page around this one, where there is one that may be looked at. */
function hostPage() {
  try {
    return window.parent !== window ? window.parent.document.body : null;
  } catch {
    return null;
  }
}

/** TensorBoard marks its own page as dark; elsewhere the reader's system decides. */
function followTheme(changed) {
  const host = hostPage();
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const dark = host ? host.classList.contains("dark-mode") : system.matches;
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  };
  const react = () => { apply(); changed(); };
  apply();
  if (host) new MutationObserver(react).observe(host, { attributeFilter: ["class"] });
  else system.addEventListener("change", react);
}
