"""`gradwatch run`: a training script as it is, with a watch in every `fit`."""

import argparse
import collections
import contextlib
import functools
import importlib.util
import inspect
import os
import pathlib
import runpy
import sys

from rich.console import Console

from keras_gradwatch.cli.script import Unusable, existing, print_error

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
    watches, status = Watches(arguments.log_dir, arguments.every), 0
    with watches.in_every_fit(), _as_main(arguments.script, arguments.args):
        try:
            status = _run_script(arguments.script)
        finally:  # A script may leave by `sys.exit`.
            if watches.conclusions or not status:
                _conclude(watches)
    return status


def _run_script(script):
    try:
        runpy.run_path(script, run_name="__main__")
    except (Exception, KeyboardInterrupt) as error:
        print_error(error)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
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
        self.conclusions: dict[str, str] = {}
        """What was found last, by log directory."""
        self._names: collections.Counter[str] = collections.Counter()

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
            watch = self._add(model, bound.arguments)
            try:
                return original(*bound.args, **bound.kwargs)
            finally:
                if watch is not None:
                    self.conclusions[watch.directory] = watch.conclusion()

        keras.Model.fit = fit
        undo.callback(setattr, keras.Model, "fit", original)

    def _add(self, model, arguments):
        """Adds a watch to the arguments of `fit`, unless the script has one of its own."""
        from keras import callbacks

        from keras_gradwatch import GradientWatch

        given = arguments.get("callbacks")
        if isinstance(given, callbacks.CallbackList):
            present = given.callbacks
        else:
            present = given if isinstance(given, list | tuple) else [given] if given else []
        if any(isinstance(callback, GradientWatch) for callback in present):
            return None
        kept = vars(model).get(_ATTRIBUTE) or self._keep(model)
        if isinstance(given, callbacks.CallbackList):
            kept.watch.set_model(model)
            given.append(kept.watch)
        else:
            arguments["callbacks"] = [*present, kept.watch]
        return kept

    def _keep(self, model):
        """Gives a model a watch, in a directory of its name, with a number where that is taken."""
        from keras_gradwatch import GradientWatch

        self._names[model.name] += 1
        count = self._names[model.name]
        name = model.name if count == 1 else f"{model.name}_{count}"
        directory = os.path.join(self.log_dir, name)
        csv = os.path.join(directory, "gradients.csv")
        kept = vars(model)[_ATTRIBUTE] = _Kept(
            GradientWatch(directory, csv=csv, every=self.every), directory
        )
        return kept


_ATTRIBUTE = "_gradwatch"


class _Kept:
    """The watch of a model, kept by the model itself, so that it lives no longer than the model.

    It has slots: what looks through the attributes of a model does not look into it.
    """

    __slots__ = ("directory", "watch")

    def __init__(self, watch, directory: str):
        self.watch = watch
        self.directory = directory

    def conclusion(self) -> str:
        """What was found, in a sentence."""
        return f"{os.path.basename(self.directory)}: {repr(self.watch).partition(': ')[2]}"


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
    if not watches.conclusions:
        say(f"\ngradwatch: {_why_nothing()}")
        return
    say("")
    for conclusion in watches.conclusions.values():
        say(f"gradwatch: {conclusion}")
    say(f"  look at it with  tensorboard --logdir {watches.log_dir}  (tab Gradients)")
    for directory in filter(os.path.exists, watches.conclusions):
        say(f"  one page of it   gradwatch report {directory}")


def _why_nothing() -> str:
    """Why no `fit` was seen, in a sentence."""
    if "tf_keras" in sys.modules:
        return "the script trains with `tf_keras` (Keras 2), which is not watched: use `keras`."
    if "keras" not in sys.modules:
        return "the script did not import `keras`, so there was nothing to watch."
    return (
        "the script called no `fit`, so there was nothing to watch. For `train_on_batch` and loops "
        "of your own there is `GradientWatch.watching`."
    )
