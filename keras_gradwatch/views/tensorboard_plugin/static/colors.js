// Colors: a cool scale for sizes, a warm one for shares where more is worse, one with two ends for
// differences, and a color with a texture for each ill state, so that they can be told apart by people
// who see colors differently, and on paper.

const STEPS = 256;
const STOPS = {
  light: {
    size: ["#e4eef8", "#b9d6ec", "#7fb5dc", "#4690c6", "#1f6aad", "#124a86", "#0b2f63"],
    difference: ["#124a86", "#4690c6", "#b9d6ec", "#f1f2f4", "#f5b27c", "#c4561b", "#641f05"],
    share: ["#f6f3ef", "#fbdcc0", "#f5b27c", "#e5823f", "#c4561b", "#93360d", "#641f05"],
  },
  dark: {
    size: ["#1d3557", "#1f4e86", "#2b6fb3", "#4a93d1", "#7fb8e6", "#b5d8f3", "#e3f1fc"],
    difference: ["#b5d8f3", "#4a93d1", "#1f4e86", "#414248", "#8a522c", "#ea8a43", "#ffe3c8"],
    share: ["#3b3936", "#5d4230", "#8a522c", "#bd682c", "#ea8a43", "#fbb77f", "#ffe3c8"],
  },
};

/** A scale as colors, each [red, green, blue]. */
function scaleOf(stops) {
  const rgb = stops.map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  return Array.from({ length: STEPS }, (_, i) => {
    const place = (i / (STEPS - 1)) * (rgb.length - 1);
    const left = Math.min(Math.floor(place), rgb.length - 2);
    return rgb[left].map((value, c) => Math.round(value + (place - left) * (rgb[left + 1][c] - value)));
  });
}

const SCALES = Object.fromEntries(
  Object.entries(STOPS).map(([theme, kinds]) => [theme,
    Object.fromEntries(Object.entries(kinds).map(([kind, stops]) => [kind, scaleOf(stops)]))]));

const theme = () => (document.documentElement.dataset.theme === "dark" ? "dark" : "light");

const index = (share) => Math.round(Math.min(Math.max(share, 0), 1) * (STEPS - 1));

/** Function from a share between 0 and 1 of a scale ("size", "share", "difference") to its color. */
export function colorsOf(kind) {
  const scale = SCALES[theme()][kind];
  return (share) => `rgb(${scale[index(share)]})`;
}

/** The same to a pixel of an image. */
export function pixelsOf(kind) {
  const pixels = new Uint8Array(SCALES[theme()][kind].flatMap((color) => [...color, 255]));
  const scale = new Uint32Array(pixels.buffer);
  return (share) => scale[index(share)];
}

export function gradient(kind) {
  return `linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1].map(colorsOf(kind))})`;
}

const TEXTURES = {
  nonfinite: ["#c2255c", "#ffffff", "M2 2 L6 6 M6 2 L2 6"],
  missing: ["#e9e9ee", "#55555f", "M-2 10 L10 -2 M-2 2 L2 -2 M6 10 L10 6"],
  zero: ["#f2b824", "#6b4a00", "M3 4 L5 4"],
};

export const TILE = 8;

/** A square of 8 x 8 with the color and the texture of a state. */
function tile(state) {
  const [ground, ink, path] = TEXTURES[state];
  const canvas = Object.assign(document.createElement("canvas"), { width: TILE, height: TILE });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = ground;
  context.fillRect(0, 0, TILE, TILE);
  context.strokeStyle = ink;
  context.lineWidth = 1.3;
  context.stroke(new Path2D(path));
  return canvas;
}

const tiles = {};

export function texture(context, state) {
  tiles[state] ??= tile(state);
  return context.createPattern(tiles[state], "repeat");
}

/** The 64 pixels of a texture. */
export function textureOf(state) {
  tiles[state] ??= tile(state);
  return new Uint32Array(tiles[state].getContext("2d").getImageData(0, 0, TILE, TILE).data.buffer);
}
