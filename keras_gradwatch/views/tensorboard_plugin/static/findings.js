// The findings: the list on top of the page, and one in full.

import { h } from "./page.js";
import { about } from "./run.js";

const ORDER = { error: 0, warning: 1, info: 2 };
const SIGNS = { error: "✕", warning: "!", info: "i" };

/** All findings of some runs, the newest first and the worst of them on top. */
export function newestFirst(runs) {
  const all = runs.flatMap((run) => run.findings.map((finding) => ({ run, finding })));
  return all.sort((a, b) =>
    (b.finding.step ?? -1) - (a.finding.step ?? -1) || ORDER[a.finding.severity] - ORDER[b.finding.severity]);
}

export function list(found, { select, namesRuns }) {
  if (!found.length) return h("p", { class: "calm" }, "No findings: nothing is wrong with the gradients so far.");
  return h("ul", { class: "findings" }, found.map((entry) => h("li", {}, card(entry, select, namesRuns))));
}

function card({ run, finding }, select, namesRuns) {
  return h("button", { class: `card ${finding.severity}`, type: "button", onclick: () => select(run, finding) },
    badge(finding),
    h("span", { class: "what" },
      h("strong", {}, finding.message || finding.symptom),
      place(finding.location)),
    h("span", { class: "when" }, when(finding), namesRuns ? h("span", { class: "run" }, run.name) : null));
}

function badge({ severity, symptom }) {
  return h("span", { class: "badge" }, h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[severity]),
    h("span", { class: "symptom" }, symptom), h("span", { class: "unseen" }, `, ${severity}:`));
}

function when({ step, epoch }) {
  if (step === null || step === undefined) return "";
  return epoch === null || epoch === undefined ? `step ${step}` : `step ${step}, epoch ${epoch}`;
}

function place(location) {
  if (!location) return null;
  return h("span", { class: "place" }, h("code", {}, location.text), ` ${nameOf(location)}`);
}

function nameOf({ file, line, function: name }) {
  return `${file.split(/[/\\]/).at(-1)}:${line}${name ? `, in ${name}` : ""}`;
}

/** A finding with its cause, source line and repair. */
export function inFull(finding) {
  const { location } = finding;
  return h("article", { class: `finding ${finding.severity}` },
    h("header", {}, badge(finding), h("span", { class: "when" }, when(finding))),
    h("p", {}, h("strong", {}, finding.message)),
    location ? h("figure", {},
      h("figcaption", { title: location.file }, nameOf(location)),
      h("pre", {}, h("span", { class: "number" }, `${location.line}`), h("code", {}, location.text))) : null,
    fact("Cause", finding.cause === "unknown" ? "" : finding.cause, finding.explanation),
    fact("Repair", "", finding.remedy),
    about(finding).length > 1 ? fact("Affects", "", about(finding).join(", ")) : null,
    evidence(finding.evidence));
}

function fact(name, term, text) {
  if (!term && !text) return null;
  return h("div", { class: "fact" }, h("h4", {}, name),
    h("div", {}, term ? h("code", { class: "term" }, term) : null, text ? h("span", { class: "text" }, text) : null));
}

function evidence(numbers) {
  const entries = Object.entries(numbers ?? {});
  if (!entries.length) return null;
  return h("details", {}, h("summary", {}, "Evidence"),
    h("dl", {}, entries.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, written(value))])));
}

function written(value) {
  if (Array.isArray(value) && value.every((part) => typeof part !== "object")) return value.join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
