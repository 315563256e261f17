"""`gradwatch run`: a training script as it is, with a watch in every `fit`."""

import argparse
import contextlib
import functools
import importlib.util
import inspect
import os
import pathlib
import runpy
import sys

from rich.console import Console

from keras_gradwatch.cli.script import Unusable, existing

DESCRIPTION = """
Run a training script unchanged, with a GradientWatch added to every call of `fit`. Findings are
issued as warnings; each model gets its own log directory. The exit status is the script's.
"""


def add_to(subparsers):
    """Adds the command to a parser."""
    parser = subparsers.add_parser("run", help="watch a script", description=DESCRIPTION)
    parser.add_argument(
        "--log-dir", default="logs/gradwatch", help="where logs go (default: %(default)s)"
    )
    parser.add_argument(
        "--every", type=int, default=10, help="sample one batch in EVERY (default: %(default)s)"
    )
    parser.add_argument("script", help="the training script")
    parser.add_argument("args", nargs=argparse.REMAINDER, help="arguments of the script")
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the script, and says at the end what was found and where the logs are."""
    existing(arguments.script)
    if arguments.every < 1:
        raise Unusable(f"`--every` must be a positive integer. Received: {arguments.every}")
    watches = Watches(arguments.log_dir, arguments.every)
    with watches.in_every_fit(), _as_main(arguments.script, arguments.args):
        try:
            runpy.run_path(arguments.script, run_name="__main__")
        finally:
            _conclude(watches)
    return 0


class Watches:
    """A watch for each model that is fitted.

    Args:
        log_dir: Directory of the logs, one directory in it for each model.
        every: Sample one batch in `every`.
    """

    def __init__(self, log_dir: str, every: int):
        self.log_dir = log_dir
        self.every = every
        self._of: dict[str, tuple] = {}

    @property
    def all(self) -> list:
        """The watches, in the order in which their models were first fitted."""
        return [watch for _, watch in self._of.values()]

    @property
    def models(self) -> list:
        """The models, in the same order."""
        return [model for model, _ in self._of.values()]

    @property
    def directories(self) -> list[str]:
        """The log directory of each watch."""
        return list(self._of)

    @contextlib.contextmanager
    def in_every_fit(self):
        """Adds a watch to the callbacks of each `fit`, as long as the context lasts.

        Keras is left for the script to import, which may choose the backend before.
        """
        with contextlib.ExitStack() as undo:
            if "keras" in sys.modules:
                self._watch_fit(undo)
            else:
                undo.enter_context(_after_import_of_keras(lambda: self._watch_fit(undo)))
            yield

    def _watch_fit(self, undo):
        import keras

        original = keras.Model.fit
        signature = inspect.signature(original)

        @functools.wraps(original)
        def fit(model, *args, **kwargs):
            bound = signature.bind(model, *args, **kwargs)
            self._add(model, bound.arguments)
            return original(*bound.args, **bound.kwargs)

        keras.Model.fit = fit
        undo.callback(setattr, keras.Model, "fit", original)

    def _add(self, model, arguments):
        from keras import callbacks

        from keras_gradwatch import GradientWatch

        given = arguments.get("callbacks")
        if isinstance(given, callbacks.CallbackList):
            present = given.callbacks
        else:
            present = given if isinstance(given, list | tuple) else [given] if given else []
        if any(isinstance(callback, GradientWatch) for callback in present):
            return
        watch = self._watch(model)
        if isinstance(given, callbacks.CallbackList):
            watch.set_model(model)
            given.append(watch)
        else:
            arguments["callbacks"] = [*present, watch]

    def _watch(self, model):
        from keras_gradwatch import GradientWatch

        for known, watch in self._of.values():
            if known is model:
                return watch
        directory = self._directory(model)
        watch = GradientWatch(
            directory, csv=os.path.join(directory, "gradients.csv"), every=self.every
        )
        self._of[directory] = model, watch
        return watch

    def _directory(self, model):
        """The name of the model, with a number where that is taken."""
        times = [known.name for known, _ in self._of.values()].count(model.name)
        return os.path.join(self.log_dir, f"{model.name}_{times + 1}" if times else model.name)


@contextlib.contextmanager
def _after_import_of_keras(task):
    """Runs a task as soon as Keras has been imported, by whomever."""
    finder = _KerasFinder(task)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        finder.leave()


class _KerasFinder:
    """Finds Keras as Python does, and has a task run at the end of its import."""

    def __init__(self, task):
        self._task = task

    def find_spec(self, name, path=None, target=None):
        if name != "keras":
            return None
        self.leave()
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            vars(spec.loader)["exec_module"] = self._then_task(spec.loader.exec_module)
        return spec

    def _then_task(self, execute):
        def execute_and_run(module):
            execute(module)
            self._task()

        return execute_and_run

    def leave(self):
        """Takes itself out of the import system."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)


@contextlib.contextmanager
def _as_main(script, args):
    """Makes the process look as if Python had been started with the script."""
    argv, path = sys.argv, list(sys.path)
    sys.argv = [script, *args]
    sys.path.insert(0, str(pathlib.Path(script).resolve().parent))
    try:
        yield
    finally:
        sys.argv, sys.path[:] = argv, path


def _conclude(watches):
    console = Console(stderr=True, highlight=False)
    say = functools.partial(console.print, markup=False, soft_wrap=True)
    if not watches.all:
        say("\ngradwatch: the script called no fit, so there was nothing to watch.")
        return
    loud = [finding for watch in watches.all for finding in watch.findings if finding.is_loud]
    models = ", ".join(model.name for model in watches.models)
    say(f"\ngradwatch: {_count(loud)} in {models}.")
    say(f"  look at it with  tensorboard --logdir {watches.log_dir}  (tab Gradients)")
    for directory in watches.directories:
        say(f"  one page of it   gradwatch report {directory}")


def _count(findings):
    if not findings:
        return "nothing wrong"
    return "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
