// What is ill, and how much: what a finding says of a weight, else what its gradient is now.

import { about } from "./run.js";
import { drawnState } from "./statistics.js";

const RANKS = { error: 5, warning: 4, nonfinite: 3, missing: 2, zero: 1 };
const SIGNS = Object.fromEntries(Object.entries(RANKS).map(([sign, rank]) => [rank, sign]));

/** How ill each weight of some runs is: a number, 0 where it is well. */
export class Illness {
  constructor(runs) {
    this.ranks = new Map();
    this.rows = new Map();
    for (const run of runs) {
      for (const { path } of run.weights) this.raise(path, RANKS[stateNow(run, path)]);
      for (const finding of run.findings) for (const path of about(finding)) this.raise(path, RANKS[finding.severity]);
    }
  }

  raise(path, rank = 0) {
    if (rank > this.of(path)) this.ranks.set(path, rank);
  }

  of(path) {
    return this.ranks.get(path) ?? 0;
  }

  /** Of a row of the tree: that of its worst weight, or its own where a finding names only a layer. */
  rank(row) {
    if (!this.rows.has(row.path)) {
      this.rows.set(row.path, row.weights.reduce((rank, path) => Math.max(rank, this.of(path)), this.of(row.path)));
    }
    return this.rows.get(row.path);
  }

  /** "error", "warning", or the state of the gradient; nothing where all is well. */
  sign(row) {
    return SIGNS[this.rank(row)];
  }
}

function stateNow(run, path) {
  const values = run.weight(path, "norm");
  return values && drawnState(values.at(-1), "norm");
}
