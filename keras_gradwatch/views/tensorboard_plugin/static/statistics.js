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

const RANKS = { nonfinite: 3, missing: 2, value: 1, absent: 0 };
const rank = (value) => RANKS[stateOf(value)];

/** Which of two numbers to show where there is room for one. */
export function worse(a, b) {
  const lead = rank(a) - rank(b);
  return lead === 0 ? Math.max(a, b) : lead > 0 ? a : b;
}

/** One row for several weights: at each step the largest number, or the worst state. */
export function join(rows) {
  const joined = Float32Array.from(rows[0]);
  for (const row of rows.slice(1))
    for (let i = 0; i < row.length; i++) joined[i] = worse(joined[i], row[i]);
  return joined;
}

export function format(value) {
  if (value === undefined) return "";
  const state = stateOf(value);
  if (state === "absent") return "not in this step";
  return state === "value" ? short(value) : STATES[state].split(":")[0];
}

/** A number in three digits. */
export function short(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e4) return String(Number(value.toPrecision(3)));
  return value.toExponential(2).replace(/\.?0+e/, "e");
}
