"""Trains all cases of a kind, in processes of their own, and keeps what came of it."""

import multiprocessing
import pickle
from pathlib import Path

from benchmarks.detection.case import Run, run


def train(kind: str, seed: int, processes: int, folder: Path) -> list[Run]:
    """Trains all cases of a kind, but for those that an earlier call has trained.

    Args:
        kind: Name of the module with the cases: `"healthy"`, `"faulty"`, `"unseen_healthy"`,
            `"unseen_faulty"`.
        seed: Seed of everything random.
        processes: Number of processes. They are renewed from time to time: graphs pile up.
        folder: Where each run is kept, so that changed rules are asked again without a training.

    Returns:
        The runs, in the order of the cases.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(kind, index, seed, folder) for index in range(len(_cases(kind)))]
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, maxtasksperchild=25) as pool:
        return pool.map(_kept_run, jobs, chunksize=1)


def _kept_run(job):
    kind, index, seed, folder = job
    case = _cases(kind)[index]
    file = folder / f"{kind}-{seed}-{case.name.replace(':', '')}.pickle"
    if not file.exists():
        new = file.with_suffix(".new")
        new.write_bytes(pickle.dumps(run(case, seed)))
        new.rename(file)  # A run that was interrupted leaves no half of a file.
    return pickle.loads(file.read_bytes())


def _cases(kind):
    # Here, since a process that only waits need not build initializers and load data.
    from benchmarks.detection import faulty, healthy, unseen_faulty, unseen_healthy

    modules = (healthy, faulty, unseen_healthy, unseen_faulty)
    return {module.__name__.rpartition(".")[2]: module.CASES for module in modules}[kind]
