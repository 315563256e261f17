// What is known of one run: its weights, its findings, and the statistics that were asked for.

import { edgesOf, nearestIndex } from "./axis.js";
import { STATISTICS, format, join } from "./statistics.js";

const NO_PROGRESS = { steps: [], epochs: [], losses: [] };

export class Run {
  constructor(source, name, listed) {
    const nothing = { weights: [], findings: [], columns: new Map(), progress: NO_PROGRESS, edges: [] };
    Object.assign(this, nothing, { source, name, listed, asked: new Map(), matrices: new Map(), rows: new Map() });
  }

  async load(statistics) {
    try {
      const [described, progress] = await Promise.all([
        this.source.run(this.name), this.source.progress(this.name), ...statistics.map((name) => this.need(name))]);
      Object.assign(this, described, { progress: progressOf(progress) });
      this.columns = new Map(this.weights.map((weight, i) => [weight.path, i]));
      if (this.steps.length) this.edges = edgesOf(this.steps);
    } catch (error) {
      this.problem = error.message;
    }
    return this;
  }

  /** Resolves when a statistic is there; it is asked for once. */
  async need(statistic) {
    if (this.problem) return;
    if (!this.asked.has(statistic)) this.asked.set(statistic, this.source.statistic(this.name, statistic));
    this.matrices.set(statistic, await this.asked.get(statistic));
  }

  has(statistic) {
    return this.matrices.has(statistic);
  }

  /** The sampled steps, the same for each statistic. */
  get steps() {
    return this.matrices.values().next().value?.steps ?? [];
  }

  /** The numbers of a row of the tree, one a step; nothing where this run lacks its weights. */
  row(node, statistic) {
    const key = `${statistic} ${node.path}`;
    if (!this.rows.has(key)) this.rows.set(key, this.joined(node, statistic));
    return this.rows.get(key);
  }

  joined(node, statistic) {
    const rows = node.weights.map((path) => this.weight(path, statistic)).filter(Boolean);
    return rows.length > 1 ? join(rows) : rows[0];
  }

  /** The numbers of one weight. */
  weight(path, statistic) {
    const column = this.columns.get(path);
    const matrix = this.matrices.get(statistic);
    if (column === undefined || !matrix?.steps.length) return undefined;
    const count = matrix.steps.length;
    return matrix.values.subarray(column * count, (column + 1) * count);
  }

  /** What is known of a row at a step, a line each. */
  describe(node, index) {
    const { steps, epochs } = this.progress;
    const epoch = epochs[nearestIndex(steps, this.steps[index])];
    const known = Object.keys(STATISTICS).filter((name) => this.has(name) && this.row(node, name));
    return [
      node.path,
      `step ${this.steps[index]}${epoch === undefined ? "" : `, epoch ${epoch}`}`,
      ...known.map((name) => `${STATISTICS[name].title.toLowerCase()}: ${format(this.row(node, name)[index])}`),
      ...(node.weights.length > 1 ? [`the largest of ${node.weights.length} weights, or the worst`] : []),
    ];
  }

  /** The findings about a row of the tree. */
  findingsOf(node) {
    const weights = new Set(node.weights);
    return this.findings.filter((finding) => about(finding).some((path) => weights.has(path) || path === node.path));
  }
}

function progressOf({ steps, values }) {
  return { steps, epochs: values.subarray(0, steps.length), losses: values.subarray(steps.length) };
}

/** The paths that a finding is about. */
export function about(finding) {
  return finding.weights.length ? finding.weights : [finding.layer].filter(Boolean);
}
