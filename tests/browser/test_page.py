"""The page in a real browser, headless: clicks, keys, colours. Run by ``tox -e browser``."""

from __future__ import annotations

import dataclasses
import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from pytest_tfpclone.report import files
from pytest_tfpclone.report.findings import CloneReport, Difference, Leak
from pytest_tfpclone.report.results import VERDICTS, Result, Run

EVIL = "<script>document.title = 'taken over'</script>"


def result(verdict, model, cloner, **others):
    leak = Leak(
        "same object", f"original.layers[1].{model}", f"clone.layers[2].{model}",
        "variable float32[3]", "wrote 1.05 on one side, and the other side read 1.05", "own it",
    )  # fmt: skip
    difference = Difference("value", f"original.{model}", "1 became 2")
    report = CloneReport(
        (leak,) if verdict == "shared" else (), (difference,) if verdict == "unequal" else ()
    )
    return Result(
        "model", model, cloner, verdict, f"a {verdict} pair", "why it was refused",
        reproduce=f"pytest -k {model}", findings=report.to_dict(), **others,
    )  # fmt: skip


def session():
    results = [result(each, f"model_{i}", "deepcopy") for i, each in enumerate(VERDICTS)]
    results.append(result("shared", EVIL, "clone"))
    results.append(result("shared", "known", "deepcopy", expected="keeps its closure"))
    return Run(
        tuple(results),
        {"TensorFlow": "2.21.0"},
        0,
        "pytest --tfpclone",
        "2026-11-26T10:00:00+00:00",
    )


@pytest.fixture(scope="session")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("chrome")
    for each in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1000,900"):
        options.add_argument(each)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    yield driver
    driver.quit()


def show(browser, folder, run):
    path = folder / "report.html"
    files.write(run, path)
    browser.get("about:blank")
    browser.get(path.as_uri())


@pytest.fixture
def page(browser, tmp_path):
    """Return the browser with the page open; no test may leave an error in its console."""
    show(browser, tmp_path, session())
    yield browser
    assert browser.get_log("browser") == []


def cell(page, model):
    return page.find_element(By.XPATH, f"//tr[th[.='{model}']]//a[contains(@class, 'cell')]")


def pair_of(page, link):
    body = page.find_element(By.ID, link.get_attribute("href").partition("#")[2])
    return body.find_element(By.XPATH, "./ancestor::details")


def test_a_click_on_a_red_cell_shows_the_finding(page):
    red = cell(page, "model_1")
    pair = pair_of(page, red)
    finding = pair.find_element(By.CLASS_NAME, "finding")
    assert not finding.is_displayed()
    red.click()
    assert finding.is_displayed()
    assert "wrote 1.05 on one side" in finding.text
    assert 0 <= pair.rect["y"] - page.execute_script("return scrollY") < 900


def steps_of(finding):
    return [
        each.find_elements(By.TAG_NAME, "code")
        for each in finding.find_elements(By.CLASS_NAME, "step")
    ]


def test_both_paths_stand_aligned_and_are_marked_where_they_part(page):
    red = cell(page, "model_1")
    red.click()
    finding = pair_of(page, red).find_element(By.CLASS_NAME, "finding")
    assert [each.text for each in finding.find_elements(By.CLASS_NAME, "differs")] == ["[1]\n[2]"]
    pairs = steps_of(finding)
    assert "".join(original.text for original, _ in pairs) == "original.layers[1].model_1"
    assert "".join(clone.text for _, clone in pairs) == "clone.layers[2].model_1"
    for original, clone in pairs:
        assert original.rect["x"] == clone.rect["x"]
        assert original.rect["y"] < clone.rect["y"]
    assert len({each.rect["y"] for each, _ in pairs}) == 1
    whole = finding.find_element(By.CLASS_NAME, "whole")
    assert (
        whole.get_property("textContent") == "original.layers[1].model_1 is clone.layers[2].model_1"
    )


def test_long_paths_wrap_and_stay_aligned(page, tmp_path):
    long = "".join(f".attribute_{i}" for i in range(30))
    leak = Leak("same object", f"original{long}", f"clone{long}[0]", "a list", "seen", "")
    report = CloneReport((leak,)).to_dict()
    show(
        page,
        tmp_path,
        Run((Result("model", "m", "c", "shared", "", findings=report),), {}, 0, "", ""),
    )
    pairs = steps_of(page.find_element(By.CLASS_NAME, "finding"))
    lines = [original.rect["y"] for original, _ in pairs]
    assert len(set(lines)) > 2
    assert lines == sorted(lines)
    assert all(original.rect["x"] == clone.rect["x"] for original, clone in pairs)
    assert max(each.rect["x"] + each.rect["width"] for pair in pairs for each in pair) < 1000


def test_the_page_is_usable_by_keyboard_alone(page):
    red = cell(page, "model_1")
    for _ in range(60):
        page.switch_to.active_element.send_keys(Keys.TAB)
        if page.switch_to.active_element == red:
            break
    assert page.switch_to.active_element == red
    outline = red.value_of_css_property("outline-style")
    assert outline == "solid"
    red.send_keys(Keys.ENTER)
    pair = pair_of(page, red)
    assert pair.get_attribute("open")
    focused = page.switch_to.active_element
    assert focused.tag_name == "summary"
    focused.send_keys(Keys.ESCAPE)
    assert not pair.get_attribute("open")
    assert page.switch_to.active_element == red


def test_a_finding_is_opened_and_left_by_its_own_keys_too(page):
    pair = pair_of(page, cell(page, "model_2"))
    summary = pair.find_element(By.TAG_NAME, "summary")
    summary.send_keys(Keys.ENTER)
    assert pair.get_attribute("open")
    summary.send_keys(Keys.TAB)
    page.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not pair.get_attribute("open")
    assert page.switch_to.active_element == cell(page, "model_2")


def test_a_command_is_copied(page):
    red = cell(page, "model_1")
    red.click()
    page.execute_script(
        "navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }"
    )
    button = pair_of(page, red).find_element(By.CLASS_NAME, "copy")
    button.send_keys(Keys.ENTER)
    WebDriverWait(page, 5).until(lambda _: button.text == "Copied")
    assert page.execute_script("return window.copied") == "pytest -k model_1"
    WebDriverWait(page, 5).until(lambda _: button.text == "Copy")


def test_what_failed_is_printed_whole(page):
    opened = "return document.querySelectorAll('.pair[open]').length"
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert page.execute_script(opened) == 4
    page.execute_script("dispatchEvent(new Event('afterprint'))")
    assert page.execute_script(opened) == 0


def test_the_first_tab_leads_past_the_table(page):
    page.switch_to.active_element.send_keys(Keys.TAB)
    skip = page.switch_to.active_element
    assert skip.text == "Skip to the findings"
    assert skip.rect["x"] >= 0


def test_filters_hide_what_is_not_asked_for(page):
    shown = "return [...document.querySelectorAll('.pair')].filter((each) => !each.hidden).length"
    assert page.execute_script(shown) == 7
    search = page.find_element(By.NAME, "text")
    search.send_keys("model_1")
    assert page.execute_script(shown) == 1
    assert page.find_element(By.TAG_NAME, "output").text == "1 of 7 shown"
    assert not cell(page, "model_0").is_displayed()
    search.clear()
    search.send_keys(" ", Keys.BACKSPACE)
    page.find_element(By.CSS_SELECTOR, "input[value=shared]").click()
    assert page.execute_script(shown) == 4


def test_without_scripts_the_findings_can_be_opened_too(browser, page):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.refresh()
        assert not browser.find_element(By.CLASS_NAME, "filters").is_displayed()
        pair = pair_of(browser, cell(browser, "model_1"))
        pair.find_element(By.TAG_NAME, "summary").click()
        assert pair.find_element(By.CLASS_NAME, "finding").is_displayed()
        link = cell(browser, "model_2")
        link.click()
        assert pair_of(browser, link).find_element(By.CLASS_NAME, "finding").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_layer_named_like_a_script_stays_text(page):
    assert page.title.startswith("Clone independence")
    assert EVIL in page.find_element(By.CSS_SELECTOR, "main table").text


def test_nothing_is_asked_of_the_network(page):
    asked = [
        entry["message"]
        for entry in page.get_log("performance")
        if "Network.requestWillBeSent" in entry["message"]
    ]
    assert all('"url":"http' not in each and '"url":"ws' not in each for each in asked)


SEEN = """
const { x, y, width, height } = arguments[0].getBoundingClientRect();
return arguments[0].contains(document.elementFromPoint(x + width / 2, y + height / 2));
"""
CONTRAST = """
const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const luminance = (colour) => {
  const [r, g, b] = colour.match(/[0-9.]+/g).map(Number).map(channel);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  for (; element; element = element.parentElement) {
    const colour = getComputedStyle(element).backgroundColor;
    if (colour !== "rgba(0, 0, 0, 0)") return colour;
  }
  return getComputedStyle(document.documentElement).backgroundColor;
};
document.querySelectorAll("details").forEach((each) => { each.open = true; });
const texts = [...document.querySelectorAll("a, th, td, p, dt, dd, li, strong, small, code, span, label, button, summary, h1, h2, pre")];
return texts.filter((each) => each.textContent.trim()).map((each) => {
  const pair = [getComputedStyle(each).color, behind(each)].map(luminance).sort((a, b) => b - a);
  return [(pair[0] + 0.05) / (pair[1] + 0.05), each.outerHTML.slice(0, 80)];
});
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_dark_and_light(page, scheme):
    """Source: WCAG 2.2, success criterion 1.4.3: a contrast of 4.5 at least."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    found = page.execute_script(CONTRAST)
    assert len(found) > 50
    assert min(found)[0] >= 4.5, min(found)
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("width", [360, 1000])
def test_the_page_never_scrolls_sideways(page, width, tmp_path):
    long = "a" * 200
    results = [result("shared", f"m{i}" * 9, f"cloner_{i}") for i in range(12)]
    results += [result("unequal", long, "cloner_0", code=f"Model(name='{long}')")]
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    show(page, tmp_path, dataclasses.replace(session(), results=tuple(results), command=long))
    inner = """
        document.querySelectorAll("details").forEach((each) => { each.open = true; });
        return [document.documentElement.scrollWidth, document.documentElement.clientWidth];
    """
    scroll, client = page.execute_script(inner)
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert width - 20 < client <= width
    assert scroll <= client


def test_names_and_cloners_stay_in_sight(page, tmp_path):
    results = [result("shared", f"m{i}", f"cloner_{j}") for i in range(40) for j in range(20)]
    show(page, tmp_path, dataclasses.replace(session(), results=tuple(results)))
    scroll = page.find_element(By.CSS_SELECTOR, ".scroll")
    page.execute_script("arguments[0].scrollIntoView(); arguments[0].scrollTo(9999, 9999)", scroll)
    for path in ("//thead//th[last()]", "//thead//th[1]", "//tr[last()]/th/span[.='m39']"):
        assert page.execute_script(SEEN, page.find_element(By.XPATH, path)), path


def test_pairs_of_one_name_do_not_break_the_filters(page, tmp_path):
    twice = result("shared", "vae", "clone")
    show(
        page, tmp_path, dataclasses.replace(session(), results=(twice, dataclasses.replace(twice)))
    )
    page.find_element(By.NAME, "text").send_keys("nothing like it")
    assert page.find_element(By.TAG_NAME, "output").text == "0 of 2 shown"
