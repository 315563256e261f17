// How the first run differs from the second: another column of the map, which reads like a run.

import { nearestIndex } from "./axis.js";
import { pixelsOf } from "./colors.js";
import { STATISTICS, short, stateOf } from "./statistics.js";

/** Ratios of this many and more have the strongest color. */
export const STRONGEST = 10;

export class Difference {
  constructor(one, other) {
    const progress = { steps: [], epochs: [], losses: [] };
    Object.assign(this, { one, other, progress, findings: [], rows: new Map(), name: `${one.name} against ${other.name}` });
  }

  get steps() {
    return this.one.steps;
  }

  get edges() {
    return this.one.edges;
  }

  /** At each step of the first run the power of ten of the ratio, or the difference of two shares. */
  row(node, statistic) {
    const key = `${statistic} ${node.path}`;
    if (!this.rows.has(key)) this.rows.set(key, this.compared(node, statistic));
    return this.rows.get(key);
  }

  compared(node, statistic) {
    const [ones, others] = [this.one.row(node, statistic), this.other.row(node, statistic)];
    if (!ones || !others) return undefined;
    const compare = STATISTICS[statistic].log ? ratio : difference;
    return ones.map((value, i) => compare(value, others[nearestIndex(this.other.steps, this.steps[i])]));
  }

  describe(node, index, statistic) {
    const value = this.row(node, statistic)?.[index];
    const { title, log } = STATISTICS[statistic];
    const said = value === undefined || Number.isNaN(value) ? "no comparison" : log ? `${short(10 ** value)} times` : short(value);
    return [node.path, `step ${this.steps[index]}`, this.name, `${title.toLowerCase()}: ${said}`];
  }
}

const isSize = (value) => stateOf(value) === "value" && value > 0;
const ratio = (a, b) => (isSize(a) && isSize(b) ? Math.log10(a / b) / Math.log10(STRONGEST) : NaN);
const difference = (a, b) => (stateOf(a) === "value" && stateOf(b) === "value" ? a - b : NaN);

const larger = (a, b) => (Number.isNaN(a) || Math.abs(a) < Math.abs(b) ? b : a);

/** Paints what `row` gives: blue where the first run has less, orange where it has more. */
export function differencePainter() {
  const color = pixelsOf("difference");
  return { ink: (value) => (Number.isNaN(value) ? null : color((value + 1) / 2)), pick: larger };
}
