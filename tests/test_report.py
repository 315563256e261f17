"""The report on one page."""

import html.parser
import json

import gradient_logs
import pandas as pd
import pytest

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
        if self._at and self._at[0] == "td":
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
    assert page.cells[:6] == ["stem/conv/kernel", "(3, 3, 8)", *["missing"] * 4]
    assert f"{gradient_logs.record(290)['norm'][11]:.3g}" in page.cells


def test_it_refers_to_nothing_outside(log):
    page = Page(log / report(log, log / "report.html"))
    assert page.references == []
    imports = json.loads(page.scripts["importmap"])["imports"].values()
    assert all(address.startswith("data:text/javascript;base64,") for address in imports)


def test_names_and_source_lines_are_no_markup(log):
    odd = gradient_logs.weights(("</script><b>bold",))
    gradient_logs.write_run(log / "odd", [0], odd)
    text = (log / report(log / "odd", log / "report.html")).read_text()
    assert "<b>bold" not in text
    assert text.count("</script>") == 3


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
