"""The observed train step: a twin of Keras' own train function that sees `optimizer.apply`.

The twin is built by Keras from a wrapped `train_step`, and has one more output: the statistics of
the gradients. It runs in place of Keras' function for one batch at a time. Outside that one call
the model and its optimizers are untouched, so there is nothing to put back when `fit` ends, raises
or is interrupted.
"""

import contextlib
import threading
from typing import Any

from keras import ops

from keras_gradwatch.backends import backend
from keras_gradwatch.backends.patching import all_replaced
from keras_gradwatch.optimizers import find_optimizers, values_of
from keras_gradwatch.step import gradients, penalties
from keras_gradwatch.step.gradients import Application
from keras_gradwatch.step.layout import StepLayout, layout_of
from keras_gradwatch.step.sample import Sample
from keras_gradwatch.step.streams import Streams
from keras_gradwatch.weights import unique_paths

UPDATES_OUT_OF_SIGHT = (
    "{} is not watched: it updates inside a function, a branch or a loop, which no tensor leaves; "
    "call `apply` in `train_step` itself to have it watched"
)
UPDATES_WITHOUT_OPTIMIZER = (
    "the train step asked no Keras optimizer for an update; what it changes without one is not "
    "watched"
)
_NOTHING = contextlib.nullcontext()
_NO_PENALTY: contextlib.nullcontext[frozenset] = contextlib.nullcontext(frozenset())
_NO_GRAPH = "does not require grad and does not have a grad_fn"


class Observer:
    """Runs single batches of one model through the observed twin of its train function.

    Args:
        model: The compiled model.
        is_watched: Function of a variable that says whether it is watched.
        histograms: Whether histograms are counted.
        checks_finite: Whether each step says if all gradients are finite. A loss scale skips
            an update that is not: that is its work, not a fault, and is not counted.
        keeps_values: Whether a step gives the values of before where its gradients are not finite.
    """

    def __init__(
        self, model, *, is_watched, histograms: bool, checks_finite: bool, keeps_values: bool
    ):
        self.model = model
        self.is_watched = is_watched
        self.histograms = histograms
        self.checks_finite = checks_finite
        self.keeps_values = keeps_values
        self._failures: list[Exception] = []
        self.optimizers = find_optimizers(model)
        self._twins: dict[bool, Any] = {}
        self.streams = Streams(model, checks_finite, self._note)
        self._twin_of: Any = None
        self._layouts: dict[str, tuple[StepLayout, Any]] = {}
        self._keys: dict[Any, str] = {}
        self._step = threading.local()  # A distribution strategy runs one thread a replica.
        self._measures = True
        self._asked: set[int] = set()
        self._is_free: bool | None = None  # Of penalties, once the model is built.
        self._attempted: list[Application] = []
        self._opened: dict[str, Any] = {}
        self.notes: list[str] = []
        self._look_at_model()

    def __call__(self, *args, measure: bool, **about):
        """Runs one call of the train function observed.

        Args:
            *args: What `fit` passed to it.
            measure: Whether statistics are computed; without, the sample only says whether the
                gradients are finite.
            **about: What the `Sample` says of the batch.

        Returns:
            The outputs as Keras' own function gives them, and the `Sample`, `None` where it failed.
        """
        twin = self.prepare(args, measure)
        self._measures = measure
        self._attempted = []
        with self._installed():
            outputs, again = self.streams.run(twin, args, self._tried)
        self._tried(self._forget_step)
        if again is not None:
            outputs["logs"] = self._twin_of(*again)
        if backend().IS_STATELESS:
            outputs, state = outputs
            return (outputs["logs"], state), self._tried(self._sample, outputs, about)
        return outputs["logs"], self._tried(self._sample, outputs, about)

    def update(self, optimizer, *args, **kwargs):
        """Runs one call of `optimizer.apply` observed, outside of a train step.

        Args:
            optimizer: The optimizer.
            *args: What it was given.
            **kwargs: The same by name.

        Returns:
            What `apply` returned, and the `Sample`, `None` where it failed.
        """
        self._measures, self._attempted = True, []
        self._step.graph, self._step.unconnected = backend().current_graph(), []
        self._begin_step(rescues=False)
        applied = self._apply_of(optimizer)(*args, **kwargs)
        outputs = self._tried(self._outputs, {}, None) or {}
        self._tried(self._forget_step)
        return applied, self._tried(self._sample, outputs, {})

    @contextlib.contextmanager
    def in_loop(self):
        """A scope in which a loop of the user's own may call `update`."""
        with penalties.listening() as self._asked:
            yield

    def take_failures(self) -> list[Exception]:
        """Returns what went wrong inside the observed step since the last call."""
        failures, self._failures = self._failures, []
        return failures

    @property
    def has_run(self) -> bool:
        """Whether a step has been observed."""
        return bool(self._layouts)

    def without_gradients(self, error: Exception, data) -> Sample | None:
        """The last step as a sample, when it raised because no weight got a gradient."""
        attempted = self._attempted
        if not attempted and _NO_GRAPH in str(error):  # Torch raises before `apply` is called.
            variables = self.model.trainable_variables
            nothing = [None] * len(variables)
            attempted = [Application(self.model.optimizer, variables, nothing, {}, None)]
        if not attempted or any(g is not None for g in attempted[-1].gradients):
            return None
        step = ops.convert_to_tensor(attempted[-1].optimizer.iterations)
        value = {"measured": {}, "step": step, "data": data}
        return Sample(self._layout_of(attempted[-1:]), value)

    def _sample(self, outputs, about) -> Sample:
        key = next(key for key in outputs if key in self._layouts)
        layout, form = self._layouts[key]
        value, finite = outputs[key], outputs.get("finite")
        if "data" in outputs:  # Of the first replica.
            value["data"] = outputs["data"]
        return Sample(layout, value, form, finite, outputs["logs"], **about)

    def follow(self, train_function) -> None:
        """Takes Keras' own train function: a new one says that the model was compiled again.

        Args:
            train_function: The function.
        """
        if self._twin_of is not train_function:
            self._twins = {}
            self.streams.clear()
            self._opened = backend().undecorated_methods(self.model)
            self._look_at_model()
            self._twin_of = train_function

    def _look_at_model(self):
        """Asks once what each step must know of how the model was compiled."""
        model = self.model
        self.has_replicas = backend().has_replicas(model)
        # The batch travels with its statistics: it can be diagnosed.
        self.keeps_data = backend().keeps_batch(model)
        # It can be run once more: its update has been undone in place.
        self.can_repeat = not self.has_replicas and not backend().IS_STATELESS
        # A step itself gives the values of before where it spoils them.
        self.rescues = self.keeps_values and self.keeps_data and backend().rescues(model)

    def prepare(self, args: tuple, measure: bool):
        """Returns the observed function, built the first time that it is asked for."""
        if measure not in self._twins:
            backend().build_state(self.model, args)
            with self._installed(), backend().values_of_call(self.model, args):
                self.model.make_train_function(force=True)
                self._twins[measure] = self.model.train_function
        return self._twins[measure]

    @contextlib.contextmanager
    def _installed(self):
        """Puts the observed step and the observed `apply` in place, for one call."""
        model = self.model
        train_step = self._opened.get("train_step") or model.train_step
        attributes = [
            (model, "train_function", self._twin_of),
            *((model, name, method) for name, method in self._opened.items()),
            (model, "train_step", self._observed(train_step)),
            *((optimizer, *self._update_of(optimizer)) for optimizer in self.optimizers),
        ]
        of_replicas = backend().with_first_batch(model) if self.has_replicas else _NOTHING
        with self._listening() as self._asked, of_replicas, all_replaced(attributes):
            yield

    def _listening(self):
        if self.has_run and self._is_free is None:
            self._is_free = self._tried(self._has_no_penalty)
        return _NO_PENALTY if self._is_free else penalties.listening()

    def _has_no_penalty(self) -> bool:
        return not any(map(penalties.is_known, self.model.trainable_variables))

    def _update_of(self, optimizer):
        """The method that an optimizer is asked to update with: its name, and its observed form."""
        if backend().IS_STATELESS and hasattr(optimizer, "dynamic_scale"):
            return "stateless_apply", self._stateless_apply_of(optimizer)
        return "apply", self._apply_of(optimizer)

    def _begin_step(self, rescues: bool):
        self._step.applications, self._step.checks, self._step.rescued = [], [], []
        self._step.rescue = self._tried(backend().observe_values, self.model) if rescues else None

    def _forget_step(self):
        """Lets go of the gradients and of the weights of before: on PyTorch they have values."""
        self._attempted = []
        self._begin_step(rescues=False)

    def _observed(self, train_step):
        def observed_step(*args):
            self._step.graph = backend().current_graph()
            self._step.unconnected = self._tried(self._unconnected, train_step, args) or []
            self._tried(self._begin_step, self._measures and self.rescues)
            outputs = train_step(*args)
            logs, *state = outputs if backend().IS_STATELESS else (outputs,)
            observed = self._tried(self._outputs, logs, args[-1]) or {"logs": logs}
            return (observed, *state) if state else observed

        return observed_step

    def _unconnected(self, train_step, args):
        """For each application the positions of the gradients that JAX made up, all zeros."""
        if not (self._measures and backend().is_traced(args)):
            return []
        self._begin_step(rescues=False)
        self._step.unconnected = []
        self._attempted, self._measures = [], False

        def attempt(*args):
            train_step(*args)
            return [application.gradients for application in self._attempted]

        try:
            return backend().structural_zeros(attempt, args)
        except Exception as error:  # A zero is reported as a zero then.
            self._failures.append(error)
            return []
        finally:
            self._attempted, self._measures = [], True

    def _outputs(self, logs, data):
        applications, checks = self._step.applications, self._step.checks
        packed = self._tried(gradients.pack, [measured for _, _, measured in applications])
        if packed is None:
            applications, packed = [], {}
        watched = {"measured": packed}
        is_known = self._attempted or self.notes or self._failures
        if applications:
            watched["step"] = applications[0][1]
        elif self.model.trainable_variables and not is_known:
            self._note(UPDATES_WITHOUT_OPTIMIZER)
        if self._step.rescued:
            watched["rescued"] = tuple(self._step.rescued)  # TensorFlow stacks a list.
        if self.keeps_data and not self.has_replicas:
            watched["data"] = data
        value, form = backend().enclose(self.model, backend().for_the_mean(watched))
        # TensorFlow takes its time for each level of a structure: this one is flat.
        outputs = {"logs": logs, self._remember(applications, form): value}
        if checks:
            outputs["finite"] = backend().for_the_mean(ops.all(ops.stack(checks)))
        return outputs

    def _remember(self, applications, form) -> str:
        """Keeps the layout of a step, under a key that travels with its outputs."""
        applications = [application for application, _, _ in applications]
        updates = tuple(
            (
                id(a.optimizer),
                *((id(v), g is None) for v, g in zip(a.variables, a.gradients, strict=True)),
            )
            for a in applications
        )
        groups = tuple(tuple(application.groups) for application in applications)
        signature = (updates, groups, repr(form))
        key = self._keys.setdefault(signature, f"layout_{len(self._keys)}")
        if key not in self._layouts:
            self._layouts[key] = self._layout_of(applications), form
        return key

    def _layout_of(self, applications) -> StepLayout:
        paths = unique_paths(self.model.variables)
        return layout_of(applications, paths, self.is_watched)

    def _apply_of(self, optimizer):
        apply = optimizer.apply

        def observed_apply(grads, trainable_variables=None, *args, **kwargs):
            grads = list(grads)  # An iterator would be used up.
            if trainable_variables is not None:
                trainable_variables = list(trainable_variables)
            begun = self._tried(self._begin, optimizer, grads, trainable_variables)
            applied = apply(grads, trainable_variables, *args, **kwargs)
            if begun is not None:
                self._tried(self._finish, *begun)
            return applied

        return observed_apply

    def _begin(self, optimizer, grads, trainable_variables):
        """What is known before an update: the application, the iteration, what was measured."""
        application = self._application(optimizer, grads, trainable_variables)
        iteration = ops.copy(optimizer.iterations)
        self._attempted.append(application)
        if self._step.graph is not backend().current_graph():
            self._note(UPDATES_OUT_OF_SIGHT.format(optimizer.name))
            return None
        return application, iteration, self._tried(self._measured, application)

    def _finish(self, application, iteration, measured):
        """Adds what an update brought to the outputs of the step."""
        if self.checks_finite and not hasattr(application.optimizer, "dynamic_scale"):
            self._step.checks.append(gradients.all_finite(application.gradients))
        self._add_changes(application, iteration, measured)

    def _stateless_apply_of(self, optimizer):
        """A loss scale does without its own `apply` on JAX, and calls the inner one in a cond."""
        stateless_apply = optimizer.stateless_apply

        def observed_apply(optimizer_variables, grads, trainable_variables):
            with values_of(optimizer, trainable_variables, optimizer_variables):
                begun = self._tried(self._begin, optimizer, grads, None)
            updated = stateless_apply(optimizer_variables, grads, trainable_variables)
            if begun is not None:
                with values_of(optimizer, *updated):
                    self._add_changes(*begun)
            return updated

        return observed_apply

    def _application(self, optimizer, grads, trainable_variables) -> Application:
        variables = list(trainable_variables or optimizer._trainable_variables)
        unconnected = dict(enumerate(self._step.unconnected)).get(len(self._attempted), ())
        grads = [None if i in unconnected else gradient for i, gradient in enumerate(grads)]
        is_watched = self.is_watched if self._measures else _nothing
        return gradients.application(optimizer, variables, grads, is_watched, self._asked)

    def _measured(self, application):
        """What is measured before the update, and the values of now where it spoils them."""
        if self._measures:
            application.gradients = backend().sum_over_replicas(
                application.gradients, application.variables
            )
            application.groups = gradients.groups(application, self.is_watched)
        with backend().without_autograd():
            measured = gradients.measure(application, application.groups, self.histograms)
            skips = hasattr(application.optimizer, "dynamic_scale")  # What would be spoiled.
            if measured and self._step.rescue and not skips:
                is_spoiled = gradients.is_spoiled(measured)
                self._step.rescued.append(tuple(self._step.rescue.values(is_spoiled)))
        return measured

    def _add_changes(self, application, iteration, measured):
        """Adds the tensors of one application, after its update."""
        if measured is None:
            return
        with backend().without_autograd():
            measured = self._tried(
                gradients.with_changes, measured, application, application.groups
            )
        if measured is not None:
            self._step.applications.append((application, iteration, measured))

    def _tried(self, task, *args):
        """What a task of ours gives; a failure costs its statistics, never the step."""
        try:
            return task(*args)
        except Exception as error:  # Whatever goes wrong here must not reach the training.
            self._failures.append(error)
            return None

    def _note(self, text):
        if text not in self.notes:
            self.notes.append(text)


def _nothing(variable) -> bool:
    """A step that is not sampled watches no variable."""
    return False
