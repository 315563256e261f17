"""The tab and the report in a real browser, over a real TensorBoard."""

import base64
import contextlib
import json
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request

import gradient_logs
import hostile
import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from keras_gradwatch.outputs import overview
from keras_gradwatch.views.report import report

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.skipif(
        not (BROWSER and DRIVER), reason="needs chromium and chromedriver on the PATH"
    ),
    pytest.mark.xdist_group("browser"),  # One browser and one TensorBoard for all.
]
SECONDS = 30


@contextlib.contextmanager
def tensorboard(log_dir, *options):
    """A TensorBoard on a free port of the loopback interface; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(log_dir)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--reload_interval", "1", *options]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, cwd=log_dir)
    try:
        yield _when_ready(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait()


def _when_ready(address, process):
    for _ in range(SECONDS * 5):
        assert process.poll() is None, "TensorBoard ended"
        with contextlib.suppress(urllib.error.URLError):
            fetch(f"{address}/data/environment")
            return address
        time.sleep(0.2)
    raise TimeoutError("TensorBoard did not answer")


def fetch(address):
    with urllib.request.urlopen(address, timeout=SECONDS) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in ("headless=new", "no-sandbox", "disable-gpu", "hide-scrollbars"):
        options.add_argument(f"--{flag}")
    options.add_argument("--disable-dev-shm-usage")
    options.add_argument("--window-size=1440,1000")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    directory = tmp_path_factory.mktemp("logs")
    gradient_logs.write_run(directory / "one" / "gradients")
    return directory


@pytest.fixture(scope="module")
def address(logs):
    with tensorboard(logs) as address:
        yield address


@pytest.fixture
def tab(browser, address):
    """The page of the tab by itself: TensorBoard around it takes seconds to start."""
    browser.get("about:blank")
    browser.get(f"{address}/data/plugin_entry.html?name=gradwatch")
    wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "body[data-ready]"))
    yield browser
    errors = [line["message"] for line in browser.get_log("browser") if line["level"] == "SEVERE"]
    assert not [error for error in errors if "favicon.ico" not in error]


def open_tab(browser, address, dark=False):
    """Opens the tab and steps into its frame."""
    wait(browser, lambda: fetch(f"{address}/data/plugins_listing")["gradwatch"]["enabled"])
    browser.get("about:blank")
    browser.get(f"{address}/?darkMode={str(dark).lower()}#gradwatch")
    return into_frame(browser)


def into_frame(browser):
    wait(browser, lambda: browser.find_elements(By.TAG_NAME, "iframe"))
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "body[data-ready]"))
    return browser


def wait(browser, condition):
    return WebDriverWait(browser, SECONDS, poll_frequency=0.05).until(lambda _: condition())


def text_of(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector).text


def rows(browser):
    script = "return Array.from(document.querySelectorAll('.labels .name'), (e) => e.textContent)"
    return browser.execute_script(script)


def pixel(browser, share_x, row):
    """Red, green and blue of the heat map at a share of its width, in a row."""
    script = """
        const canvas = document.querySelector('.heat'), ratio = window.devicePixelRatio;
        const at = [canvas.width * arguments[0], (20 * arguments[1] + 9) * ratio, 1, 1];
        return Array.from(canvas.getContext('2d').getImageData(...at.map(Math.floor)).data);
    """
    return browser.execute_script(script, share_x, row)[:3]


def loaded(browser):
    """The addresses that the page has asked for, without their parameters."""
    script = "return performance.getEntriesByType('resource').map(e => new URL(e.name).pathname)"
    return [address.split("/")[-1] for address in browser.execute_script(script)]


def row(browser, name):
    return browser.find_element(By.CSS_SELECTOR, f'.labels [data-path="{name}"]')


def test_first_view_shows_findings_and_layers(tab):
    cards = tab.find_elements(By.CSS_SELECTOR, ".card")
    assert ["missing" in cards[0].text, "non-finite" in cards[1].text] == [True, True]
    assert "stem/conv" in text_of(tab, ".headline .culprit")
    assert rows(tab) == [
        *("stem/conv", "block1", "conv", "norm", "block2", "conv", "norm", "head/dense")
    ]


def test_severity_comes_before_time(tab):
    script = """
        const done = arguments[0], steps = { info: [9], warning: [1], error: [5, 2] };
        const findings = Object.entries(steps).flatMap(([severity, all]) =>
            all.map((step) => ({ severity, step })));
        import('./findings.js').then(({ worstFirst }) =>
            done(worstFirst([{ findings }]).map(({ finding }) => finding.step)));
    """
    assert tab.execute_async_script(script) == [2, 5, 1, 9]


def test_the_worst_finding_is_open_from_the_start(tab):
    detail = text_of(tab, ".detail")
    assert text_of(tab, ".detail h2") == "stem/conv"
    for part in (
        "my_layers.py:14",
        "return tf.cast(x > 0",
        "straight-through",
        "non-differentiable",
    ):
        assert part in detail


@pytest.mark.parametrize(
    ("editor", "links"),
    [
        ("vscode://file/home/me/a.py:14", [["vscode://file/home/me/a.py:14", "_top"]]),
        ("javascript:alert(1)//vscode://file/", []),
        (None, []),
    ],
)
def test_a_source_line_opens_in_an_editor(tab, editor, links):
    finding = gradient_logs.FINDING.to_dict() | {"place": "/home/me/a.py:14", "editor": editor}
    script = """
        const [finding, done] = arguments;
        import('./finding.js').then(({ inFull }) => {
            const shown = inFull(finding);
            const links = Array.from(shown.querySelectorAll('a'), (a) => [a.href, a.target]);
            done([shown.querySelector('.place').textContent, links]);
        });
    """
    assert tab.execute_async_script(script, finding) == ["/home/me/a.py:14", links]


def test_a_finding_opens_its_weight(tab):
    tab.find_element(By.CSS_SELECTOR, ".card.warning").click()
    assert text_of(tab, ".detail h2") == "block2/norm/kernel"
    assert row(tab, "block2/norm/kernel").get_attribute("aria-selected") == "true"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_states_have_colors_far_from_those_of_any_number(browser, address, dark):
    tab = open_tab(browser, address, dark)
    places = {"missing": (0.501, 0), "zero": (0.501, 3), "non-finite": (0.901, 6)}
    grounds = {"missing": (233, 233, 238), "zero": (242, 184, 36), "non-finite": (194, 37, 92)}
    inks = {"missing": (85, 85, 95), "zero": (107, 74, 0), "non-finite": (255, 255, 255)}
    for name, place in places.items():
        seen = pixel(tab, *place)
        assert min(distance(seen, grounds[name]), distance(seen, inks[name])) < 120
    scale = [color_of(tab, share) for share in (0, 0.25, 0.5, 0.75, 1)]
    assert all(distance(grounds["zero"], color) > 150 for color in scale)
    assert all(distance(grounds["non-finite"], color) > 150 for color in scale)


def test_more_is_worse_on_a_scale_of_its_own(tab):
    low, high = color_of(tab, 0, "share"), color_of(tab, 1, "share")
    assert distance(low, high) > 300
    assert high[0] > high[2] + 60, "a warm color"


def distance(one, other):
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def color_of(tab, share, kind="size"):
    """The color of a number as the page paints it."""
    script = """
        const [share, kind, done] = arguments;
        import('./colors.js').then(({ colorsOf }) => done(colorsOf(kind)(share)));
    """
    text = tab.execute_async_script(script, share, kind)
    return [int(part) for part in re.findall(r"\d+", text)]


def test_hovering_gives_the_numbers(tab):
    wait(tab, lambda: loaded(tab).count("statistic") == 4)
    heat = tab.find_element(By.CSS_SELECTOR, ".heat")
    across = heat.size["width"] // 2 - 4
    ActionChains(tab).move_to_element_with_offset(
        heat, across, -heat.size["height"] // 2 + 50
    ).perform()
    said = wait(tab, lambda: text_of(tab, ".tooltip"))
    assert "block1/conv" in said
    assert "step 290" in said
    largest = gradient_logs.record(290)["norm"][2:4].max()
    assert f"gradient norm: {largest:.3g}" in said
    assert "the largest of 2 weights" in said


def test_statistics_can_be_switched(tab):
    before = pixel(tab, 0.5, 3)
    tab.find_element(By.XPATH, "//label[contains(., 'Zero fraction')]").click()
    wait(tab, lambda: tab.find_elements(By.CSS_SELECTOR, "body[data-ready=zero_fraction]"))
    assert pixel(tab, 0.5, 3) != before
    assert "exactly zero" not in text_of(tab, ".legend")


def test_keyboard_folds_walks_and_opens(tab):
    tab.execute_script("document.querySelector('.labels [tabindex=\"0\"]').focus()")
    keys = (Keys.ARROW_DOWN, Keys.ARROW_LEFT, Keys.ARROW_DOWN)
    ActionChains(tab).send_keys(*keys).perform()
    assert rows(tab) == ["stem/conv", "block1", "block2", "conv", "norm", "head/dense"]
    assert row(tab, "block1").get_attribute("aria-expanded") == "false"
    ActionChains(tab).send_keys(Keys.ENTER).perform()
    assert text_of(tab, ".detail h2") == "block2"
    ActionChains(tab).send_keys(Keys.ESCAPE).perform()
    assert not tab.find_elements(By.CSS_SELECTOR, ".detail")
    assert tab.switch_to.active_element.get_attribute("data-path") == "block2"


def test_what_is_looked_at_stays_in_the_address(browser, address):
    tab = open_tab(browser, address)
    tab.find_element(By.XPATH, "//label[contains(., 'Update ratio')]").click()
    tab.find_element(By.CSS_SELECTOR, ".card.warning").click()
    tab.find_element(By.CSS_SELECTOR, "[type=search]").send_keys("norm")
    wait(tab, lambda: "search=norm" in tab.execute_script("return parent.location.hash"))
    tab.refresh()
    into_frame(tab)
    assert text_of(tab, ".detail h2") == "block2/norm/kernel"
    assert tab.find_element(By.CSS_SELECTOR, "input:checked[name=statistic]").get_attribute(
        "value"
    ) == ("update_ratio")
    assert rows(tab) == ["block1", "norm", "block2", "norm", "kernel", "bias"]


def test_two_runs_can_be_compared(tab):
    script = """
        const done = arguments[0];
        const run = (name, steps, values) =>
            ({ name, steps, row: () => Float32Array.from(values) });
        const one = run('one', [0, 1, 2, 3], [1, 100, NaN, 0]);
        const other = run('other', [0, 3], [1, 10]);
        import('./difference.js').then(({ Difference, differencePainter }) => {
            const difference = new Difference(one, other), { pick } = differencePainter();
            done([
                Array.from(difference.row({ path: '' }, 'norm'), String),
                Array.from(difference.row({ path: '' }, 'zero_fraction'), String),
                difference.describe({ path: 'conv' }, 1, 'norm'),
                [pick(-1, 0.5), pick(NaN, -0.2), pick(-0.2, NaN)],
            ]);
        });
    """
    ratios, shares, said, picked = tab.execute_async_script(script)
    assert ratios == ["0", "2", "NaN", "NaN"]
    assert shares == ["0", "99", "NaN", "-10"]
    assert said == ["conv", "step 1", "one against other", "gradient norm: 100 times"]
    assert picked == [-1, -0.2, -0.2]


def test_only_what_is_ill(tab):
    tab.find_element(By.XPATH, "//label[contains(., 'Only ill')]").click()
    wait(tab, lambda: len(rows(tab)) < 8)
    assert rows(tab) == ["stem/conv", "block1", "norm", "block2", "norm"]


def test_the_worst_first(tab):
    tab.find_element(By.XPATH, "//option[. = 'Worst first']").click()
    wait(tab, lambda: rows(tab)[1] != "block1")
    assert rows(tab)[:3] == ["stem/conv", "block2/norm", "block1/norm"]


def test_search_finds_and_says_when_it_does_not(tab):
    box = tab.find_element(By.CSS_SELECTOR, "[type=search]")
    box.send_keys("DENSE")
    wait(tab, lambda: rows(tab) == ["head/dense"])
    box.send_keys("x")
    wait(tab, lambda: "No weight matches" in text_of(tab, ".corner"))


def test_the_loss_stands_above_the_map_with_the_findings(tab):
    plot = tab.find_element(By.CSS_SELECTOR, ".plot svg")
    assert f"Last: loss {gradient_logs.loss(290):.3g}" in plot.get_attribute("aria-label")
    places = [float(mark.value_of_css_property("left")[:-2]) for mark in marks(tab)]
    width = tab.find_element(By.CSS_SELECTOR, ".heat").size["width"]
    assert places == pytest.approx([width * 5 / 300, width * 155 / 300], abs=2)
    marks(tab)[1].click()
    assert text_of(tab, ".detail h2") == "block2/norm/kernel"


def marks(tab):
    return tab.find_elements(By.CSS_SELECTOR, ".mark")


def test_a_part_of_the_steps(tab):
    plot = tab.find_element(By.CSS_SELECTOR, ".plot svg")
    drag = ActionChains(tab).move_to_element(plot).click_and_hold()
    drag.move_by_offset(plot.size["width"] // 3, 0).release().perform()
    everything = wait(tab, lambda: tab.find_elements(By.XPATH, "//button[. = 'Show all steps']"))[0]
    assert range_of(tab) == pytest.approx([145, 245], abs=3)
    tab.find_element(By.XPATH, "//button[. = 'Earlier']").click()
    wait(tab, lambda: range_of(tab) == pytest.approx([95, 195], abs=3))
    slid = "document.querySelector('.heat').dispatchEvent(new WheelEvent('wheel', arguments[0]))"
    tab.execute_script(slid, {"deltaX": 10_000, "bubbles": True})
    wait(tab, lambda: range_of(tab) == pytest.approx([195, 295], abs=3))
    everything.click()
    wait(tab, lambda: "range" not in tab.execute_script("return parent.location.hash"))


def range_of(tab):
    return list(map(int, re.findall(r"range=(-?\d+)\.\.(\d+)", tab.current_url)[0]))


def test_bars_show_the_flow_over_depth_at_the_step_that_is_looked_at(tab):
    script = """
        const canvas = document.querySelector('canvas.flow'), ratio = window.devicePixelRatio;
        const { data } = canvas.getContext('2d').getImageData(0, 9 * ratio + arguments[0] * 20 *
            ratio, canvas.width, 1);
        return Array.from({ length: canvas.width }, (_, x) => data[4 * x + 3]).filter(Boolean)
            .length / ratio;
    """
    lengths = [tab.execute_script(script, i) for i in range(8)]
    assert text_of(tab, "label.flow") == "step 290"
    bars = [lengths[i] for i in (2, 5, 7)]  # block1/conv, block2/conv, head/dense
    assert bars == sorted(bars)
    assert bars[0] < bars[2]
    assert lengths[0] == lengths[3] == 16, "missing and zero are marks, not lengths"
    row(tab, "head/dense").click()
    wait(tab, lambda: tab.find_elements(By.CSS_SELECTOR, ".detail svg[role=img]"))
    tab.execute_script("document.querySelector('.detail svg[role=img]').focus()")
    ActionChains(tab).send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT).perform()
    assert text_of(tab, "label.flow") == "step 280"


def test_a_slider_moves_the_step_of_the_bars(tab):
    slider = tab.find_element(By.CSS_SELECTOR, ".flow input")
    assert slider.get_attribute("value") == slider.get_attribute("max") == "29"
    slider.send_keys(Keys.HOME, Keys.ARROW_RIGHT)
    assert text_of(tab, "label.flow") == "step 10"
    assert slider.get_property("ariaValueText") == "step 10"
    assert "step 10: loss" in text_of(tab, ".strip .reading")


def test_magnitudes_over_time_are_bands_of_quantiles(tab):
    script = """
        const done = arguments[0];
        const tables = [
            { step: 0, buckets: [[-3, -2, 50], [-2, -1, 50]] },
            { step: 10, buckets: [] },
            { step: 20, buckets: [[-3, -2, 100]] },
        ];
        const source = { histograms: async () => tables };
        const onChart = (chart) => {
            document.body.append(box);
            chart.show(0);
            const first = chart.reading.textContent;
            chart.show(10);
            const bands = [...box.querySelectorAll('.band')].map((b) => b.getAttribute('d'));
            done([first, chart.reading.textContent, bands, box.hidden]);
            box.remove();
        };
        const both = Promise.all([import('./histogram.js'), import('./axis.js')]);
        let box;
        both.then(([{ histogram }, { StepAxis }]) => {
            const axis = new StepAxis([0, 20], { right: 200 });
            box = histogram({ name: 'run', source }, 'a/kernel', { axis, onChart });
        });
    """
    first, zero, bands, is_hidden = tab.execute_async_script(script)
    sizes = [10 ** -(3 - x) for x in (0.1, 0.5, 1, 1.5, 1.9)]
    names = ("5 %", "25 %", "median", "75 %", "95 %")
    said = ", ".join(f"{name} {size:.3g}" for name, size in zip(names, sizes, strict=True))
    assert first == f"step 0: {said}"
    assert zero == "step 10: " + ", ".join(f"{name} 0" for name in names)
    assert [band.count("M") for band in bands] == [2, 2], "broken where all is zero"
    assert not is_hidden


def test_curves_give_their_numbers_to_pointer_and_keyboard(tab):
    row(tab, "head/dense").click()
    wait(tab, lambda: tab.find_elements(By.CSS_SELECTOR, ".detail svg[role=img]"))
    tab.execute_script("document.querySelector('.detail svg[role=img]').focus()")
    ActionChains(tab).send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT).perform()
    norms = gradient_logs.record(280)["norm"]
    said = text_of(tab, ".detail .reading")
    assert said == f"step 280: kernel {norms[10]:.3g}, bias {norms[11]:.3g}"
    assert "step 280: loss" in text_of(tab, ".strip .reading")


def test_a_narrow_page_shows_the_detail_of_a_finding(tab):
    size = {"width": 800, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    tab.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        tab.find_element(By.CSS_SELECTOR, ".card.warning").click()
        seen = "const r = arguments[0].getBoundingClientRect(); return [r.top, innerHeight]"
        title = tab.find_element(By.CSS_SELECTOR, ".detail h2")
        top, height = tab.execute_script(seen, title)
        assert 0 <= top < height
        assert title.text == "block2/norm/kernel"
    finally:
        tab.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_map_is_saved_as_a_picture(tab):
    script = """
        const done = arguments[0], create = URL.createObjectURL;
        URL.createObjectURL = (blob) => { blob.arrayBuffer().then((b) =>
            done([...new Uint8Array(b.slice(0, 24))])); return create(blob); };
        document.querySelector('.save').click();
    """
    head = bytes(tab.execute_async_script(script))
    assert head[1:4] == b"PNG"
    width, height = struct.unpack(">II", head[16:24])
    assert (width > 800, height > 8 * 20) == (True, True)


def test_steps_are_spoken_to_a_screen_reader(tab):
    tab.execute_script("document.querySelector('.labels [tabindex=\"0\"]').focus()")
    back = ActionChains(tab).key_down(Keys.SHIFT).send_keys(Keys.ARROW_LEFT).key_up(Keys.SHIFT)
    back.perform()
    spoken = tab.execute_script("return document.querySelector('[aria-live]').textContent")
    assert spoken.startswith("stem/conv, step 290, epoch 2, gradient norm: missing")


def test_a_flat_curve_is_a_sentence(tab):
    row(tab, "head/dense").click()
    wait(tab, lambda: len(tab.find_elements(By.CSS_SELECTOR, ".detail svg[role=img]")) == 2)
    flat = [sentence.text for sentence in tab.find_elements(By.CSS_SELECTOR, ".detail .flat")]
    assert flat == ["0.25 at every step"] * 2


def test_shares_are_drawn_from_none_to_all_and_norms_over_powers_of_ten(tab):
    row(tab, "block2").click()
    wait(tab, lambda: len(tab.find_elements(By.CSS_SELECTOR, ".detail svg[role=img]")) == 4)
    script = """
        return [...document.querySelectorAll('.detail svg[role=img]')].map((chart) =>
            [...chart.querySelectorAll('text[text-anchor=end]')].map((tick) => tick.textContent));
    """
    norm, zeros, dead, update = tab.execute_script(script)
    assert zeros == dead == ["0", "0.5", "1"]
    assert norm == ["0.1", "0.2", "0.5"]
    assert update == ["1e-4", "2e-4", "5e-4"]


def test_dark_mode_follows_tensorboard(browser, address):
    def ground():
        return browser.execute_script("return getComputedStyle(document.body).backgroundColor")

    open_tab(browser, address, dark=True)
    assert ground() == "rgb(48, 48, 48)"
    open_tab(browser, address)
    assert ground() == "rgb(255, 255, 255)"


def test_it_follows_trainings_from_an_empty_directory_on(browser, tmp_path):
    with tensorboard(tmp_path) as address:
        assert fetch(f"{address}/data/plugins_listing")["gradwatch"]["tab_name"] == "Gradients"
        browser.get(f"{address}/data/plugin_entry.html?name=gradwatch")
        wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "body[data-ready]"))
        assert "No gradients were written yet" in text_of(browser, ".calm")
        gradient_logs.write_run(tmp_path / "first", range(10), findings=())
        open_tab(browser, address)
        assert "nothing is wrong" in text_of(browser, ".calm")
        gradient_logs.write_run(tmp_path / "first", range(10, 20))
        gradient_logs.write_run(tmp_path / "second", range(5))
        wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, ".card.error"))
        assert "gets no gradient" in text_of(browser, ".card.error")
        assert "Last: loss 0.827" in last_loss(browser)
        box = wait(
            browser, lambda: browser.find_elements(By.XPATH, "//label[contains(., 'second')]")
        )
        box[0].click()
        wait(browser, lambda: len(browser.find_elements(By.CSS_SELECTOR, ".heat")) == 2)
        heads = [head.text for head in browser.find_elements(By.CSS_SELECTOR, ".head")]
        assert ["first" in heads[0], "second" in heads[1]] == [True, True]
        browser.find_element(By.XPATH, "//label[contains(., 'Difference')]").click()
        wait(browser, lambda: len(browser.find_elements(By.CSS_SELECTOR, ".heat")) == 3)


def last_loss(browser):
    return browser.find_element(By.CSS_SELECTOR, ".plot svg").get_attribute("aria-label")


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--load_fast=false",)], ids=["fast", "slow"])
def test_bad_logs_do_not_stop_tensorboard(browser, tmp_path, monkeypatch, options):
    (tmp_path / "garbage").mkdir()
    (tmp_path / "garbage" / "events.out.tfevents.1.x").write_bytes(b"\x07" * 500)
    gradient_logs.write_run(tmp_path / "good", range(5))
    with monkeypatch.context() as patched:
        patched.setattr(overview, "VERSION", overview.VERSION + 1)
        gradient_logs.write_run(tmp_path / "newer", range(5))
    with tensorboard(tmp_path, *options) as address:
        listed = f"{address}/data/plugin/gradwatch/runs"
        wait(browser, lambda: len(fetch(listed)) == 2)
        open_tab(browser, address)
        assert "written by a newer keras_gradwatch" in text_of(browser, ".problem")
        assert rows(browser)[0] == "stem/conv"


@pytest.mark.slow
def test_two_thousand_weights_and_a_thousand_steps_open_and_answer_at_once(browser, tmp_path):
    names = [f"encoder/block{i // 10:03d}/dense{i % 10}" for i in range(1000)]
    gradient_logs.write_run(tmp_path, range(0, 10_000, 10), gradient_logs.weights(names))
    with tensorboard(tmp_path) as address:
        runs = f"{address}/data/plugin/gradwatch/runs"
        wait(browser, lambda: [run["last_step"] for run in fetch(runs)] == [9990])
        open_tab(browser, address)
        mark = "return performance.getEntriesByName('gradwatch-drawn')[0].startTime"
        milliseconds = browser.execute_script(mark)
        print(f"drawn {milliseconds:.0f} ms after the frame of the tab was opened")
        assert milliseconds < 2000
        assert 20 < len(rows(browser)) < 100, "only those in sight"
        browser.set_script_timeout(SECONDS)
        taken = browser.execute_async_script(INTERACTIONS)
        print(f"milliseconds until the next picture, the best of five: {taken}")
        assert max(taken.values()) < 50


INTERACTIONS = """
    const done = arguments[0], find = (selector) => document.querySelector(selector);
    const picture = () => new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    const input = (field, value, kind) => {
        field.value = value;
        field.dispatchEvent(new Event(kind));
    };
    const actions = {
        scroll: (i) => { find('.window').scrollTop = 900 * i; },
        order: (i) => input(find('select'), ['worst', 'model'][i % 2], 'change'),
        search: (i) => input(find('[type=search]'), 'block0' + i, 'input'),
        select: (i) => document.querySelectorAll('.labels li')[3 + i].click(),
        fold: () => find('.labels .fold').click(),
    };
    const best = async (action) => {
        const times = [];
        for (let i = 0; i < 5; i++) {
            await picture();
            const start = performance.now();
            action(i);
            await picture();
            times.push(performance.now() - start);
        }
        return Math.min(...times);
    };
    (async () => {
        const taken = {};
        for (const [name, action] of Object.entries(actions)) taken[name] = await best(action);
        done(taken);
    })();
"""


def test_report_opens_from_disk(browser, tmp_path):
    gradient_logs.write_table(tmp_path / "gradients.csv")
    gradient_logs.write_run(tmp_path / "gradients")
    page = pathlib.Path(report(tmp_path / "gradients.csv", tmp_path / "report.html"))
    browser.get(page.as_uri())
    wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "body[data-ready]"))
    assert rows(browser)[:3] == ["stem/conv", "block2/norm", "block1/norm"]
    browser.find_elements(By.CSS_SELECTOR, "[data-finding]")[1].click()
    assert text_of(browser, ".detail h2") == "block2/norm/kernel"
    browser.find_elements(By.CSS_SELECTOR, "[data-finding]")[0].click()
    assert "return tf.cast(x > 0" in text_of(browser, ".detail")
    wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, ".detail .chart"))
    requests = browser.execute_script(
        "return performance.getEntriesByType('resource').map(e => e.name)"
    )
    assert all(name.startswith("data:") for name in requests)


def test_the_report_prints_all_weights_on_few_pages(browser, tmp_path):
    described = gradient_logs.weights([f"stage{i // 50}/block{i:03d}/conv" for i in range(110)])
    gradient_logs.write_run(tmp_path, range(0, 300, 10), described)
    page = pathlib.Path(report(tmp_path, tmp_path / "report.html"))
    browser.get(page.as_uri())
    wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "body[data-ready]"))
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"]
    assert 1 <= base64.b64decode(printed).count(b"/Type /Page\n") <= 5
    paper = {"width": 720, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", paper)
    try:
        script = """
            const seen = (selector) => [...document.querySelectorAll(selector)]
                .filter((element) => element.checkVisibility()).length;
            return [seen('tbody tr'), seen('article.finding'), seen('button'),
                document.documentElement.scrollWidth <= innerWidth];
        """
        assert browser.execute_script(script) == [220, 2, 0, True]
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_rows_out_of_sight_are_made_when_they_are_walked_to(browser, tmp_path):
    described = gradient_logs.weights([f"layer{i:03d}" for i in range(150)])
    gradient_logs.write_run(tmp_path, range(3), described, findings=())
    page = pathlib.Path(report(tmp_path, tmp_path / "report.html"))
    browser.get(page.as_uri())
    wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "body[data-ready]"))
    shown = rows(browser)
    assert 20 < len(shown) < 60
    browser.execute_script("document.querySelector('.labels [tabindex=\"0\"]').focus()")
    for key, index in ((Keys.END, 149), (Keys.ARROW_UP, 148), (Keys.HOME, 0)):
        ActionChains(browser).send_keys(key).perform()
        wait(browser, lambda: is_in_window(browser, browser.switch_to.active_element))
        place = browser.switch_to.active_element.value_of_css_property("top")
        assert place == f"{20 * index}px"
    wait(browser, lambda: rows(browser) == shown)


def is_in_window(browser, element):
    script = """
        const [row, all] = [arguments[0], document.querySelector('.window')]
            .map((element) => element.getBoundingClientRect());
        return row.top >= all.top && row.bottom <= all.bottom;
    """
    return browser.execute_script(script, element)


def test_names_run_no_script_and_make_no_markup(browser, tmp_path):
    hostile.write_run(tmp_path / "run")
    page = pathlib.Path(report(tmp_path / "run", tmp_path / "report.html"))
    browser.get(page.as_uri())
    wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "body[data-ready]"))
    for button in browser.find_elements(By.CSS_SELECTOR, "[data-finding]"):
        browser.execute_script("arguments[0].click()", button)
        assert "gets no gradient" in text_of(browser, ".detail")
    assert browser.execute_script("return window.hacked") is None
    assert not browser.find_elements(By.CSS_SELECTOR, "main img, main b, main script, main a")
    script = "return [...document.querySelectorAll('.labels .name')].map((e) => e.textContent)"
    assert {*browser.execute_script(script)} >= {*hostile.NAMES[:3]}
