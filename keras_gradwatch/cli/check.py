"""`gradwatch check`: is a model healthy on one batch? For people, for CI, for other programs."""

import argparse
import contextlib
import json
import pathlib
import runpy
import sys

from rich.console import Console

from keras_gradwatch.cli.script import Unusable, existing, print_error

_STATUS = {"healthy": 0, "unhealthy": 1, "inconclusive": 2}
_NOT_DONE = {"verdict": "inconclusive", "healthy": False, "findings": []}

DESCRIPTION = """
Diagnose a model on one batch. BUILD is a function without arguments in SCRIPT that returns
(model, x) or (model, x, y), with the model compiled. The script is imported: what stands under
`if __name__ == "__main__"` does not run. Exit status: 0 healthy, 1 unhealthy, 2 inconclusive or not
done.
"""


def add_to(subparsers):
    """Adds the command to a parser."""
    parser = subparsers.add_parser("check", help="diagnose one batch", description=DESCRIPTION)
    parser.add_argument("target", metavar="SCRIPT:BUILD", help="for example train.py:build")
    parser.add_argument(
        "--json",
        action="store_true",
        help="print the diagnosis as JSON; what the script prints goes to the standard error",
    )
    parser.add_argument(
        "--numeric", action="store_true", help="compare custom gradients with finite differences"
    )
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the diagnosis; the status says what it is."""
    script, _, name = arguments.target.rpartition(":")
    if not script or not name:
        raise Unusable(f"`target` must be SCRIPT:BUILD. Received: target={arguments.target!r}")
    try:
        existing(script)
        with contextlib.redirect_stdout(sys.stderr if arguments.json else sys.stdout):
            diagnosis = _diagnosis(script, name, arguments.numeric)
    except (Exception, SystemExit) as error:
        if arguments.json:
            _print_json({**_NOT_DONE, "error": f"{type(error).__name__}: {error}"})
        if isinstance(error, Unusable):
            raise
        print_error(error)
        return 2
    if arguments.json:
        _print_json(_as_json(diagnosis))
    else:
        Console(highlight=False).print(str(diagnosis), markup=False, soft_wrap=True)
    return _STATUS[diagnosis.verdict]


def _as_json(diagnosis):
    return {
        "verdict": diagnosis.verdict,
        "healthy": diagnosis.healthy,
        "findings": [finding.to_dict() for finding in diagnosis.findings],
        "coverage": diagnosis.coverage,
        "notes": diagnosis.notes,
    }


def _print_json(content):
    print(json.dumps(content, indent=2, allow_nan=False))


def _diagnosis(script, name, numeric):
    built = _build(script, name)
    from keras_gradwatch import diagnose  # After the script, which may choose the backend.

    return diagnose(*built, numeric=numeric)


def _build(script, name):
    sys.path.insert(0, str(pathlib.Path(script).resolve().parent))
    names = runpy.run_path(script, run_name=pathlib.Path(script).stem)
    if not callable(names.get(name)):
        raise Unusable(f"`{script}` must define the function `{name}`.")
    built = names[name]()
    if not isinstance(built, tuple) or len(built) not in (2, 3):
        raise Unusable(
            f"`{name}` must return (model, x) or (model, x, y). Received: a {type(built).__name__}"
        )
    return built
