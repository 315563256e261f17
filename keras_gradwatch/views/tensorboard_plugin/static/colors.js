// Colors: a scale of one hue family for numbers, and a color with a texture for each ill state, so
// that they can be told apart by people who see colors differently, and on paper.

const STOPS = ["#f4fac8", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#253494"];
const STEPS = 256;

/** The scale as [r, g, b] entries; in the dark the strong end is the bright one. */
function scaleOf(stops) {
  const rgb = stops.map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  return Array.from({ length: STEPS }, (_, i) => {
    const place = (i / (STEPS - 1)) * (rgb.length - 1);
    const left = Math.min(Math.floor(place), rgb.length - 2);
    return rgb[left].map((value, c) => value + (place - left) * (rgb[left + 1][c] - value));
  });
}

const SCALES = { light: scaleOf(STOPS), dark: scaleOf([...STOPS].reverse()) };

export const isDark = () => document.documentElement.dataset.theme === "dark";

/** Color of a share between 0 and 1 of the scale. */
export function color(share) {
  const scale = isDark() ? SCALES.dark : SCALES.light;
  return scale[Math.round(Math.min(Math.max(share, 0), 1) * (STEPS - 1))];
}

export function gradient() {
  const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => `rgb(${color(share).map(Math.round)})`);
  return `linear-gradient(to right, ${stops})`;
}

const TEXTURES = {
  nonfinite: ["#d9480f", "#ffffff", "M2 2 L6 6 M6 2 L2 6"],
  missing: ["#e9e9ee", "#55555f", "M-2 10 L10 -2 M-2 2 L2 -2 M6 10 L10 6"],
  zero: ["#16161a", "#8a8a94", "M3.5 4 L4.5 4"],
};

/** A square of 8 x 8 with the color and the texture of a state. */
function tile(state) {
  const [ground, ink, path] = TEXTURES[state];
  const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  const context = canvas.getContext("2d");
  context.fillStyle = ground;
  context.fillRect(0, 0, 8, 8);
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
