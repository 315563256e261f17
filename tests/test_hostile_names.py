"""What comes from a program or a log is shown as text: in the tab, the report, a notebook."""

import html.parser
import json
import pathlib

import gradient_logs
import hostile
import pytest
from test_plugin_server import client_of

from keras_gradwatch.outputs.table import layer_table
from keras_gradwatch.outputs.tensorboard import TensorBoard
from keras_gradwatch.views.report import report


class Markup(html.parser.HTMLParser):
    """The elements and the attributes of a page, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.attributes, self.text, self._open = [], [], "", []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        self.attributes += [name for name, _ in attributes]

    def handle_data(self, data):
        self.text += data


def test_the_server_gives_names_as_they_are(tmp_path):
    hostile.write_run(tmp_path)
    client, _ = client_of(tmp_path)
    answer = client.get("/run?run=.")
    assert answer.content_type == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    content = json.loads(answer.data)
    assert {weight["layer"] for weight in content["weights"]} == set(hostile.NAMES)
    assert [finding["layer"] for finding in content["findings"]] == list(hostile.NAMES)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The report of plain names, and that of hostile ones."""
    directory = tmp_path_factory.mktemp("pages")
    plain = [hostile.finding(f"layer{i}") for i, _ in enumerate(hostile.NAMES)]
    described = gradient_logs.weights([f"layer{i}" for i, _ in enumerate(hostile.NAMES)])
    gradient_logs.write_run(directory / "plain", range(0, 30, 10), described, plain)
    hostile.write_run(directory / "<b onclick=1>&amp;")
    texts = [
        pathlib.Path(report(directory / name, directory / "report.html")).read_text("utf-8")
        for name in ("plain", "<b onclick=1>&amp;")
    ]
    return [Markup(text) for text in texts]


def test_a_report_has_the_same_elements_whatever_the_names_are(pages):
    plain, odd = pages
    # Each backtick of a fix makes code of what stands between two: also one in a name.
    assert sorted({*odd.elements}) == sorted({*plain.elements})
    assert {*odd.attributes} == {*plain.attributes}
    assert "Gradients of <b onclick=1>&amp;" in odd.text
    assert [e for e in odd.elements if e != "code"] == [e for e in plain.elements if e != "code"]


@pytest.mark.parametrize("name", hostile.NAMES, ids=lambda name: name[:12].encode().hex())
def test_a_report_shows_a_name_as_text(pages, name):
    assert f"{name} gets no gradient" in pages[1].text


@pytest.mark.parametrize("name", hostile.NAMES, ids=lambda name: name[:12].encode().hex())
def test_a_notebook_shows_a_finding_as_text(name):
    plain, odd = (Markup(hostile.finding(n)._repr_html_()) for n in ("layer", name))
    assert odd.elements == plain.elements
    assert f"{name} gets no gradient" in odd.text


def test_a_notebook_shows_a_table_of_layers_as_text():
    record = gradient_logs.record(0, gradient_logs.weights(hostile.NAMES[:4]))
    page = Markup(layer_table(record).to_html())
    assert {*page.elements} == {"table", "thead", "tbody", "tr", "th", "td"}
    assert hostile.NAMES[1] in page.text


def test_a_path_that_is_no_unicode_stops_neither_event_file_nor_report(tmp_path):
    odd = hostile.finding("a\udc80b")
    output = TensorBoard(str(tmp_path))
    output.write(gradient_logs.record(0))
    output.report([odd])
    output.close()
    text = pathlib.Path(report(tmp_path, tmp_path / "report.html")).read_text("utf-8")
    assert "a\\udc80b gets no gradient" in text


def test_a_finding_of_a_foreign_file_is_refused(tmp_path):
    broken = hostile.finding("layer")
    object.__setattr__(broken, "severity", "</b>")
    gradient_logs.write_run(tmp_path, findings=[broken])
    with pytest.raises(ValueError, match="damaged"):
        report(tmp_path, tmp_path / "report.html")
