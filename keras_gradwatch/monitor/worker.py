"""One thread that reads results off the device and writes files, so that training does not wait."""

import collections
import threading
from collections.abc import Callable

IDLE_SECONDS = 2.0
"""A thread without work ends after this time, also when `fit` was left by an exception."""

_PULSE_SECONDS = 1.0
"""Who waits for the thread looks this often whether it still lives."""


class Worker:
    """Runs tasks in the order given, on a thread that lives only while there is work.

    A thread that has died is replaced by who waits for it; where no thread can be started the
    tasks run at once.
    """

    def __init__(self) -> None:
        self._tasks: collections.deque[Callable[[], None]] = collections.deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def put(self, task: Callable[[], None]) -> None:
        """Adds a task, which must not raise."""
        with self._changed:
            self._tasks.append(task)
            self._start()
            self._changed.notify_all()

    def flush(self) -> None:
        """Waits until all tasks are done; a task that calls it does not wait for itself."""
        if threading.current_thread() is self._thread:
            return
        with self._changed:
            while self._tasks:
                self._start()
                self._changed.wait(_PULSE_SECONDS)

    def close(self) -> None:
        """Waits until all tasks are done, and ends the thread."""
        self.flush()
        with self._changed:
            thread, self._thread = self._thread, None
            self._changed.notify_all()
        if thread is not None:
            thread.join()

    def _start(self):
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, daemon=True, name="GradientWatch")
            try:
                self._thread.start()
            except RuntimeError:  # The machine has no more threads, or the interpreter ends.
                self._run_here()

    def _run_here(self):
        self._thread = None
        while self._tasks:
            self._tasks.popleft()()

    def _run(self):
        while self._has_work():
            try:
                self._tasks[0]()
            finally:
                with self._changed:
                    self._tasks.popleft()  # Not earlier: `flush` waits for tasks that run, too.
                    self._changed.notify_all()

    def _has_work(self) -> bool:
        """Waits for a task; says no, which ends the thread, when there is none for a while."""
        me = threading.current_thread()
        with self._changed:
            self._changed.wait_for(lambda: self._tasks or self._thread is not me, IDLE_SECONDS)
            if self._thread is me and not self._tasks:
                self._thread = None
            return self._thread is me
