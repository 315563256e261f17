"""What the tab's server part answers, over TensorBoard's own data provider."""

import concurrent.futures
import importlib.metadata
import json
import subprocess
import sys
import warnings

import gradient_logs
import numpy as np
import pytest
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.data import provider
from tensorboard.plugins.base_plugin import TBContext
from werkzeug.test import Client

from keras_gradwatch.outputs import overview
from keras_gradwatch.outputs.event_file import EventFile

with warnings.catch_warnings():  # TensorBoard's copy of bleach warns while it is imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    from keras_gradwatch.views.tensorboard_plugin.server import GradientsPlugin


def client_of(log_dir):
    """A browser's view of the plugin over a log directory, and a function that reads it again."""
    multiplexer = EventMultiplexer(tensor_size_guidance={overview.PLUGIN: 1000})

    def reload():
        multiplexer.AddRunsFromDirectory(str(log_dir))
        multiplexer.Reload()

    reload()
    provider = MultiplexerDataProvider(multiplexer, str(log_dir))
    applications = GradientsPlugin(TBContext(data_provider=provider)).get_plugin_apps()
    return Client(lambda environ, start: applications[environ["PATH_INFO"]](environ, start)), reload


@pytest.fixture
def client(tmp_path):
    gradient_logs.write_run(tmp_path / "one" / "gradients")
    return client_of(tmp_path)[0]


def numbers(response):
    """What packing.py packed, taken apart as data.js does it."""
    header, _, content = response.data.partition(b"\n")
    steps = json.loads(header)["steps"]
    return steps, np.frombuffer(content, "<f4").reshape(-1, len(steps))


class Provider:
    """As many runs as are asked for, and a count of how often one is read."""

    def __init__(self):
        self.read = []

    def list_tensors(self, ctx, *, experiment_id, plugin_name, run_tag_filter):
        (run,) = run_tag_filter.runs
        about = {"plugin_content": b"", "description": "", "display_name": ""}
        series = provider.TensorTimeSeries(max_step=1, max_wall_time=1.0, **about)
        return {run: {"tag": series}}

    def read_tensors(self, ctx, *, experiment_id, run_tag_filter, **rest):
        self.read.append((experiment_id, *run_tag_filter.runs))
        return {}


def test_the_runs_of_two_experiments_are_kept_apart_and_few_of_them():
    data = Provider()
    plugin = GradientsPlugin(TBContext(data_provider=data))
    asked = [(experiment, f"run {i}") for i in range(20) for experiment in ("one", "two")]
    for experiment, run in [*asked, asked[-1], asked[0]]:
        plugin._series({"ctx": None, "experiment_id": experiment}, run)
    assert data.read == [*asked, asked[0]]
    assert len(plugin._cache) < 10


def test_entry_point_names_the_plugin():
    (entry,) = importlib.metadata.entry_points(group="tensorboard_plugins", name="gradwatch")
    assert entry.load() is GradientsPlugin


def test_the_plugin_imports_neither_keras_nor_tensorflow():
    loaded = "{'keras', 'tensorflow'} & {*sys.modules}"
    code = f"import sys, keras_gradwatch.views.tensorboard_plugin.server; print({loaded})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_runs(client):
    (run,) = client.get("/runs").json
    assert (run["run"], run["last_step"]) == ("one/gradients", 290)


def test_run_has_weights_in_model_order_and_findings(client):
    answer = client.get("/run?run=one/gradients").json
    assert [w["path"] for w in answer["weights"]] == [w.path for w in gradient_logs.weights()]
    assert answer["findings"][0]["location"]["line"] == 14


def test_statistic_is_one_row_a_weight(client):
    steps, values = numbers(client.get("/statistic?run=one/gradients&name=norm"))
    assert steps == list(range(0, 300, 10))
    assert np.isnan(values[0]).all()
    assert (values[4] == 0).all()
    assert np.isinf(values[8, 15:]).all()
    np.testing.assert_allclose(values[11, 3], gradient_logs.record(30)["norm"][11], rtol=1e-6)


def test_what_was_written_since_is_seen(tmp_path):
    gradient_logs.write_run(tmp_path, range(10))
    client, reload = client_of(tmp_path)
    assert numbers(client.get("/statistic?run=.&name=norm"))[0] == list(range(10))
    gradient_logs.write_run(tmp_path, range(10, 20))
    reload()
    assert numbers(client.get("/statistic?run=.&name=norm"))[0] == list(range(20))


def test_files_sort_in_the_order_in_which_they_were_written(tmp_path):
    written = []
    for _ in range(12):
        file = EventFile(str(tmp_path))
        file.close()
        written.append(file.path)
    assert written == sorted(written)


def test_progress_has_epoch_and_loss_of_each_step(client):
    steps, (epochs, losses) = numbers(client.get("/progress?run=one/gradients"))
    assert steps == list(range(0, 300, 10))
    assert epochs.tolist() == [step // 100 for step in steps]
    np.testing.assert_allclose(losses, [gradient_logs.loss(step) for step in steps], rtol=1e-6)


def test_a_run_is_read_once_for_all_that_the_page_asks(client, monkeypatch):
    read = []
    real = GradientsPlugin._read
    monkeypatch.setattr(GradientsPlugin, "_read", lambda *args: read.append(args) or real(*args))
    addresses = ["/run?run=one/gradients", "/progress?run=one/gradients"]
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        list(threads.map(client.get, addresses * 4))
    assert len(read) == 1


@pytest.mark.parametrize(
    ("address", "status"),
    [("/run", 404), ("/statistic?run=one/gradients&name=color", 404), ("/run?run=other", 200)],
)
def test_odd_questions_get_an_answer(client, address, status):
    assert client.get(address).status_code == status


def test_the_files_of_the_page(client):
    page = client.get("/index.js")
    assert page.content_type.startswith("text/javascript")
    assert "export async function render" in page.text
    assert client.get("/style.css").content_type.startswith("text/css")


@pytest.mark.parametrize("version", [0, 2])
def test_a_run_of_another_version_is_explained(tmp_path, monkeypatch, version):
    with monkeypatch.context() as patched:
        patched.setattr(overview, "VERSION", version)
        gradient_logs.write_run(tmp_path)
    client, _ = client_of(tmp_path)
    assert client.get("/runs").status_code == 200
    answer = client.get("/run?run=.")
    assert answer.status_code == 422
    assert f"version {version}" in answer.json["problem"]


def test_no_log_and_a_broken_log(tmp_path):
    client, _ = client_of(tmp_path)
    assert client.get("/runs").json == []
    (tmp_path / "events.out.tfevents.1.broken").write_bytes(b"\x07" * 500)
    client, _ = client_of(tmp_path)
    assert client.get("/runs").json == []
