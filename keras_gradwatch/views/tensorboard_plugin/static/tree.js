// The weights as a tree of their paths, in the order of the model; a row is a node of it.

const [FEW_ROWS, MOST_ROWS] = [8, 200]; // Shown at first: more than a few, and not too far to scroll.

/** Builds the tree. A node has: path, name, depth, parent, weights (their paths), children. */
export function treeOf(weights) {
  const root = node("", "", -1);
  for (const weight of weights) {
    let at = root;
    at.weights.push(weight.path);
    for (const name of weight.path.split("/")) at = childOf(at, name, weight.path);
  }
  root.children = root.children.map((child) => shorten(child, root));
  return root;
}

function node(path, name, depth) {
  return { path, name, depth, weights: [], children: [], byName: new Map() };
}

function childOf(parent, name, weight) {
  if (!parent.byName.has(name)) {
    const child = node(parent.path ? `${parent.path}/${name}` : name, name, parent.depth + 1);
    parent.byName.set(name, child);
    parent.children.push(child);
  }
  const child = parent.byName.get(name);
  child.weights.push(weight);
  return child;
}

/** A folder with one folder in it is one row: `encoder/block/dense`. */
function shorten(at, parent) {
  let end = at;
  let name = at.name;
  while (end.children.length === 1 && end.children[0].children.length) {
    end = end.children[0];
    name += `/${end.name}`;
  }
  const row = { ...end, name, parent, depth: parent.depth + 1 };
  row.children = end.children.map((child) => shorten(child, row));
  return row;
}

export const isLayer = (at) => at.children.every((child) => !child.children.length);

/** The folders to show open at first: as many levels as fit, and never a layer. */
export function openAtFirst(root) {
  const open = new Set();
  let level = root.children;
  let rows = level.length;
  while (level.length) {
    const folders = level.filter((at) => !isLayer(at));
    const more = folders.reduce((sum, at) => sum + at.children.length, 0);
    if (rows > FEW_ROWS && rows + more > MOST_ROWS) break;
    rows += more;
    folders.forEach((at) => open.add(at.path));
    level = folders.flatMap((at) => at.children);
  }
  return open;
}

/** All rows of a tree, from top to bottom; without those inside of folders that are not open. */
export function rowsOf(root, open) {
  return root.children.flatMap((at) => [at, ...(open.has(at.path) ? rowsOf(at, open) : [])]);
}

const EVERYTHING = { has: () => true };

export const allRows = (root) => rowsOf(root, EVERYTHING);

/** The row of a path, or of the nearest folder around it. */
export function nearest(rows, path) {
  const around = rows.filter((row) => path === row.path || path.startsWith(`${row.path}/`));
  return around.at(-1);
}

/** The folders that must be open for a path to be a row. */
export function foldersAround(root, path) {
  const inside = root.children.find((at) => path.startsWith(`${at.path}/`));
  return inside ? [inside.path, ...foldersAround(inside, path)] : [];
}

/** The innermost row around all of some paths; where they share none, that of the first. */
export function rowAround(root, paths) {
  const rows = allRows(root);
  const isAround = (row, path) => path === row.path || path.startsWith(`${row.path}/`);
  const around = rows.filter((row) => paths.every((path) => isAround(row, path)));
  return around.at(-1) ?? rows.find((row) => row.path.startsWith(paths[0])) ?? nearest(rows, paths[0]);
}
