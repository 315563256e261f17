"""W&B and MLflow: what their own packages have stored, offline."""

import json
import time

import keras
import models
import numpy as np
import pytest

from keras_gradwatch import GradientWatch

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.filterwarnings("error::UserWarning:keras_gradwatch"),
]


def fit(output, build=models.two_weights_with_one_path):
    model, x, y = build()
    watch = GradientWatch(every=2, outputs=[output])
    model.fit(x, y, batch_size=16, epochs=2, verbose=0, callbacks=[watch])
    return watch


def norms(watch):
    """Path -> step -> norm."""
    table = watch.to_pandas()
    return {path: rows.set_index("step").norm.to_dict() for path, rows in table.groupby("weight")}


@pytest.fixture
def mlflow(tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path / "store").as_uri())
    yield mlflow
    while mlflow.active_run():
        mlflow.end_run()


def test_mlflow_has_the_norms_and_the_findings(mlflow):
    from keras_gradwatch.outputs.mlflow import MLflow

    with mlflow.start_run() as run:
        watch = fit(MLflow(), models.cut)
    client, run_id = mlflow.MlflowClient(), run.info.run_id
    for path, expected in norms(watch).items():
        stored = client.get_metric_history(run_id, f"gradients/gradient_norm/{path}")
        expected = {step: norm for step, norm in expected.items() if not np.isnan(norm)}
        assert {metric.step: metric.value for metric in stored} == pytest.approx(expected, 1e-4)
    text = mlflow.artifacts.load_text(f"runs:/{run_id}/gradients/findings.json")
    (finding,) = json.loads(text)["findings"]
    assert finding["symptom"] == "missing"
    assert [one.info.run_id for one in mlflow.search_runs(output_format="list")] == [run_id]


def test_mlflow_takes_a_second_weight_of_one_path_and_more_than_a_thousand(mlflow, monkeypatch):
    from keras_gradwatch.outputs import mlflow as module

    monkeypatch.setattr(module, "_MOST_METRICS", 3)
    with mlflow.start_run() as run:
        pass
    watch = fit(module.MLflow(run.info.run_id))
    metrics = mlflow.MlflowClient().get_run(run.info.run_id).data.metrics
    assert "gradients/gradient_norm/twins/kernel_2" in metrics
    assert sum("gradient_norm/twins" in name for name in metrics) == 3
    assert len(watch.to_pandas().weight.unique()) == 4


def test_mlflow_without_a_run_says_so(mlflow):
    from keras_gradwatch.outputs.mlflow import MLflow

    with pytest.raises(ValueError, match=r"call `mlflow.start_run` first"):
        MLflow()


@pytest.fixture
def wandb(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_SILENT", "true")
    wandb = pytest.importorskip("wandb")
    yield wandb
    wandb.finish()


def stored(directory):
    """The rows of the history of an offline run."""
    for record in records(directory):
        if record.history.item:
            yield {
                "/".join(item.nested_key) or item.key: json.loads(item.value_json)
                for item in record.history.item
            }


def records(directory, patience=30):
    """What W&B has written, up to its last record: a process of its own writes."""
    from wandb.proto import wandb_internal_pb2

    (path,) = directory.glob("wandb/offline-run-*/run-*.wandb")
    for _ in range(10 * patience):
        found = list(map(wandb_internal_pb2.Record.FromString, pieces(path.read_bytes())))
        if any(record.HasField("exit") for record in found):
            return found
        time.sleep(0.1)
    raise TimeoutError(f"{path} has no end")


def pieces(content, block=2**15):
    """The pieces of a file of W&B: those of a log of LevelDB, below a header of 7 bytes."""
    position, piece = 7, b""
    while position < len(content):
        left = block - position % block
        if left < 7:  # No header fits in what is left of a block.
            position += left
            continue
        length = int.from_bytes(content[position + 4 : position + 6], "little")
        kind = content[position + 6]
        piece += content[position + 7 : position + 7 + length]
        position += 7 + length
        if kind in (1, 4):  # Whole, or the last part.
            yield piece
            piece = b""


def test_wandb_has_the_norms_the_histograms_and_the_findings(wandb, tmp_path):
    from keras_gradwatch.outputs.wandb import WandB

    run = wandb.init(project="tests")
    watch = fit(WandB(), models.cut)
    assert run.summary["gradients/findings"][0]["symptom"] == "missing"
    wandb.finish()
    rows = list(stored(tmp_path))
    assert [row["gradients/step"] for row in rows] == [0, 2, 4]
    for path, expected in norms(watch).items():
        for row in rows:
            norm = row.get(f"gradients/gradient_norm/{path}", np.nan)
            assert norm == pytest.approx(expected[row["gradients/step"]], 1e-4, nan_ok=True)
    kernel = "gradients/log10/sequential/classes/kernel"
    assert rows[0][f"{kernel}/_type"] == "histogram"
    assert sum(rows[0][f"{kernel}/values"]) == 18  # Of 6 x 3 elements.


def test_wandb_without_a_run_says_so_and_training_goes_on(wandb):
    from keras_gradwatch.outputs.wandb import WandB

    with pytest.warns(UserWarning, match=r"WandB .*call `wandb.init` before `fit`"):
        watch = fit(WandB(), models.subclassed)
    assert len(watch.to_pandas())


def test_the_watch_trains_no_other_model_with_a_tracker(wandb):
    from keras_gradwatch.outputs.wandb import WandB

    def trained(callbacks):
        keras.utils.set_random_seed(3)
        model, x, y = models.subclassed()
        model.fit(x, y, verbose=0, callbacks=callbacks)
        return [weight.numpy() for weight in model.weights]

    wandb.init(project="tests")
    for one, other in zip(trained([]), trained([GradientWatch(outputs=[WandB()])]), strict=True):
        np.testing.assert_array_equal(one, other)
