// The list of the findings on top of the page; the worst one is the headline.

import { h, withCode } from "./page.js";
import { about } from "./run.js";

export const ORDER = { error: 0, warning: 1, info: 2 };
const SIGNS = { error: "✕", warning: "!", info: "i" };

/** All findings of some runs: the worst first, of equally bad ones the earliest. */
export function worstFirst(runs) {
  const all = runs.flatMap((run) => run.findings.map((finding) => ({ run, finding })));
  return all.sort((a, b) =>
    ORDER[a.finding.severity] - ORDER[b.finding.severity] || (a.finding.step ?? -1) - (b.finding.step ?? -1));
}

export function list(found, { runs, select, current }) {
  if (!found.length) return calm(runs);
  return h("ul", { class: "findings" }, found.map((entry, i) =>
    h("li", {}, card(entry, { select, isHeadline: i === 0, isCurrent: entry.finding === current, namesRun: runs.length > 1 }))));
}

function calm(runs) {
  const [run] = runs;
  const seen = run ? ` in ${run.steps.length} sampled steps of ${run.weights.length} weights` : "";
  return h("p", { class: "calm" }, `No findings: nothing is wrong with the gradients${seen}.`);
}

function card({ run, finding }, { select, isHeadline, isCurrent, namesRun }) {
  return h("button", {
    class: `card ${finding.severity}${isHeadline ? " headline" : ""}`, type: "button",
    "aria-current": isCurrent ? "true" : undefined, onclick: () => select(run, finding),
  },
  badge(finding),
  h("span", { class: "what" },
    headline(finding),
    place(finding.location)),
  h("span", { class: "when" }, when(finding), namesRun ? h("span", { class: "run" }, run.name) : null));
}

/** The culprit, which most messages begin with, and what is wrong with it. */
function headline(finding) {
  const [, named, rest] = finding.message.match(/^`([^`]+)` (.*)$/s) ?? [];
  const culprit = named ?? finding.layer ?? about(finding)[0] ?? "";
  return [h("strong", { class: "culprit" }, culprit), h("span", { class: "message" }, withCode(rest ?? finding.message))];
}

export function badge({ severity, symptom }) {
  return h("span", { class: "badge" }, h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[severity]),
    h("span", { class: "symptom" }, symptom), h("span", { class: "unseen" }, `, ${severity}:`));
}

export function when({ step, epoch }) {
  if (step === null || step === undefined) return "";
  return epoch === null || epoch === undefined ? `step ${step}` : `step ${step}, epoch ${epoch}`;
}

function place(location) {
  if (!location) return null;
  return h("span", { class: "place" }, h("code", {}, location.text), ` ${nameOf(location)}`);
}

export function nameOf({ file, line, function: name }) {
  return `${file.split(/[/\\]/).at(-1)}:${line}${name ? `, in ${name}` : ""}`;
}
