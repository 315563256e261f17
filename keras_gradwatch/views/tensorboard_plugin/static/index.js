// The tab Gradients. TensorBoard calls render() in a frame of its own.

import { Address } from "./address.js";
import { server } from "./data.js";
import { followTheme, hostWindow } from "./host.js";
import { h } from "./page.js";
import { View } from "./view.js";

const POLL = 5000; // Milliseconds; TensorBoard itself looks for new data every five seconds.

/** Draws the page and keeps it up to date. */
export async function render(source = server, place = document.body) {
  if (source === server) useStyle();
  const view = new View(source, new Address(source === server ? hostWindow() : window));
  followTheme(() => view.redraw());
  place.append(view.body);
  await view.update();
  if (source.follows) follow(view);
  return view;
}

function follow(view) {
  setTimeout(async () => {
    if (!document.hidden) await view.update();
    follow(view);
  }, POLL);
}

function useStyle() {
  document.documentElement.lang = "en";
  document.head.append(h("link", { rel: "stylesheet", href: "./style.css" }));
}
