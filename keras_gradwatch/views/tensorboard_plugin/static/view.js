// The whole page: what is loaded, what is looked at, and its parts.

import { moved } from "./axis.js";
import { Detail } from "./detail.js";
import { ORDER, list, worstFirst } from "./findings.js";
import { Illness } from "./illness.js";
import { GradientMap } from "./map.js";
import { h } from "./page.js";
import { savePicture } from "./picture.js";
import { Run, about } from "./run.js";
import { STATISTICS } from "./statistics.js";
import { Toolbar } from "./toolbar.js";
import { allRows, foldersAround, isLayer, openAtFirst, rowAround, treeOf } from "./tree.js";

const SHOWN_AT_FIRST = 2;
const SEPARATOR = "|"; // Between the names of runs in the address: no directory is called so.

export class View {
  constructor(source, address) {
    const read = address.read();
    Object.assign(this, { source, address, runs: new Map(), state: stateFrom(read, source.isWorstFirst), current: null });
    Object.assign(this, { hasChosenRow: Boolean(read.selected), hasChosenRuns: Boolean(read.runs), wantedRuns: read.runs });
    const change = (changes) => this.change(changes);
    this.map = new GradientMap({
      select: (path) => this.select(path), draw: () => this.draw(),
      open: (run, finding) => this.open(finding), cursor: (step) => this.showStep(step), zoom: (range) => change({ range }),
      pan: (share) => this.pan(share),
    });
    this.toolbar = new Toolbar({
      change, pan: (share) => this.pan(share), toggle: (run, isShown) => this.toggle(run, isShown), save: () => savePicture(this.map, this.state),
    });
    this.findings = h("section", { "aria-label": "Findings" });
    this.side = h("div", { class: "side" });
    this.problems = h("div", { role: "status" });
    this.body = h("main", {}, h("h1", { class: "unseen" }, "Gradients"), this.problems, this.findings,
      this.toolbar.element, h("div", { class: "work" }, this.map.element, this.side));
  }

  // Loading.

  /** Reads what is new; the page changes only when something is. */
  async update() {
    const listed = await this.source.runs().catch((error) => this.complain(error));
    if (!listed) return;
    const isNew = namesOf(listed) !== namesOf(this.listed);
    this.listed = listed;
    this.shown ??= shownAtFirst(listed, this.wantedRuns);
    if ((await this.loadShown()) || isNew) this.redraw();
  }

  async loadShown() {
    const stale = this.listed.filter((l) => this.shown.has(l.run) && this.runs.get(l.run)?.listed !== JSON.stringify(l));
    const loaded = await Promise.all(stale.map((l) => this.load(l)));
    for (const run of loaded) this.runs.set(run.name, run);
    return loaded.length > 0;
  }

  load(listed) {
    const known = this.runs.get(listed.run)?.matrices.keys() ?? [];
    const wanted = new Set(["norm", this.state.statistic, ...known]);
    return new Run(this.source, listed.run, JSON.stringify(listed)).load([...wanted]);
  }

  /** The other statistics come after the first picture: hovering names them all. */
  loadRest(runs) {
    for (const run of runs) for (const name of Object.keys(STATISTICS)) run.need(name).catch(() => {});
  }

  // Drawing.

  redraw() {
    if (!this.listed) return;
    const runs = this.shownRuns();
    const root = treeOf(union(runs));
    Object.assign(this.state, { runs, root, illness: new Illness(runs) });
    this.found = worstFirst(runs);
    if (!this.state.open?.size) this.openAtFirst();
    if (this.state.selected === undefined) this.selectWorst();
    this.showProblems(runs);
    this.draw();
    document.body.dataset.ready = this.state.statistic;
    performance.mark("gradwatch-drawn");
    this.loadRest(runs);
  }

  /** The run with the worst finding first, else in the order of the list. */
  shownRuns() {
    const runs = this.listed.filter(({ run }) => this.shown.has(run)).map(({ run }) => this.runs.get(run)).filter(Boolean);
    const severity = (run) => Math.min(...run.findings.map((finding) => ORDER[finding.severity]), 9);
    return runs.sort((a, b) => severity(a) - severity(b));
  }

  draw() {
    this.findings.replaceChildren(list(this.found, {
      runs: this.state.runs, current: this.current, select: (run, finding) => this.open(finding),
    }));
    this.showDetail();
    this.map.show(this.state);
    this.toolbar.show(this.state, { listed: this.listed, shown: this.shown, scale: this.map.scale });
    this.address.write(this.written());
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

  showDetail() {
    const { selected } = this.state;
    const row = selected && allRows(this.state.root).find((node) => node.path === selected);
    this.body.classList.toggle("detailed", Boolean(row));
    const scrolled = row?.path === this.detail?.node.path ? this.side.firstChild?.scrollTop : 0;
    this.detail = row && new Detail(row, this.state, { close: () => this.close(), cursor: (step) => this.showStep(step) });
    this.side.replaceChildren(row ? this.detail.element : "");
    if (row) this.side.firstChild.scrollTop = scrolled;
  }

  /** One cursor for the map, the loss and the curves. */
  showStep(step) {
    this.map.showStep(step);
    this.detail?.showStep(step);
  }

  // What the reader does.

  async change(changes) {
    Object.assign(this.state, changes);
    if (changes.search || changes.onlyIll)
      for (const row of allRows(this.state.root)) if (!isLayer(row)) this.state.open.add(row.path);
    await Promise.all(this.state.runs.map((run) => run.need(this.state.statistic)));
    this.draw();
    document.body.dataset.ready = this.state.statistic;
  }

  /** Moves the steps that are shown. */
  pan(share) {
    const { range, runs } = this.state;
    if (range) this.change({ range: moved(range, share, runs) });
  }

  async toggle(run, isShown) {
    this.hasChosenRuns = true;
    if (isShown) this.shown.add(run);
    else this.shown.delete(run);
    await this.loadShown();
    this.redraw();
  }

  /** Opens the row that a finding is about, among all rows. */
  open(finding) {
    this.current = finding;
    Object.assign(this.state, { search: "", onlyIll: false });
    this.select(rowAround(this.state.root, about(finding))?.path);
  }

  select(path) {
    if (!path) return;
    this.hasChosenRow = true;
    this.openRow(path);
    this.draw();
    const panel = this.side.querySelector("aside");
    panel?.focus({ preventScroll: true });
    panel?.scrollIntoView({ block: "nearest" });
  }

  openAtFirst() {
    const { root, selected } = this.state;
    this.state.open = openAtFirst(root);
    if (selected) this.openRow(selected);
  }

  /** What is worst is open from the start: its source line needs no click. */
  selectWorst() {
    const [worst] = this.found;
    if (!worst || worst.finding.severity === "info") return;
    const row = rowAround(this.state.root, about(worst.finding));
    if (!row) return;
    this.current = worst.finding;
    this.openRow(row.path);
  }

  openRow(path) {
    this.state.selected = path;
    for (const folder of foldersAround(this.state.root, path)) this.state.open.add(folder);
    requestAnimationFrame(() => this.map.revealPath(path));
  }

  close() {
    const path = this.state.selected;
    this.hasChosenRow = true;
    this.state.selected = this.current = null;
    this.draw();
    this.map.tree.focus(this.map.rows.find((row) => row.path === path));
  }

  /** The state as the address holds it. */
  written() {
    const { statistic, selected, search, onlyIll, byWorst, isCompared, range } = this.state;
    return {
      statistic: statistic === "norm" ? "" : statistic,
      selected: this.hasChosenRow ? (selected ?? "none") : "",
      runs: this.hasChosenRuns ? [...this.shown].join(SEPARATOR) : "",
      ill: onlyIll ? "yes" : "",
      compared: isCompared ? "yes" : "",
      worst: byWorst === this.source.isWorstFirst ? "" : byWorst ? "yes" : "no",
      range: range?.map(Math.round).join(".."),
      search,
    };
  }
}

/** What the address says, with what it does not. */
function stateFrom({ statistic, selected, search = "", ill, worst, compared, range }, isWorstFirst) {
  const ends = range?.split("..").map(Number);
  return {
    statistic: Object.hasOwn(STATISTICS, statistic) ? statistic : "norm",
    selected: selected === "none" ? null : selected,
    range: ends?.length === 2 && ends[0] < ends[1] ? ends : null,
    onlyIll: Boolean(ill),
    isCompared: Boolean(compared),
    byWorst: worst === undefined ? isWorstFirst : worst === "yes",
    open: null, root: treeOf([]), runs: [], illness: new Illness([]), search,
  };
}

function shownAtFirst(listed, wanted) {
  const names = listed.map(({ run }) => run);
  const known = wanted ? names.filter((name) => wanted.split(SEPARATOR).includes(name)) : [];
  return new Set(known.length ? known : names.slice(0, SHOWN_AT_FIRST));
}

const namesOf = (listed) => listed && JSON.stringify(listed.map(({ run }) => run).sort());

/** The weights of all runs: those of the first in its order, each other behind the one before it. */
function union(runs) {
  const merged = [];
  const known = new Set();
  for (const { weights } of runs) {
    let at = 0;
    for (const weight of weights) {
      if (known.has(weight.path)) at = merged.findIndex(({ path }) => path === weight.path) + 1;
      else merged.splice(at++, 0, weight);
      known.add(weight.path);
    }
  }
  return merged;
}
