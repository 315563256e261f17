"""One thread that reads results off the device and writes files, so that training does not wait."""

import queue
import threading
from collections.abc import Callable

IDLE_SECONDS = 2.0
"""A thread without work ends after this time, also when `fit` was left by an exception."""


class Worker:
    """Runs tasks in the order given, on a thread that lives only while there is work.

    Args:
        limit: Tasks that may wait; `put` waits when there are more, so that a slow disk cannot
            fill the memory.
    """

    def __init__(self, limit: int = 4):
        self._tasks: queue.Queue = queue.Queue(limit)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def put(self, task: Callable[[], None]) -> None:
        """Adds a task, which must not raise."""
        self._tasks.put(task)
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="GradientWatch")
                self._thread.start()

    def flush(self) -> None:
        """Waits until all tasks are done."""
        self._tasks.join()

    def _run(self):
        while True:
            try:
                task = self._tasks.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._starting:
                    if self._tasks.empty():
                        self._thread = None
                        return
                continue
            try:
                task()
            finally:
                self._tasks.task_done()
