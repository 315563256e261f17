// Axes: the steps, which the map, the loss and the curves share, and the values of a curve.

/** Where the cell of each sampled step begins, and where the last one ends: halfway between steps. */
export function edgesOf(steps) {
  const half = (steps.length > 1 ? steps[1] - steps[0] : 1) / 2;
  const end = steps.length > 1 ? (steps.at(-1) - steps.at(-2)) / 2 : half;
  const middles = steps.slice(1).map((step, i) => (step + steps[i]) / 2);
  return [steps[0] - half, ...middles, steps.at(-1) + end];
}

/** The steps of some runs, or a range of them. */
export function domainOf(runs, range) {
  if (range) return range;
  const edges = runs.map((run) => run.edges).filter((e) => e.length > 1);
  if (!edges.length) return [0, 1];
  return [Math.min(...edges.map((e) => e[0])), Math.max(...edges.map((e) => e.at(-1)))];
}

/** A range moved along the steps of some runs by a share of itself, no farther than they go. */
export function moved([first, last], share, runs) {
  const [start, end] = domainOf(runs);
  const by = Math.min(Math.max((last - first) * share, start - first), end - last);
  return [first + by, last + by];
}

/** From steps to pixels and back, between two pixels; beyond the right one there is a margin. */
export class StepAxis {
  constructor([first, last], { left = 0, right, margin = 0 }) {
    Object.assign(this, { first, last, left, right, margin, scale: (right - left) / (last - first) });
  }

  x(step) {
    return this.left + (step - this.first) * this.scale;
  }

  step(x) {
    return this.first + (x - this.left) / this.scale;
  }

  holds(step) {
    return step >= this.first && step <= this.last;
  }

  ticks() {
    const room = Math.max(Math.floor((this.right - this.left) / 70), 1);
    return linearTicks(this.first, this.last, room).filter((step) => Number.isInteger(step));
  }
}

/** Index of the sampled step next to a place on the axis. */
export function nearestIndex(steps, place) {
  let [low, high] = [0, steps.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] + steps[middle + 1]) / 2 < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Round numbers between two: about as many as wanted. */
function linearTicks(low, high, wanted) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten between two, or 1, 2 and 5 times one where there is at most one power. */
function logTicks(low, high, wanted) {
  const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  if (to - from < 1) {
    const factors = [from - 1, from].flatMap((power) => [1, 2, 5].map((factor) => factor * 10 ** power));
    return factors.filter((value) => value >= low && value <= high);
  }
  const every = Math.ceil((to - from + 1) / wanted);
  return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, i) => 10 ** (from + i * every));
}

/** The axis of the values of some curves: y(value) in pixels, ticks. It holds at least the bounds. */
export function valueAxis(values, { log, bounds, top, bottom, ticks = 4 }) {
  const scale = log ? Math.log10 : (value) => value;
  let [low, high] = bounds ?? [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [0.1, 1];
  if (low === high) [low, high] = log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
  const [start, end] = [scale(low), scale(high)];
  return {
    y: (value) => top + ((end - scale(value)) / (end - start)) * (bottom - top),
    ticks: log ? logTicks(low, high, ticks) : linearTicks(low, high, ticks),
  };
}
