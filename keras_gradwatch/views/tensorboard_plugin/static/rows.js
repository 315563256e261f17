// Which rows of the tree are shown, and in which order.

import { STATISTICS } from "./statistics.js";
import { allRows, isLayer, rowsOf } from "./tree.js";

/** The rows from top to bottom; `state` has: root, open, search, onlyIll, byWorst, illness, runs, statistic. */
export function shownRows(state) {
  const holds = wantedOf(state);
  if (!state.byWorst) return rowsOf(state.root, state.open).filter((row) => holds(row));
  return worstFirst(unitsOf(state.root).filter(holds), state)
    .flatMap((row) => [row, ...(state.open.has(row.path) ? row.children : [])]);
}

function wantedOf({ search, onlyIll, illness }) {
  const text = search.toLowerCase();
  const isWanted = (row) => row.path.toLowerCase().includes(text) && (!onlyIll || illness.rank(row) > 0);
  const holds = (row) => isWanted(row) || row.children.some(holds);
  return holds;
}

/** The layers, and the weights that stand beside layers. */
export function unitsOf(root) {
  return allRows(root).filter((row) => (row.children.length ? isLayer(row) : !isLayer(row.parent)));
}

/** The most ill on top; of equally ill ones that with the most unusual number. */
function worstFirst(rows, { illness, runs, statistic }) {
  const numbers = new Map(rows.map((row) => [row, lastNumber(row, runs, statistic)]));
  const unusual = STATISTICS[statistic].log ? farFromMiddle([...numbers.values()]) : (value) => value;
  const keys = new Map(rows.map((row) => [row, [illness.rank(row), unusual(numbers.get(row))]]));
  return rows.sort((a, b) => keys.get(b)[0] - keys.get(a)[0] || keys.get(b)[1] - keys.get(a)[1]);
}

function lastNumber(row, runs, statistic) {
  const numbers = runs.flatMap((run) => row.weights.map((path) => run.weight(path, statistic)?.at(-1)));
  return Math.max(0, ...numbers.filter(Number.isFinite));
}

/** How many powers of ten a number is away from the middle one. */
function farFromMiddle(numbers) {
  const positive = numbers.filter((value) => value > 0).sort((a, b) => a - b);
  const middle = positive[positive.length >> 1] ?? 1;
  return (value) => (value > 0 ? Math.abs(Math.log10(value / middle)) : Infinity);
}
