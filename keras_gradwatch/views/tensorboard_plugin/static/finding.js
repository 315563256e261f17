// One finding in full: the source line with the lines around it, the cause, the fix, the path.

import { badge, nameOf, when } from "./findings.js";
import { copyButton, h, withCode } from "./page.js";
import { about } from "./run.js";
import { short } from "./statistics.js";

const EDITOR = "vscode://file/";

export function inFull(finding) {
  const { path, repair, check, also = [], ...numbers } = finding.evidence ?? {};
  return h("article", { class: `finding ${finding.severity}` },
    h("header", {}, badge(finding), finding.code ? h("code", { title: `gradwatch explain ${finding.code}` }, finding.code) : null,
      h("span", { class: "when" }, when(finding)),
      copyButton("Copy", () => textOf(finding), "Copy this finding as text")),
    h("p", { class: "text" }, h("strong", {}, withCode(finding.message))),
    source(finding),
    fact("Cause", finding.cause === "unknown" ? "" : finding.cause, finding.explanation),
    fact("Fix", "", withCode(finding.remedy)),
    repair ? h("pre", { class: "repair" }, h("del", {}, `- ${repair[0]}`), h("ins", {}, `+ ${repair[1]}`)) : null,
    fact("Check", "", check),
    also.map(({ message }) => fact("Also", "", withCode(message))),
    about(finding).length > 1 ? fact("Affects", "", about(finding).join(", ")) : null,
    chain(path),
    evidence(numbers));
}

/** What the terminal says, for a mail or a bug report. */
function textOf({ severity, code, message, location, explanation, remedy, weights }) {
  const place = location && `${location.text}    ${location.file}:${location.line}, in ${location.function}`;
  const sections = [["where", place], ["because", explanation], ["fix", remedy], ["weights", weights.join(", ")]];
  const lines = sections.filter(([, text]) => text).map(([title, text]) => `  ${title.padEnd(8)} ${text}`);
  return [`${severity}${code ? `[${code}]` : ""}: ${message}`, ...lines].join("\n");
}

function source({ location, source: around, place, editor }) {
  if (!location) return null;
  const { first, lines } = around ?? { first: location.line, lines: [location.text] };
  const address = `${location.file}:${location.line}`;
  return h("figure", { class: "source" },
    h("figcaption", {}, link(place ?? nameOf(location), editor),
      copyButton("Copy path", () => address, `Copy ${address}`)),
    h("pre", { tabindex: 0 }, lines.map((text, i) => h("span", { class: first + i === location.line ? "row here" : "row" },
      h("span", { class: "number" }, `${first + i}`), h("code", {}, text || " ")))));
}

/** A place, which a click opens in VS Code. The page around this one forbids such an address in its frame. */
function link(place, editor) {
  if (!editor?.startsWith(EDITOR)) return h("span", { class: "place" }, place);
  return h("a", { class: "place", href: editor, target: "_top", title: "Open in VS Code" }, place);
}

function fact(name, term, text) {
  if (!term && !text?.length) return null;
  return h("div", { class: "fact" }, h("h4", {}, name),
    h("div", {}, term ? h("code", { class: "term" }, term) : null, h("span", { class: "text" }, text)));
}

/** The way of the gradient from the loss to the weight, with its norm at each hop. */
function chain(path) {
  if (!path?.length) return null;
  const norms = path.map(({ norm }) => norm).filter((norm) => norm > 0);
  const [low, high] = [Math.min(...norms), Math.max(...norms)];
  const share = (norm) => 0.08 + 0.92 * (Math.log(norm / low) / Math.log(high / low || Math.E) || 0);
  return h("div", { class: "fact" }, h("h4", {}, "Path"), h("ol", { class: "chain" }, path.map(({ name, norm }) =>
    h("li", { class: name === "[here]" ? "cut" : undefined },
      h("span", { class: "hop" }, name === "[here]" ? "the gradient ends here" : name),
      h("span", { class: "amount" }, norm > 0 ? h("span", { style: `width: ${share(norm) * 100}%` }) : null),
      h("span", { class: "norm" }, norm === null || norm === undefined ? "" : short(norm))))));
}

function evidence(numbers) {
  const entries = Object.entries(numbers).filter(([, value]) => value !== null);
  if (!entries.length) return null;
  return h("details", {}, h("summary", {}, "Evidence"),
    h("dl", {}, entries.flatMap(([name, value]) => [h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, written(value))])));
}

function written(value) {
  if (typeof value === "number" && !Number.isInteger(value)) return short(value);
  if (Array.isArray(value) && value.every((part) => typeof part !== "object")) return value.join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
