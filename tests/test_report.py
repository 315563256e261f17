"""The report on one page."""

import html.parser
import json
import pathlib
import re
import shutil
import subprocess
import sys
import types

import gradient_logs
import pandas as pd
import pytest

from keras_gradwatch.findings import Finding
from keras_gradwatch.outputs.source_lines import with_source
from keras_gradwatch.views import page as pages
from keras_gradwatch.views.report import report


class Page(html.parser.HTMLParser):
    """What stands in a page: its scripts by type, its table cells, its references."""

    def __init__(self, path):
        super().__init__()
        self.scripts, self.cells, self.references, self._at = {}, [], [], None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.references += [attributes[name] for name in ("src", "href") if name in attributes]
        self._at = tag, attributes.get("type")

    def handle_data(self, data):
        if self._at and self._at[0] == "script":
            self.scripts[self._at[1]] = data
        if self._at and self._at in {("td", None), ("th", None)}:
            self.cells.append(data)

    def handle_endtag(self, tag):
        self._at = None


@pytest.fixture
def log(tmp_path):
    gradient_logs.write_table(tmp_path / "gradients.csv")
    gradient_logs.write_run(tmp_path / "gradients")
    return tmp_path


@pytest.mark.parametrize("source", ["gradients.csv", "."])
def test_a_log_and_a_directory_give_the_same_findings_and_numbers(log, source):
    page = Page(log / report(log / source, log / "report.html"))
    data = json.loads(page.scripts["application/json"])
    assert data["findings"][0]["location"]["text"] == "return tf.cast(x > 0, tf.float32)"
    assert data["weights"][0]["path"] == "stem/conv/kernel"
    first = page.cells.index("stem/conv/kernel")
    assert page.cells[first + 1 : first + 6] == ["(3, 3, 8)", *["missing"] * 4]
    assert f"{gradient_logs.record(290)['norm'][11]:.3g}" in page.cells


def test_it_refers_to_nothing_outside(log):
    page = Page(log / report(log, log / "report.html"))
    assert all(reference.startswith("data:image/png;base64,") for reference in page.references)
    imports = json.loads(page.scripts["importmap"])["imports"].values()
    assert all(address.startswith("data:text/javascript;base64,") for address in imports)


def test_the_verdict_and_what_the_run_was_stand_on_top(tmp_path):
    about = {"model": "resnet", "versions": "keras 3", "settings": "every=10"}
    gradient_logs.write_run(tmp_path, about=about)
    head = re.search("<header.*?</header>", written(tmp_path), re.DOTALL)[0]
    assert "1 error, 1 warning in 30 sampled steps of 12 weights" in head
    assert all(text in head for text in ("resnet", "keras 3", "every=10", "0 to 290"))
    assert re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d", head)


def test_a_healthy_run_has_a_verdict_too(tmp_path):
    gradient_logs.write_run(tmp_path, findings=())
    assert "No findings in 30 sampled steps of 12 weights" in written(tmp_path)


def test_the_findings_stand_in_full_the_worst_first(log):
    text = written(log)
    found = re.findall(r'<article class="finding (\w+)', text)
    assert found == ["error", "warning"]
    for part in (
        "my_layers.py:14, in custom_activation",
        "<dt>Why</dt><dd>A comparison has no",
        "<dt>Path</dt><dd>loss (1) &lt;- [here]</dd>",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("editor", "is_link"),
    [("vscode://file/home/me/a.py:14", True), ("javascript:alert(1)//vscode://file/", False)],
)
def test_a_source_line_opens_in_an_editor(editor, is_link):
    finding = with_source(gradient_logs.FINDING) | {"place": "/home/me/a.py:14", "editor": editor}
    shown = pages._source(finding)
    assert "/home/me/a.py:14" in shown
    assert (f'<a class="place" href="{editor}"' in shown) == is_link
    assert ("href" in shown) == is_link


def test_what_was_withdrawn_stands_under_earlier(log):
    def page(*withdrawn):
        watch = pd.read_csv(log / "gradients.csv")
        source = types.SimpleNamespace(to_pandas=lambda: watch, findings=[], withdrawn=withdrawn)
        return pathlib.Path(report(source, log / "report.html")).read_text(encoding="utf-8")

    text = page(Finding("zero", weights=("a/kernel",), message="It was 0.", step=7))
    before, after = text.split("<h2>Earlier")
    assert "No findings in" in before
    assert "It was 0." not in before
    assert re.search(r'<span class="when">step 7</span>\s*</header>\s*<h3>It was 0.</h3>', after)
    assert "Earlier" not in page()


def test_the_table_begins_with_what_is_ill(log):
    table = re.search("<tbody>.*</tbody>", written(log), re.DOTALL)[0]
    names = re.findall(r'<tr class="(\w*)"><th scope=row>(.*?)</th>', table)
    assert names[:3] == [
        ("error", "stem/conv/kernel"),
        ("error", "stem/conv/bias"),
        ("warning", "block2/norm/kernel"),
    ]
    assert names[3][1] in {"block1/norm/kernel", "block2/norm/bias"}
    assert len(names) == 12


def test_a_csv_log_alone_has_a_report(log):
    page = Page(log / report(log / "gradients.csv", log / "report.html"))
    assert json.loads(page.scripts["application/json"])["findings"]
    shutil.rmtree(log / "gradients")
    page = Page(log / report(log / "gradients.csv", log / "report.html"))
    data = json.loads(page.scripts["application/json"])
    assert data["findings"] == []
    assert "stem/conv/kernel" in page.cells


def test_a_table_without_layers_is_refused(log):
    frame = pd.read_csv(log / "gradients.csv").drop(columns="optimizer")
    with pytest.raises(ValueError, match="without the columns"):
        report(frame, log / "report.html")


def test_the_report_imports_neither_keras_nor_tensorflow():
    code = (
        "import sys, keras_gradwatch.views.report; print({'keras', 'tensorflow'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def written(directory):
    return pathlib.Path(report(directory, directory / "report.html")).read_text(encoding="utf-8")


def test_a_frame_has_no_findings_and_a_page(log):
    page = Page(log / report(pd.read_csv(log / "gradients.csv"), log / "report.html"))
    assert json.loads(page.scripts["application/json"])["findings"] == []


def test_a_truncated_event_file_is_read_to_its_last_whole_event(log):
    (path,) = (log / "gradients").iterdir()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    report(log, log / "report.html")
    data = json.loads(Page(log / "report.html").scripts["application/json"])
    assert data["findings"] == []


def test_a_directory_without_a_log_is_refused(tmp_path):
    with pytest.raises(ValueError, match="`source` must be a log directory"):
        report(tmp_path, tmp_path / "report.html")


def test_a_log_without_a_step_is_refused(log):
    frame = pd.read_csv(log / "gradients.csv").iloc[:0]
    with pytest.raises(ValueError, match="at least one sampled step"):
        report(frame, log / "report.html")
