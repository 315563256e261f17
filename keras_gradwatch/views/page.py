"""The page of a report. What comes from a log is escaped: only the template is markup."""

import base64
import datetime
import json
import pathlib
import re
import string
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from keras_gradwatch.findings import path_text
from keras_gradwatch.outputs import overview
from keras_gradwatch.outputs.source_lines import EDITOR
from keras_gradwatch.views.strips import legend, strips
from keras_gradwatch.views.tensorboard_plugin import STATIC
from keras_gradwatch.views.tensorboard_plugin.packing import pack, pack_progress
from keras_gradwatch.views.tensorboard_plugin.series import ABSENT, Series

TEMPLATE = pathlib.Path(__file__).with_name("report.html")

_COLUMNS = {
    "norm": "norm",
    "zero_fraction": "zero fraction",
    "dead_fraction": "dead channels",
    "update_ratio": "update ratio",
}
_SEVERITIES = ("error", "warning", "info")


def page(series: Series, run: str, written: datetime.datetime) -> str:
    """Returns the page as text.

    Args:
        series: The run.
        run: Its name.
        written: When its log was written.
    """
    parts = {
        "run": run,
        "verdict": _verdict(series),
        "facts": _facts(series, run, written),
        "findings": _join(_finding(i, finding) for i, finding in _worst_first(series.findings)),
        "earlier": _earlier(series.withdrawn),
        "first_step": series.steps[0],
        "last_step": series.steps[-1],
        "key": _join(_KEY.format(name, color) for name, color in legend()),
        "heads": _join(Markup("<th scope=col>{}</th>").format(name) for name in _COLUMNS.values()),
        "rows": _rows(series),
        "style": Markup((STATIC / "style.css").read_text(encoding="utf-8")),
        "modules": _modules(),
        "data": _data(series, run),
    }
    template = string.Template(TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute({name: escape(part) for name, part in parts.items()})


def _join(parts):
    return Markup("\n").join(parts)


# What stands above the map.


def _verdict(series):
    severities = [finding["severity"] for finding in series.findings]
    counts = {severity: severities.count(severity) for severity in _SEVERITIES}
    counted = [f"{n} {name}{'s' if n > 1 else ''}" for name, n in counts.items() if n]
    seen = f"in {len(series.steps)} sampled steps of {len(series.weights)} weights"
    if not counted:
        return _VERDICT.format("healthy", f"No findings {seen}")
    loud = counts["error"] + counts["warning"]
    kind = "error" if counts["error"] else "warning" if loud else "info"
    return _VERDICT.format(kind, f"{', '.join(counted).replace('infos', 'info')} {seen}")


def _facts(series, run, written):
    steps = f"{series.steps[0]} to {series.steps[-1]}"
    facts = {"log": run, "written": f"{written:%Y-%m-%d %H:%M}", "steps": steps, **series.about}
    return _join(_FACT.format(name, text) for name, text in facts.items())


def _worst_first(findings):
    def key(numbered):
        _, finding = numbered
        step = finding.get("step")
        return _SEVERITIES.index(finding["severity"]), -1 if step is None else step

    return sorted(enumerate(findings), key=key)


def _earlier(findings):
    """What was reported and does not hold any more: the map shows it at its steps."""
    shown = [_finding(None, finding) for _, finding in _worst_first(findings)]
    return _EARLIER.format(_join(shown)) if shown else ""


def _finding(number, finding):
    evidence = finding["evidence"]
    about = [("Why", finding["explanation"]), ("Fix", _with_code(finding["remedy"]))]
    old, new = map(_CODE.format, evidence["repair"]) if "repair" in evidence else ("", "")
    about += [("Instead of", old), ("Write", new)]
    about += [("Also", other["message"]) for other in evidence.get("also", ())]
    about += [("Check", evidence.get("check")), ("Path", path_text(evidence))]
    about += [("Affects", ", ".join(finding["weights"]))]
    return _FINDING.format(
        severity=finding["severity"],
        button="" if number is None else _BUTTON.format(number),
        symptom=finding["symptom"],
        code=finding.get("code", ""),  # Logs of version 0.1 have none.
        when="" if finding.get("step") is None else f"step {finding['step']}",
        message=_with_code(finding["message"]),
        source=_source(finding),
        facts=_join(_FACT.format(name, text) for name, text in about if text),
    )


def _with_code(text):
    """Text whose parts between backticks are code."""
    return Markup("").join(
        _CODE.format(part) if i % 2 else part for i, part in enumerate(text.split("`"))
    )


def _source(finding):
    place = finding.get("location")
    if not place:
        return ""
    around = finding.get("source") or {"first": place["line"], "lines": [place["text"]]}
    lines = Markup("").join(
        _LINE.format("here" if number == place["line"] else "", number, text)
        for number, text in enumerate(around["lines"], around["first"])
    )
    text = finding.get("place") or f"{place['file']}:{place['line']}, in {place['function']}"
    editor = finding.get("editor") or ""  # A log may be anybody's: no other address is a link.
    caption = _LINK.format(editor, text) if editor.startswith(f"{EDITOR}/") else text
    return _SOURCE.format(caption, lines)


# The table of all weights.


def _rows(series):
    pictures = strips(series.statistics["norm"])
    severities = _severities(series.findings)
    order = sorted(range(len(series.weights)), key=lambda i: _illness(series, severities, i))
    return _join(_row(series, i, pictures[i], severities) for i in order)


def _severities(findings):
    """The worst severity of each weight that a finding names."""
    named: dict[str, str] = {}
    for _, finding in reversed(_worst_first(findings)):
        named |= dict.fromkeys(finding["weights"], finding["severity"])
    return named


def _illness(series, severities, i):
    """The weights with findings first, then those whose gradient is no number or zero now."""
    severity = severities.get(series.weights[i]["path"])
    if severity is not None:
        return _SEVERITIES.index(severity)
    last = series.statistics["norm"][-1, i]
    return 3 if last == 0 or not np.isfinite(last) else 4


def _row(series, i, picture, severities):
    weight = series.weights[i]
    numbers = [_number(series.statistics[name][-1, i]) for name in _COLUMNS]
    cells = _join(Markup("<td>{}</td>").format(text) for text in (_shape(weight), *numbers))
    severity = severities.get(weight["path"], "")
    return _ROW.format(severity, weight["path"], picture, cells)


def _shape(weight):
    return str(tuple(weight["shape"]))


def _number(value):
    if np.isnan(value):
        return "missing"
    if np.isinf(value):
        return "not finite"
    return "" if value == ABSENT else f"{value:.3g}"


# What the scripts of the page read.


def _data(series, run):
    content: dict[str, Any] = {
        "run": run,
        "weights": series.weights,
        "findings": series.findings,
        "statistics": {name: _packed(series, name) for name in overview.STATISTICS},
        "progress": base64.b64encode(pack_progress(series.progress)).decode(),
    }
    return _inert(json.dumps(content))


def _packed(series, name):
    return base64.b64encode(pack({"steps": series.steps}, series.statistics[name].T)).decode()


def _modules():
    """The modules of the tab as an import map, which needs no file beside the page."""
    imports = {}
    for path in sorted(STATIC.glob("*.js")):
        text = re.sub(r'from "\./', 'from "', path.read_text(encoding="utf-8"))
        code = base64.b64encode(text.encode()).decode()
        imports[path.name] = f"data:text/javascript;base64,{code}"
    return _inert(json.dumps({"imports": imports}))


def _inert(text):
    """JSON that cannot end the script element it stands in."""
    return Markup(text.replace("<", "\\u003c"))


_VERDICT = Markup('<p class="verdict {}"><strong>{}</strong></p>')
_FACT = Markup("<dt>{}</dt><dd>{}</dd>")
_KEY = Markup(
    '<span class="key">{0} <svg width="14" height="10"><rect width="14" height="10" '
    'fill="{1}"/></svg></span>'
)
_FINDING = Markup("""<article class="finding {severity}">
<header><span class="badge">{severity}: {symptom} {code}</span><span class="when">{when}</span>
{button}</header>
<h3>{message}</h3>
{source}
<dl>{facts}</dl>
</article>""")
_BUTTON = Markup('<button class="quiet" type="button" data-finding="{}">Show in the map</button>')
_EARLIER = Markup("<h2>Earlier: reported, and not found any more</h2>\n{}")
_SOURCE = Markup('<figure class="source"><figcaption>{}</figcaption><pre>{}</pre></figure>')
_LINK = Markup('<a class="place" href="{}" title="Open in VS Code">{}</a>')
_CODE = Markup("<code>{}</code>")
_LINE = Markup('<span class="row {}"><span class="number">{}</span><code>{}</code></span>')
_ROW = Markup(
    '<tr class="{}"><th scope=row>{}</th><td class="strip"><img alt="" src="{}"></td>{}</tr>'
)
