// What is looked at, kept in the address of the page: a reload keeps it, and a link can be sent.

const PREFIX = "p.gradwatch."; // TensorBoard's own form for what a plugin keeps in its address.

const TAB = "gradwatch";

/** Reads and writes the part of the address behind the #, of TensorBoard's page or of our own. */
export class Address {
  constructor(host) {
    Object.assign(this, { location: host.location, history: host.history, isShared: host !== window });
  }

  read() {
    const parts = this.location.hash.slice(1).split("&").filter((part) => part.startsWith(PREFIX));
    return Object.fromEntries(parts.map((part) => {
      const [name, value = ""] = part.slice(PREFIX.length).split("=");
      return [name, decoded(value)];
    }));
  }

  /** Keeps what is not ours, as TensorBoard's own name of the tab. */
  write(values) {
    const others = this.location.hash.slice(1).split("&").filter((part) => part && !part.startsWith(PREFIX));
    if (this.isShared && !others.includes(TAB)) return; // Another tab is open now.
    const ours = Object.entries(values)
      .filter(([, value]) => value)
      .map(([name, value]) => `${PREFIX}${name}=${encodeURIComponent(String(value).toWellFormed())}`);
    const hash = `#${[...others, ...ours].join("&")}`;
    if (hash !== (this.location.hash || "#")) replace(this.history, hash);
  }
}

/** A page inside of another, as in a notebook, has no address of its own to keep anything in. */
function replace(history, hash) {
  try {
    history.replaceState(history.state, "", hash);
  } catch (error) {
    if (error.name !== "SecurityError") throw error;
  }
}

/** A link that was cut off says nothing. */
function decoded(value) {
  try {
    return decodeURIComponent(value);
  } catch {
    return "";
  }
}
