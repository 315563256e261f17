// What can be shown of a gradient, how a number is written, and what a number stands for.

export const STATISTICS = {
  norm: { title: "Gradient norm", log: true, of: "L2 norm of the gradient" },
  zero_fraction: { title: "Zero fraction", of: "share of elements that are exactly zero" },
  dead_fraction: { title: "Dead channels", of: "share of output channels whose whole gradient is zero" },
  update_ratio: { title: "Update ratio", log: true, of: "norm of the update over norm of the weight" },
};

/** The states with a color of their own, the worst first. */
export const STATES = {
  nonfinite: "NaN or infinite",
  missing: "missing: no gradient arrives",
  zero: "exactly zero",
};

/** A missing gradient is NaN, one that is not finite is infinite, no gradient at this step is -1. */
export function stateOf(value) {
  if (value === Infinity) return "nonfinite";
  if (Number.isNaN(value)) return "missing";
  return value < 0 ? "absent" : "value";
}

/** Zero is a state only where a logarithm is drawn: a zero fraction of zero is good news. */
export function drawnState(value, statistic) {
  return value === 0 && STATISTICS[statistic].log ? "zero" : stateOf(value);
}

export function worse(a, b) {
  const order = { nonfinite: 3, missing: 2, value: 1, absent: 0 };
  const [x, y] = [order[stateOf(a)], order[stateOf(b)]];
  return x === y ? Math.max(a, b) : x > y ? a : b;
}

export function format(value) {
  if (value === undefined) return "";
  const state = stateOf(value);
  if (state === "absent") return "not in this step";
  if (state !== "value") return STATES[state].split(":")[0];
  if (value === 0) return "0";
  return value < 1e-3 || value >= 1e4 ? value.toExponential(2) : value.toPrecision(3);
}

const JOINED = {
  norm: (rows) => (i) => Math.sqrt(rows.reduce((sum, row) => sum + row[i] ** 2, 0)),
  update_ratio: (rows) => (i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length,
};
const largest = (rows) => (i) => Math.max(...rows.map((row) => row[i]));

/** One row for several weights: their joint norm, mean update ratio, largest fraction; the worst state. */
export function join(rows, statistic) {
  if (rows.length === 1) return rows[0];
  return rows[0].map((_, i) => {
    const present = rows.filter((row) => row[i] !== -1);
    if (!present.length) return -1;
    const worst = present.reduce((value, row) => worse(value, row[i]), -1);
    if (stateOf(worst) !== "value") return worst;
    return (JOINED[statistic] ?? largest)(present)(i);
  });
}
