"""GradientWatch: the hooks of `fit`, in words. The only file that knows the order of its events."""

import dataclasses
import functools
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import keras

from keras_gradwatch import arguments
from keras_gradwatch.backends import backend
from keras_gradwatch.coverage import Coverage, coverage_of
from keras_gradwatch.findings import Finding, GradientError
from keras_gradwatch.monitor import explaining, joining
from keras_gradwatch.monitor.guard import fails_open
from keras_gradwatch.monitor.pipeline import Pipeline
from keras_gradwatch.optimizers import find_optimizers
from keras_gradwatch.outputs import console
from keras_gradwatch.outputs.table import Table, layer_table
from keras_gradwatch.rules import default_rules
from keras_gradwatch.step.observed_call import ObservedCall
from keras_gradwatch.step.observer import Observer
from keras_gradwatch.weights import selector


class GradientWatch(keras.callbacks.Callback):
    """Watches the gradients of a model while `fit` trains it, and says what is wrong with them.

    On one batch in `every` the gradients of the loss that the optimizer is about to apply are
    measured inside the compiled step, without what a weight's own regularizer adds: norm, zero
    fraction, dead channels, update ratio and more. They go to TensorBoard, to a CSV log and to
    rules. What the rules find is issued as a `GradientWarning` with its cause, the line of your
    code, and the fix. The training itself is not changed by a bit.

    Args:
        log_dir: TensorBoard log directory; the run `gradients` is written into it. `None`
            for no event file.
        every: Sample one batch in `every`, counted from the first batch of each `fit`. With
            `steps_per_execution` the last batch of the execution is the one that is measured.
        csv: Path of the CSV log, or `None` for none.
        histograms: Whether histograms of the gradients' magnitudes are written to TensorBoard;
            `"all"` for those of the values as well.
        stop_on: A symptom, or several, that stop the training: `"missing"`, `"zero"`,
            `"dead-channels"`, `"non-finite"`, `"vanishing"`, `"exploding"`. Training then waits for
            the result of each sampled batch. With `"non-finite"` every batch is checked, and the
            update of a batch that is not finite is taken back: the model keeps its last good
            weights.
        raise_error: Whether to raise `GradientError` instead of only stopping.
        rules: List of rules in place of `default_rules()`.
        explain: Whether the cause of a finding is searched for, on the batch that showed it, and
            the first batch for what no gradient shows. The search runs `train_step` once more and
            restores the state of the model; Python state of your own in it sees that run.
        weights: Which weights to watch: `None` for all, a regular expression that is searched
            in the weight's path, or a function of the path.

    Raises:
        ValueError: If an argument is not as described.

    Example:

    ```python
    watch = GradientWatch("logs/run1", csv="logs/run1/gradients.csv")
    model.fit(x, y, callbacks=[watch])
    watch.findings  # What is wrong, why, where, and the repair.
    watch.to_pandas()  # One row per sampled step and weight.
    ```
    """

    # The statistics are read on a thread of our own: Keras need not wait for the device.
    async_safe = True

    def __init__(
        self,
        log_dir: str | os.PathLike | None = None,
        *,
        every: int = 10,
        csv: str | os.PathLike | None = None,
        histograms: bool | str = True,
        stop_on: str | Iterable[str] = (),
        raise_error: bool = False,
        rules: Sequence[Callable] | None = None,
        explain: bool = True,
        weights=None,
    ):
        super().__init__()
        self._arguments = dict(
            log_dir=log_dir,
            every=every,
            csv=csv,
            histograms=histograms,
            stop_on=stop_on,
            raise_error=raise_error,
            rules=rules,
            explain=explain,
            weights=weights,
        )
        self.every = arguments.positive_integer("every", every)
        self.stop_on = arguments.symptoms("stop_on", stop_on)
        self.raise_error = raise_error
        self.explain = explain
        self._guards = "non-finite" in self.stop_on
        self._is_watched = selector(weights)
        self._histograms = histograms
        self._outputs = _outputs(arguments.path("log_dir", log_dir), histograms)
        rules = default_rules() if rules is None else arguments.callables("rules", rules)
        table = Table(arguments.path("csv", csv))
        self._pipeline = Pipeline(rules, table, self._outputs, self.stop_on)
        self._is_active = False
        self._observer: Any = None  # An `Observer` from the first fit on.
        self._samples = 0
        self._said: set[str] = set()
        self._examined: Any = None  # The model whose first batch has been examined.

    # The events of fit, in their order.

    @fails_open
    def on_train_begin(self, logs=None):
        self._is_active = False
        left_behind = vars(self.model).get("train_function")
        if isinstance(left_behind, ObservedCall):  # By a fit that raised.
            left_behind.take_back()
        if self._observer is None or self._observer.model is not self.model:
            self._observer = self._begin_with_model()
        self._observer.optimizers = find_optimizers(self.model)
        self._epoch = self._batches = 0
        self._pipeline.begin_fit(_iteration(self._observer.optimizers))
        self._waits = self._is_active = True

    @fails_open
    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self._pipeline.timing.pause()

    @fails_open
    def on_train_batch_begin(self, batch, logs=None):
        if not self._is_active:
            return
        steps = self._model.steps_per_execution
        is_sampled = -self._batches % self.every < steps
        self._batches += steps
        self._pipeline.timing.begin(is_sampled)
        if is_sampled or self._guards:
            self._arm(batch + steps - 1, is_sampled)

    @fails_open
    def on_train_end(self, logs=None):
        if self._observer is None:
            return
        self._pipeline.flush()
        self._tell()
        self._pipeline.close()
        self._say_troubles()
        logs_at = (self._arguments["log_dir"], self._arguments["csv"])
        console.conclude(repr(self), self.params, *logs_at)

    # What a user asks for.

    @property
    def findings(self) -> list[Finding]:
        """The findings that stand now, a list of `Finding`."""
        return self._pipeline.findings if self._observer else []

    @property
    def coverage(self) -> Coverage:
        """What is watched, what is not, and why."""
        self._pipeline.flush()
        return coverage_of(self._observer, self._pipeline)

    def to_pandas(self):
        """Returns the log as a `pandas.DataFrame`: one row per sampled step and weight."""
        self._pipeline.flush()
        return self._pipeline.table.to_pandas()

    def layers(self):
        """Returns a `pandas.DataFrame` with the latest statistics of each layer.

        Returns:
            One row per layer in the order of the model: `norm` (L2 of all its gradients),
            `zero_fraction`, `dead_fraction`, `update_ratio` (means over its weights).
        """
        self._pipeline.flush()
        return layer_table(self._pipeline.latest)

    def plot(self, kind: str = "heatmap", ax=None):
        """Draws the log with matplotlib.

        Args:
            kind: `"heatmap"`, `"depth"` or `"update_ratio"`.
            ax: `matplotlib.axes.Axes` to draw on; `None` for a new figure.

        Returns:
            The `Axes`.

        Raises:
            ImportError: If matplotlib is not installed.
        """
        from keras_gradwatch.views.plot import plot

        return plot(self, kind=kind, ax=ax)

    def __reduce__(self):
        """A copy begins anew with the same arguments: tuners copy callbacks for each trial."""
        return functools.partial(type(self), **self._arguments), ()

    def __repr__(self) -> str:
        told = console.summary(self.findings, self._samples, self._pipeline.latest)
        return f"{type(self).__name__}: {told}"

    def _repr_html_(self) -> str:
        findings = [finding._repr_html_() for finding in self.findings]
        return "".join(findings) + self.layers().to_html(float_format="{:.3g}".format)

    # One batch. On JAX `self.model` copies the state of the training back into the model, and would
    # read buffers that the running step was given: here the model is `self._model`.

    def _begin_with_model(self) -> Observer:
        if self._observer is not None:
            self._say("now watches another model: its findings and its table begin anew")
        self._pipeline.begin()
        self._samples = 0
        if not backend().writes_files(self.model):
            self._pipeline.write_no_files()
        return Observer(
            self.model,
            is_watched=self._is_watched,
            histograms=bool(self._histograms and self._outputs),
            checks_finite=self._guards,
        )

    def _arm(self, batch, is_sampled):
        """Puts an observed call in the place of the train function, for the next batch only."""
        if isinstance(self._model.train_function, ObservedCall):
            self._is_active = False
            self._say("pauses during this fit: another GradientWatch observes the same batches")
            return
        ObservedCall(self._model, lambda *args: self._observe(batch, is_sampled, *args)).install()

    def _observe(self, batch, is_sampled, train_function, *args):
        """Runs one call of the train function, observed; unobserved where the watch fails."""
        measure = is_sampled or not self._observer.can_repeat
        try:
            at = {"epoch": self._epoch, "batch": batch, "snapshot": self._snapshot(args)}
            self._observer.prepare(train_function, args, measure)
        except Exception as error:
            self.give_up(error)
            return train_function(*args)
        outputs, sample = self._run(train_function, args, measure, at)
        if sample is None or sample.step is None:  # No update was seen.
            self._say_troubles()
        elif not sample.is_finite:
            outputs = backend().undo_call(outputs, sample.snapshot)
            sample = sample if measure else self._measure_again(sample, train_function)
            self._take(sample, backend().state_after(outputs))
        elif is_sampled:
            self._take(sample, backend().state_after(outputs))
        return outputs

    def _run(self, train_function, args, measure, at):
        try:
            outputs, sample = self._observer(train_function, *args, measure=measure)
        except backend().END_OF_DATA:
            raise
        except Exception as error:
            self._step_raised(error, args, at)
            raise
        return outputs, sample and dataclasses.replace(sample, **at)

    def _measure_again(self, sample, train_function):
        """Measures a batch whose update has been taken back; what that does is taken back too."""
        _, measured = self._observer(train_function, [sample.data], measure=True)
        backend().restore(sample.snapshot)
        return dataclasses.replace(sample, layout=measured.layout, measured=measured.measured)

    def _snapshot(self, args):
        """What the model is before a batch whose update may be taken back, or is examined."""
        if self._guards or (self._waits and self._explains()):
            return backend().snapshot(self._model, self._observer.optimizers, args)
        return ()

    def _explains(self):
        return self.explain and self._observer.keeps_data

    @fails_open
    def _take(self, sample, state):
        """Passes a sample on; waits for what it says on the first one, and when it may stop fit."""
        self._pipeline.put(sample)
        self._samples += 1
        is_first, self._waits = self._waits, False
        if is_first or self.stop_on:
            self._pipeline.flush()
        if is_first and self._explains():
            self._examine(sample)
        self._tell(state)
        self._say_troubles()

    def _examine(self, sample):
        """Says on the first sampled batch what no rule sees: shapes, variables beside weights."""
        if self._examined is self._model:
            return
        self._examined = self._model
        found = self._safely(lambda: explaining.examine(self._model, sample)) or []
        record = self._pipeline.latest
        seen = {weight.path for weight in record.weights} if record else set()
        unseen = [finding for finding in found if not seen.intersection(finding.weights)]
        self._pipeline.keep(unseen)
        self._warn(unseen)

    @fails_open
    def _step_raised(self, error, args, at):
        """Says why a step raised, before its own exception goes on to the user."""
        sample = self._observer.without_gradients(error)
        data = explaining.next_batch(args) if self._explains() else None
        if sample is not None:
            self._pipeline.put(dataclasses.replace(sample, data=data, **at))
            self._pipeline.flush()
            findings = self._explained_news()
            if findings:
                raise GradientError(findings, error) from error
        elif data is not None:
            findings = self._safely(
                lambda: explaining.explain_error(self._model, at["snapshot"], data, error, args)
            )
            self._pipeline.add(findings or [])
            self._warn(findings or [])

    def give_up(self, error):
        """Ends the watch of this fit: the training goes on with Keras' own function."""
        self._is_active = False
        self._say(f"stopped watching this fit after {type(error).__name__}: {error}")

    # Telling.

    def _tell(self, state=None):
        findings = [finding for finding in self._explained_news(state) if finding.is_loud]
        stopping = [finding for finding in findings if finding.symptoms & set(self.stop_on)]
        if stopping and self.raise_error:
            raise GradientError(stopping)
        self._warn(findings, stopping)
        if stopping:
            self._model.stop_training = True

    def _explained_news(self, state=None) -> list[Finding]:
        """The findings that are new, each with its cause where the batch shows one."""
        told: list[Finding] = []
        for sample, findings in self._pipeline.take_new():
            explained = None
            if self.explain and sample.data is not None:
                explained = self._safely(
                    lambda s=sample, f=findings: explaining.explain(self._model, s, f, state)
                )
            if explained is not None:
                self._pipeline.replace(findings, explained)
            told += findings if explained is None else explained
        return joining.joined(told)

    def _safely(self, task):
        """Runs a task of ours in the middle of a training: what it raises is said, and no more."""
        try:
            return task()
        except Exception as error:
            self._say(f"could not search for a cause after {type(error).__name__}: {error}")
            return None

    def _warn(self, findings, stopping=()):
        for finding in findings:
            if finding.is_loud:
                record = self._pipeline.latest
                stops_at = record.step if record and finding in stopping else None
                console.warn(finding, self.params, stops_at)

    def _say_troubles(self):
        for trouble in self._pipeline.take_troubles():
            self._say(trouble)
        for note in self._observer.notes:
            self._say(f"does not see everything: {note}")
        for error in self._observer.take_failures():
            self._say(f"could not measure a step after {type(error).__name__}: {error}")

    def _say(self, text):
        if text not in self._said:
            self._said.add(text)
            console.say(f"GradientWatch {text}")


def _iteration(optimizers) -> int:
    """The step from which on this fit writes."""
    counts = [optimizer.iterations for optimizer in optimizers]
    # With accumulated gradients it is an array of JAX, which knows no `numpy()`.
    return min([int(c.numpy() if hasattr(c, "numpy") else c) for c in counts], default=0)


def _outputs(log_dir, histograms):
    if log_dir is None:
        return []
    from keras_gradwatch.outputs.tensorboard import TensorBoard

    return [TensorBoard(log_dir, with_values=histograms == "all")]
