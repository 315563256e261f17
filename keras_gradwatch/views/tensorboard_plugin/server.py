"""What TensorBoard asks the tab Gradients for: its files, its runs, and their numbers."""

import collections
import json
import threading

from tensorboard import plugin_util
from tensorboard.data import provider
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

from keras_gradwatch.outputs import overview
from keras_gradwatch.views.tensorboard_plugin import STATIC
from keras_gradwatch.views.tensorboard_plugin.packing import pack, pack_progress
from keras_gradwatch.views.tensorboard_plugin.series import (
    MOST_STEPS,
    Series,
    UnreadableRun,
    from_tensors,
)

_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_MOST_RUNS = 8
"""Series that are kept: two are compared, and a page is opened again and again."""

_HEADERS = {"Cache-Control": "no-cache, must-revalidate", "X-Content-Type-Options": "nosniff"}


class GradientsPlugin(base_plugin.TBPlugin):
    """The tab Gradients.

    It imports neither Keras nor TensorFlow: TensorBoard loads it at each start.

    Args:
        context: The `TBContext` of TensorBoard.
    """

    plugin_name = overview.PLUGIN

    def __init__(self, context):
        self._data = context.data_provider
        self._reading = threading.Lock()  # The page asks for several things at once.
        self._cache: collections.OrderedDict[tuple[str, str], tuple[dict, Series]]
        self._cache = collections.OrderedDict()  # The run that was asked for last is the last one.

    def get_plugin_apps(self):
        """Returns the application behind each address."""
        files = {f"/{path.name}": _static(path) for path in STATIC.iterdir()}
        return files | {
            "/runs": self._answer(self._runs),
            "/run": self._answer(self._run),
            "/statistic": self._answer(self._statistic),
            "/progress": self._answer(self._progress),
            "/histograms": self._answer(self._histograms),
        }

    def is_active(self):
        """TensorBoard itself looks whether there is data of this plugin."""
        return False

    def frontend_metadata(self):
        """Returns the name of the tab and the module that draws it."""
        return base_plugin.FrontendMetadata(es_module_path="/index.js", tab_name="Gradients")

    # The answers, each a function of the request.

    def _runs(self, where, _):
        """Name, last step and time of the last write of each run, the newest first."""
        listing = self._data.list_tensors(**where, plugin_name=overview.PLUGIN)
        runs = [
            {
                "run": run,
                "last_step": max(tag.max_step for tag in tags.values()),
                "written": max(tag.max_wall_time for tag in tags.values()),
            }
            for run, tags in listing.items()
        ]
        return _json(sorted(runs, key=lambda run: -run["written"]))

    def _run(self, where, arguments):
        series = self._series(where, arguments["run"])
        return _json({"weights": series.weights, "findings": series.findings})

    def _statistic(self, where, arguments):
        series = self._series(where, arguments["run"])
        values = series.statistics[arguments["name"]]
        return _bytes(pack({"steps": series.steps}, values.T))

    def _progress(self, where, arguments):
        progress = self._series(where, arguments["run"]).progress
        return _bytes(pack_progress(progress))

    def _histograms(self, where, arguments):
        """The `[k, 3]` tables (left, right, count) of a weight over the steps."""
        run, tag = arguments["run"], f"gradient_log10/{arguments['weight']}"
        data = self._read(where, "histograms", run, [tag]).get(tag, [])
        return _json([{"step": d.step, "buckets": d.numpy.tolist()} for d in data])

    # Reading.

    def _series(self, where, run):
        """The series of a run, read again when something was written."""
        listing = self._data.list_tensors(
            **where,
            plugin_name=overview.PLUGIN,
            run_tag_filter=provider.RunTagFilter(runs=[run]),
        )
        tags = listing.get(run, {})
        written = {tag: (series.max_step, series.max_wall_time) for tag, series in tags.items()}
        with self._reading:
            key = where["experiment_id"], run
            if self._cache.get(key, (None,))[0] != written:
                data = self._read(where, overview.PLUGIN, run, None)
                self._cache[key] = written, from_tensors(data)
            self._cache.move_to_end(key)
            if len(self._cache) > _MOST_RUNS:
                self._cache.popitem(last=False)
            return self._cache[key][1]

    def _read(self, where, plugin, run, tags):
        wanted = provider.RunTagFilter(runs=[run], tags=tags)
        data = self._data.read_tensors(
            **where, plugin_name=plugin, downsample=MOST_STEPS, run_tag_filter=wanted
        )
        return data.get(run, {})

    def _answer(self, function):
        """An application that answers with what `function` returns, or says what went wrong."""

        @wrappers.Request.application
        def application(request):
            where = {
                "ctx": plugin_util.context(request.environ),
                "experiment_id": plugin_util.experiment_id(request.environ),
            }
            try:
                return function(where, request.args)
            except UnreadableRun as error:
                return _json({"problem": str(error)}, status=422)
            except KeyError as error:
                return _json({"problem": f"There is no {error} here."}, status=404)

        return application


def _static(path):
    @wrappers.Request.application
    def application(request):
        kind = _KINDS[path.suffix]
        return wrappers.Response(path.read_bytes(), 200, _HEADERS, content_type=kind)

    return application


def _json(content, status=200):
    text = json.dumps(content)
    return wrappers.Response(text, status, _HEADERS, content_type="application/json")


def _bytes(content):
    return wrappers.Response(content, 200, _HEADERS, content_type="application/octet-stream")
