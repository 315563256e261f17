"""How the user learns what is found: by warnings, by a stop, or by an exception, as asked for."""

import contextlib
from collections.abc import Iterable, Iterator

from keras_gradwatch.findings import Finding, GradientError
from keras_gradwatch.monitor.quiet import keras_held_back
from keras_gradwatch.outputs import console


class Messages:
    """Warns of findings, and decides which of them end the training.

    Args:
        stop_on: The symptoms and causes that stop the training.
        raise_error: Whether to raise `GradientError` instead of only stopping. With an empty
            `stop_on` each finding of severity error is raised.
    """

    def __init__(self, stop_on: tuple[str, ...], raise_error: bool):
        self._stop_on = stop_on
        self._raise_error = raise_error
        self._said: set[str] = set()
        self._reported: set[str] = set()

    @property
    def may_stop(self) -> bool:
        """Whether a finding may end the training: it then waits for each sampled batch."""
        return bool(self._stop_on or self._raise_error)

    def warn(self, findings: Iterable[Finding], params: dict | None, step: int | None) -> bool:
        """Warns of the findings that are no mere information.

        Args:
            findings: The findings that are new.
            params: The parameters that Keras gives a callback.
            step: The step at which they were found.

        Returns:
            Whether the training is to stop.

        Raises:
            GradientError: If findings end the training and an exception was asked for.
        """
        loud = [finding for finding in findings if finding.is_loud]
        self._reported.update(*(finding.symptoms for finding in loud))
        ending = [finding for finding in loud if self._ends(finding)]
        if ending and self._raise_error:
            raise GradientError(ending)
        for finding in loud:
            reason = self._reason(finding, step) if finding in ending else None
            console.warn(finding, params, reason)
        return bool(ending)

    @contextlib.contextmanager
    def before_keras(self) -> Iterator[None]:
        """A scope of one batch, after which Keras warns of missing gradients if we have not."""
        with keras_held_back() as held:
            try:
                yield
            finally:
                if "missing" not in self._reported:
                    for show in held:
                        show()

    def say(self, text: str) -> None:
        """Warns of something about the watch itself, once."""
        if text not in self._said:
            self._said.add(text)
            console.say(f"GradientWatch {text}")

    def _ends(self, finding):
        if self._stop_on:
            return bool({*finding.symptoms, finding.cause}.intersection(self._stop_on))
        return self._raise_error and finding.severity == "error"

    def _reason(self, finding, step):
        symptoms = [symptom for symptom in self._stop_on if symptom in finding.symptoms]
        name = next(iter(symptoms), finding.cause)
        return f"training ends at step {step}: `stop_on` has {name!r}"
