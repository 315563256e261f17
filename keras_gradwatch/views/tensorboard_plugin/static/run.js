// What is known of one run: its weights, its findings, and the statistics that were asked for.

import { join } from "./statistics.js";

export class Run {
  constructor(source, name, listed) {
    Object.assign(this, { source, name, listed, weights: [], findings: [], matrices: new Map(), rows: new Map() });
  }

  async load(statistics) {
    try {
      Object.assign(this, await this.source.run(this.name));
      this.columns = new Map(this.weights.map((weight, i) => [weight.path, i]));
      await Promise.all(statistics.map((name) => this.need(name)));
    } catch (error) {
      this.problem = error.message;
    }
    return this;
  }

  async need(statistic) {
    if (this.problem || this.matrices.has(statistic)) return;
    this.matrices.set(statistic, await this.source.statistic(this.name, statistic));
  }

  has(statistic) {
    return this.matrices.has(statistic);
  }

  steps(statistic) {
    return this.matrices.get(statistic)?.steps ?? [];
  }

  /** The numbers of a row of the tree, one a step; nothing where this run lacks its weights. */
  row(node, statistic) {
    const key = `${statistic} ${node.path}`;
    if (!this.rows.has(key)) this.rows.set(key, this.joined(node, statistic));
    return this.rows.get(key);
  }

  joined(node, statistic) {
    const { steps, values } = this.matrices.get(statistic) ?? { steps: [] };
    const columns = node.weights.map((path) => this.columns?.get(path)).filter((i) => i !== undefined);
    if (!columns.length || !steps.length) return undefined;
    const rows = columns.map((i) => values.subarray(i * steps.length, (i + 1) * steps.length));
    return join(rows, statistic);
  }

  /** The findings about a row of the tree. */
  findingsOf(node) {
    const weights = new Set(node.weights);
    return this.findings.filter((finding) => about(finding).some((path) => weights.has(path) || path === node.path));
  }
}

/** The paths that a finding is about. */
export function about(finding) {
  return finding.weights.length ? finding.weights : [finding.layer].filter(Boolean);
}
