"""The tab and the report in a real browser, over a real TensorBoard."""

import contextlib
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import gradient_logs
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
    yield open_tab(browser, address)
    errors = [line["message"] for line in browser.get_log("browser") if line["level"] == "SEVERE"]
    assert not errors


def open_tab(browser, address, dark=False):
    """Opens the tab and steps into its frame."""
    wait(browser, lambda: fetch(f"{address}/data/plugins_listing")["gradwatch"]["enabled"])
    browser.get("about:blank")
    browser.get(f"{address}/?darkMode={str(dark).lower()}#gradwatch")
    wait(browser, lambda: browser.find_elements(By.TAG_NAME, "iframe"))
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "body[data-ready]"))
    return browser


def wait(browser, condition):
    return WebDriverWait(browser, SECONDS).until(lambda _: condition())


def text_of(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector).text


def rows(browser):
    return [name.text for name in browser.find_elements(By.CSS_SELECTOR, ".labels .name")]


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
    assert ["non-finite" in cards[0].text, "missing" in cards[1].text] == [True, True]
    assert rows(tab) == [
        *("stem/conv", "block1", "conv", "norm", "block2", "conv", "norm", "head/dense")
    ]


def test_two_clicks_lead_to_the_source_line(tab):
    row(tab, "stem/conv").click()  # The first click already shows it.
    detail = text_of(tab, ".detail")
    for part in (
        "my_layers.py:14",
        "return tf.cast(x > 0",
        "straight-through",
        "non-differentiable",
    ):
        assert part in detail


def test_a_finding_opens_its_weight(tab):
    tab.find_element(By.CSS_SELECTOR, ".card.warning").click()
    assert text_of(tab, ".detail h2") == "block2/norm/kernel"
    assert row(tab, "block2/norm/kernel").get_attribute("aria-selected") == "true"


def test_states_have_colors_of_their_own(tab):
    places = {"missing": (0.501, 0), "zero": (0.501, 3), "non-finite": (0.901, 6), "ok": (0.2, 6)}
    grounds = {
        "missing": {(233, 233, 238), (85, 85, 95)},
        "zero": {(22, 22, 26), (138, 138, 148)},
        "non-finite": {(217, 72, 15), (255, 255, 255)},
    }
    seen = {name: pixel(tab, *place) for name, place in places.items()}
    red, _, blue = seen["ok"]
    assert blue > red + 60
    for name, colors in grounds.items():
        assert (
            min(sum(abs(a - b) for a, b in zip(c, seen[name], strict=True)) for c in colors) < 240
        )
    assert seen["zero"] != seen["missing"] != seen["non-finite"]


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
    norms = gradient_logs.record(290)["norm"][2:4]
    assert f"gradient norm: {(norms**2).sum() ** 0.5:.3g}" in said


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


def test_steps_are_spoken_to_a_screen_reader(tab):
    tab.execute_script("document.querySelector('.labels [tabindex=\"0\"]').focus()")
    back = ActionChains(tab).key_down(Keys.SHIFT).send_keys(Keys.ARROW_LEFT).key_up(Keys.SHIFT)
    back.perform()
    spoken = tab.execute_script("return document.querySelector('[aria-live]').textContent")
    assert spoken.startswith("stem/conv, step 290, gradient norm: missing")


def test_curves_of_a_weight(tab):
    row(tab, "head/dense").click()
    charts = wait(tab, lambda: tab.find_elements(By.CSS_SELECTOR, ".detail svg[role=img]"))
    wait(tab, lambda: len(tab.find_elements(By.CSS_SELECTOR, ".detail svg[role=img]")) == 4)
    assert f"{gradient_logs.record(290)['norm'][10]:.3g}" in charts[0].get_attribute("aria-label")


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
        wait(browser, lambda: text_of(browser, ".head").endswith("19"))
        assert "gets no gradient" in text_of(browser, ".card.error")
        gradient_logs.write_run(tmp_path / "second", range(5))
        box = wait(
            browser, lambda: browser.find_elements(By.XPATH, "//label[contains(., 'second')]")
        )
        box[0].click()
        wait(browser, lambda: len(browser.find_elements(By.CSS_SELECTOR, ".heat")) == 2)
        heads = [head.text for head in browser.find_elements(By.CSS_SELECTOR, ".head")]
        assert ["first" in heads[0], "second" in heads[1]] == [True, True]


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
def test_two_thousand_weights_and_a_thousand_steps_open_in_two_seconds(browser, tmp_path):
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
        assert text_of(browser, ".head").endswith("9990")


def test_report_opens_from_disk(browser, tmp_path):
    gradient_logs.write_table(tmp_path / "gradients.csv")
    gradient_logs.write_run(tmp_path / "gradients")
    page = pathlib.Path(report(tmp_path / "gradients.csv", tmp_path / "report.html"))
    browser.get(page.as_uri())
    wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "body[data-ready]"))
    browser.find_element(By.CSS_SELECTOR, ".card.error").click()
    assert "return tf.cast(x > 0" in text_of(browser, ".detail")
    wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, ".detail .chart"))
    requests = browser.execute_script(
        "return performance.getEntriesByType('resource').map(e => e.name)"
    )
    assert all(name.startswith("data:") for name in requests)
