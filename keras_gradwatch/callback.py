"""GradientWatch: the hooks of `fit`, in words. The only file that knows the order of its events."""

import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import keras

from keras_gradwatch import arguments
from keras_gradwatch.backends import backend
from keras_gradwatch.coverage import unmatched
from keras_gradwatch.findings import Finding, GradientError
from keras_gradwatch.monitor import explaining, joining, loop
from keras_gradwatch.monitor.guard import fails_open
from keras_gradwatch.monitor.messages import Messages
from keras_gradwatch.monitor.pipeline import Pipeline
from keras_gradwatch.monitor.sampling import sampling
from keras_gradwatch.optimizers import find_optimizers, iteration
from keras_gradwatch.outputs import console
from keras_gradwatch.outputs.output import Output, needs_histograms, with_tensorboard
from keras_gradwatch.outputs.summary import LiveTable
from keras_gradwatch.outputs.table import Table
from keras_gradwatch.outputs.trial import Copied
from keras_gradwatch.results import Results
from keras_gradwatch.rules import default_rules
from keras_gradwatch.step.observed_call import ObservedCall, take_back
from keras_gradwatch.step.observer import Observer
from keras_gradwatch.weights import selector


class GradientWatch(Results, Copied, keras.callbacks.Callback):
    """Watches the gradients of a model while `fit` trains it, and says what is wrong with them.

    On one batch in `every` the gradients of the loss that the optimizer is about to apply are
    measured inside the compiled step, without what a weight's own regularizer adds: norm, zero
    fraction, dead channels, update ratio and more. They go to TensorBoard, to a CSV log and to
    rules. What the rules find is issued as a `GradientWarning` with its cause, the line of your
    code, and the fix. The training itself is not changed by a bit.

    Args:
        log_dir: TensorBoard log directory; the run `gradients` is written into it. `None`
            for no event file.
        every: Sample one batch in `every`, counted from the first batch of each `fit`; `"auto"` for
            as many as `budget` pays. With `steps_per_execution` the last batch of the execution is
            the one that is measured.
        csv: Path of the CSV log, or `None` for none.
        scalars: Whether curves are written to TensorBoard: of all gradients together, of layers,
            and of each weight if there are at most 64. `"all"` for those of each of any number.
        histograms: Whether histograms of the gradients' magnitudes are written to TensorBoard;
            `"all"` for those of the values as well.
        stop_on: A symptom or a cause, or several, that stop the training: `"missing"`, `"zero"`,
            `"dead-channels"`, `"non-finite"`, `"vanishing"`, `"exploding"`, `"shape"`, `"frozen"`,
            or a cause such as `"dead-activation"`. Training then waits for the result of each
            sampled batch. With `"non-finite"` every batch is checked, and the update of a batch
            that is not finite is taken back: the model keeps its last good weights.
        raise_error: Whether to raise `GradientError` instead of only stopping. Without `stop_on`
            the first finding of severity error is raised.
        rules: List of rules in place of `default_rules()`.
        explain: Whether the cause of a finding is searched for, on the batch that showed it, and
            the first batch for what no gradient shows. The search runs `train_step` once more and
            restores the state of the model; Python state of your own in it sees that run.
        weights: Which weights to watch: `None` for all, a regular expression that is searched
            in the weight's path, or a function of the path.
        budget: Share of the training's time that sampling may take with `every="auto"`.
        live: Whether the table of `summary()` is printed while `fit` runs, after each epoch and
            once a minute within one: in a terminal or a notebook, not into a pipe or a file.
        outputs: Further places that records and findings go to, a list of `Output`: your own, or
            those of `keras_gradwatch.outputs.wandb` and `keras_gradwatch.outputs.mlflow`.

    Raises:
        ValueError: If an argument is not as described.

    Example:

    ```python
    watch = GradientWatch("logs/run1", csv="logs/run1/gradients.csv")
    model.fit(x, y, callbacks=[watch])
    watch.findings  # What is wrong, why, where, and the fix.
    watch.to_pandas()  # One row per sampled step and weight.
    ```
    """

    # The statistics are read on a thread of our own: Keras need not wait for the device.
    async_safe = True

    def __init__(
        self,
        log_dir: str | os.PathLike | None = None,
        *,
        every: int | str = 10,
        csv: str | os.PathLike | None = None,
        scalars: bool | str = True,
        histograms: bool | str = True,
        stop_on: str | Iterable[str] = (),
        raise_error: bool = False,
        rules: Sequence[Callable] | None = None,
        explain: bool = True,
        weights=None,
        budget: float = 0.01,
        live: bool = False,
        outputs: Sequence[Output] = (),
    ):
        super().__init__()
        log_dir, csv = arguments.path("log_dir", log_dir), arguments.path("csv", csv)
        rules = default_rules() if rules is None else arguments.callables("rules", rules)
        outputs = arguments.outputs("outputs", outputs)
        self.every = arguments.interval("every", every)
        self.stop_on = arguments.stops("stop_on", stop_on, explain)
        self.raise_error, self.explain = raise_error, explain
        self._arguments = dict(
            log_dir=log_dir,
            every=every,
            csv=csv,
            scalars=arguments.amount("scalars", scalars),
            histograms=arguments.amount("histograms", histograms),
            stop_on=self.stop_on,
            raise_error=raise_error,
            rules=rules,
            explain=explain,
            weights=weights,
            budget=arguments.share("budget", budget),
            live=live,
            outputs=outputs,
        )
        self._live = LiveTable(live)
        self._guards = "non-finite" in self.stop_on
        self._messages = Messages(self.stop_on, raise_error)
        self._is_watched = selector(weights)
        outputs = with_tensorboard(log_dir, scalars, histograms, outputs)
        self._histograms = bool(histograms) and needs_histograms(outputs)
        self._pipeline = Pipeline(rules, Table(csv), outputs, self.stop_on)
        self._sampling = sampling(self.every, budget, self._pipeline)
        self._is_active, self._samples = False, 0
        self._observer: Any = None  # An `Observer` from the first fit on.
        self._examined: Any = None  # The model whose first batch has been examined.

    # The events of fit, in their order.

    def on_train_begin(self, logs=None):
        self._begin()

    @fails_open
    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self._pipeline.timing.pause()
        self._live.show(self._pipeline)

    @fails_open
    def on_train_batch_begin(self, batch, logs=None):
        if not self._is_active:
            return
        if self._live.is_due():
            self._live.show(self._pipeline, self.params)
        steps = self._model.steps_per_execution
        is_sampled = self._sampling.is_due(self._batches, steps)
        self._batches += steps
        self._pipeline.timing.begin(is_sampled)
        if is_sampled or self._guards:
            self._arm(batch + steps - 1, is_sampled)

    @fails_open
    def on_train_end(self, logs=None):
        if self._observer is None:
            return
        self._pipeline.flush()
        self._tell(self._explained_news())
        self._pipeline.close()
        self._say_troubles()
        self._live.show(self._pipeline)
        places = (self._arguments["log_dir"], self._arguments["csv"])
        console.conclude(repr(self), self.params, *places)

    # Beside fit.

    @contextlib.contextmanager
    def watching(self, model, *optimizers):
        """Watches a training loop of your own, as long as the context lasts.

        One call of `model.train_on_batch` in `every`, and one of `optimizer.apply` (or
        `apply_gradients`) of each optimizer is sampled. An update inside a compiled function
        (`tf.function`, `jax.jit`) cannot be seen; put such a step into `train_step` of a model and
        call `train_on_batch`. `stop_on` sets `model.stop_training`, which your loop may read; the
        batch of a sampled `apply` is not known, so its findings have no cause.

        Args:
            model: The model that is trained.
            *optimizers: The Keras optimizers of the loop that are not attributes of the model.

        Returns:
            A context manager that gives the watch.

        Raises:
            ValueError: If an argument is not as described.

        Example:

        ```python
        watch = GradientWatch(every=5)
        with watch.watching(model):
            for _ in range(20):
                model.train_on_batch(x, y)
        watch.summary()
        ```
        """
        loop.check(model, optimizers)
        self.set_model(model)
        self._begin(optimizers)
        if not self._is_active:
            yield self
            return
        before = self._samples
        calls = loop.Loop(self.on_train_batch_begin, self._update)
        with self._observer.in_loop(), calls.observed(model, self._observer.optimizers):
            yield self
        if self._samples == before:
            self._messages.say(loop.NOTHING_SEEN)
        self.on_train_end()

    # One batch. On JAX `self.model` copies the state of the training back into the model, and would
    # read buffers that the running step was given: here the model is `self._model`.

    @fails_open
    def _begin(self, named=()):
        """Begins a fit, or a loop that names optimizers beside those of the model."""
        self._is_active = False
        take_back(self.model)
        if self._observer is None or self._observer.model is not self.model:
            self._observer = self._begin_with_model()
        optimizers = {id(one): one for one in (*find_optimizers(self.model), *named)}
        self._observer.optimizers = list(optimizers.values())
        self._epoch = self._batches = 0
        variables = self.model.trainable_variables
        nothing = unmatched(self._arguments["weights"], self._is_watched, variables)
        if nothing:
            self._messages.say(nothing)
            return
        self._pipeline.begin_fit(iteration(self._observer.optimizers))
        self._waits = self._is_active = True

    def _begin_with_model(self) -> Observer:
        if self._observer is not None:
            self._messages.say("is attached to a new model: findings and log were reset")
        self._pipeline.begin()
        self._samples = 0
        if not backend().writes_files(self.model):
            self._pipeline.write_no_files()
        self._pipeline.describe(self.model.name, self._arguments)
        return Observer(
            self.model,
            is_watched=self._is_watched,
            histograms=self._histograms,
            checks_finite=self._guards,
            keeps_values=self.explain and not self._guards,
        )

    def _arm(self, batch, is_sampled):
        """Puts an observed call in the place of the train function, for the next batch only."""
        if isinstance(self._model.train_function, ObservedCall):
            self._is_active = False
            self._messages.say("is inactive for this fit: another GradientWatch is already active")
            return

        def call(*args):
            with self._messages.before_keras():
                return self._observe(batch, is_sampled, *args)

        ObservedCall(self._model, call).install()

    def _update(self, number, optimizer, apply, *args, **kwargs):
        """Makes one update of a loop of the user's own, observed where it is sampled."""
        if not self._is_active or not self._sampling.is_due(number):
            return apply(*args, **kwargs)
        with self._messages.before_keras():
            applied, sample = self._observer.update(optimizer, *args, **kwargs)
            if sample is not None and sample.has_update:
                self._take(dataclasses.replace(sample, epoch=self._epoch, batch=number))
            return applied

    def _observe(self, batch, is_sampled, train_function, *args):
        """Runs one call of the train function, observed; unobserved where the watch fails."""
        observer = self._observer
        try:
            observer.follow(train_function)
            measure = is_sampled or not observer.can_repeat or bool(observer.streams.places)
            at = {"epoch": self._epoch, "batch": batch, "snapshot": self._snapshot(args)}
            observer.prepare(args, measure)
        except Exception as error:
            self.give_up(error)
            return train_function(*args)
        outputs, sample = self._run(args, measure, at)
        if sample is None or not sample.has_update:  # No update was seen.
            self._say_troubles()
        elif not sample.is_finite:
            outputs = backend().undo_call(outputs, sample.snapshot)
            self._take(sample if measure else self._measure_again(sample))
        elif is_sampled:
            self._take(sample)
        return outputs

    def _run(self, args, measure, at):
        try:
            return self._observer(*args, measure=measure, **at)
        except backend().END_OF_DATA:
            raise
        except Exception as error:
            self._step_raised(error, args, at)
            raise

    def _measure_again(self, sample):
        """Measures a batch whose update has been taken back; what that does is taken back too."""
        _, measured = self._observer([sample.data], measure=True)
        backend().restore(sample.snapshot)
        parts = {"layout": measured.layout, "value": measured.value, "form": measured.form}
        return dataclasses.replace(sample, **parts)

    def _snapshot(self, args):
        """What the model is before a batch whose update may be taken back, or is explained."""
        if self._guards:
            return backend().snapshot(self._model, self._observer.optimizers, args)
        is_needed = self._explains() and (self._waits or not self._observer.rescues)
        return backend().snapshot(self._model, (), args) if is_needed else ()

    def _explains(self):
        return self.explain and self._observer.keeps_data

    @fails_open
    def _take(self, sample):
        """Passes a sample on; waits for what it says on the first one, and when it may stop fit."""
        self._pipeline.put(sample)
        self._samples += 1
        is_first, self._waits = self._waits, False
        if is_first or self._messages.may_stop:
            self._pipeline.flush()
        if is_first and self._explains() and sample.data is not None:
            self._examine(sample)
        self._tell(self._explained_news())
        self._say_troubles()

    def _examine(self, sample):
        """Says on the first sampled batch what no rule sees: shapes, variables beside weights."""
        if self._examined is self._model:
            return
        self._examined = self._model
        record = self._pipeline.latest
        unseen = self._safely(explaining.find_unseen, sample, record, self._is_watched) or []
        self._pipeline.keep(unseen)
        self._tell(unseen)

    @fails_open
    def _step_raised(self, error, args, at):
        """Says why a step raised, before its own exception goes on to the user."""
        data = explaining.next_batch(args) if self._explains() else None
        sample = self._observer.without_gradients(error, data)
        if sample is not None:
            self._pipeline.put(dataclasses.replace(sample, **at))
            self._pipeline.flush()
            findings = self._explained_news()
            if findings:
                raise GradientError(findings, error) from error
        elif data is not None:
            findings = self._safely(explaining.explain_error, at["snapshot"], data, error)
            self._pipeline.add(findings or [])
            for finding in findings or []:
                if finding.is_loud:
                    console.warn(finding, self.params)

    def give_up(self, error):
        """Ends the watch of this fit: the training goes on with Keras' own function."""
        self._is_active = False
        self._messages.say(f"stopped watching this fit after {type(error).__name__}: {error}")

    # Messages.

    def _tell(self, findings):
        record = self._pipeline.latest
        if self._messages.warn(findings, self.params, record.step if record else None):
            self._model.stop_training = True

    def _explained_news(self) -> list[Finding]:
        """The findings that are new, each with its cause where the batch shows one."""
        if not self.explain:
            found = [finding for _, news in self._pipeline.take_new() for finding in news]
        else:
            found = explaining.explain_news(self._model, self._pipeline, self._messages.say)
        return joining.joined(found)

    def _safely(self, task, *args):
        return explaining.safely(self._messages.say, task, self._model, *args)

    def _say_troubles(self):
        for trouble in self._pipeline.take_troubles():
            self._messages.say(trouble)
        for note in self._observer.notes:
            self._messages.say(f"does not see everything: {note}")
        for error in self._observer.take_failures():
            self._messages.say(f"could not measure a step after {type(error).__name__}: {error}")
