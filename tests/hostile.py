"""Names that are markup, scripts, terminal codes, very long or odd, for the tests of the views."""

import dataclasses

import gradient_logs

from keras_gradwatch.findings import Finding, Location

NAMES = (
    "<img src=x onerror=window.hacked=1>",
    "</script><script>window.hacked=1</script>",
    "</style><b>bold</b>",
    "\"onmouseover='window.hacked=1'",
    "{{7*7}} ${run} $run {0} %s",
    "\x1b[31mred\x1b[0m\x07",
    "`code` **strong** [a](javascript:window.hacked=1)",
    "\u202eright to left\u202c e\u0301 \U0001f9e0 \u0000",
    "__proto__",
    "long" * 2000,
)


def finding(name: str) -> Finding:
    """Returns a finding that has a name wherever a finding has text."""
    return dataclasses.replace(
        gradient_logs.FINDING,
        weights=(f"{name}/kernel", f"{name}/bias"),
        layer=name,
        op=name,
        location=Location(f"/home/{name}.py", 14, name, f"x = {name!r}"),
        message=f"{name} gets no gradient",
        explanation=name,
        remedy=f"{name} `{name}`",
        evidence={"path": [{"name": name, "norm": 1.0}], name: name, "check": name},
    )


def write_run(directory) -> None:
    """Writes a run whose layers have these names, each with a finding."""
    described = gradient_logs.weights(NAMES)
    gradient_logs.write_run(directory, range(0, 30, 10), described, [finding(n) for n in NAMES])
