"""`gradwatch check`: is a model healthy on one batch? For people, for CI, for other programs."""

import argparse
import json
import pathlib
import runpy
import sys

from rich.console import Console

DESCRIPTION = """
Diagnose a model on one batch. BUILD is a function without arguments in SCRIPT that returns
(model, x) or (model, x, y), with the model compiled. The script is imported: what stands under
`if __name__ == "__main__"` does not run. Exit status: 0 healthy, 1 not healthy, 2 not done.
"""


def add_to(subparsers):
    """Adds the command to a parser."""
    parser = subparsers.add_parser("check", help="diagnose one batch", description=DESCRIPTION)
    parser.add_argument("target", metavar="SCRIPT:BUILD", help="for example train.py:build")
    parser.add_argument("--json", action="store_true", help="print the diagnosis as JSON")
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the diagnosis; 1 when the model is not healthy."""
    from keras_gradwatch import diagnose

    diagnosis = diagnose(*_build(arguments.target))
    if arguments.json:
        findings = [finding.to_dict() for finding in diagnosis.findings]
        print(json.dumps({"healthy": diagnosis.healthy, "findings": findings}, indent=2))
    else:
        Console(highlight=False).print(str(diagnosis), markup=False, soft_wrap=True)
    return 0 if diagnosis.healthy else 1


def _build(target):
    script, _, name = target.rpartition(":")
    if not script or not name:
        raise ValueError(f"`target` must be SCRIPT:BUILD. Received: target={target!r}")
    sys.path.insert(0, str(pathlib.Path(script).resolve().parent))
    names = runpy.run_path(script, run_name=pathlib.Path(script).stem)
    if not callable(names.get(name)):
        raise ValueError(f"`{script}` must define the function `{name}`.")
    built = names[name]()
    if not isinstance(built, tuple) or len(built) not in (2, 3):
        raise ValueError(
            f"`{name}` must return (model, x) or (model, x, y). Received: a {type(built).__name__}"
        )
    return built
