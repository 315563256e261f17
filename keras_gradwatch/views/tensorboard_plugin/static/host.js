// The page around this one: TensorBoard's, or none.

/** The window around this frame where it may be looked at, else our own. */
export function hostWindow() {
  try {
    return window.parent.document ? window.parent : window;
  } catch {
    return window;
  }
}

/** TensorBoard marks its own page as dark; elsewhere the reader's system decides. */
export function followTheme(changed) {
  const host = hostWindow() === window ? null : hostWindow().document.body;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const dark = host ? host.classList.contains("dark-mode") : system.matches;
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  };
  const react = () => { apply(); changed(); };
  apply();
  if (host) new MutationObserver(react).observe(host, { attributeFilter: ["class"] });
  else system.addEventListener("change", react);
}
