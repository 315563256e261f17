"""The command `gradwatch`."""

import argparse
from collections.abc import Sequence

from rich.console import Console

from keras_gradwatch.cli import check, explain, report, run
from keras_gradwatch.cli.environment import Version
from keras_gradwatch.cli.script import Unusable

_COMMANDS = (report, run, check, explain)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `gradwatch report`, `run`, `check` or `explain`.

    Args:
        arguments: The arguments after the name of the command; `None` for those of the process.

    Returns:
        The exit status: 0, 1 where `check` finds something wrong, 2 where it could not be done.
    """
    parsed = _parser().parse_args(arguments)
    try:
        return parsed.function(parsed)
    except Unusable as error:
        Console(stderr=True, highlight=False).print(
            f"gradwatch {parsed.command}: {error}", markup=False, soft_wrap=True
        )
        return 2


def _parser():
    parser = argparse.ArgumentParser(
        prog="gradwatch", description="Watch the gradients of Keras models from the command line."
    )
    parser.add_argument("--version", action=Version, help="print versions, for a bug report")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_to(subparsers)
    return parser
