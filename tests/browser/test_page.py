"""The page in a real browser, headless: clicks, keys, colours. Run by ``tox -e browser``."""

from __future__ import annotations

import dataclasses
import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from pytest_tfpclone.report import html
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


@pytest.fixture
def page(browser, tmp_path):
    """Return the browser with the page open; no test may leave an error in its console."""
    path = tmp_path / "report.html"
    path.write_text(html.render(session()), encoding="utf-8")
    browser.get("about:blank")
    browser.get(path.as_uri())
    yield browser
    assert browser.get_log("browser") == []


def cell(page, model):
    return page.find_element(By.XPATH, f"//tr[th[text()='{model}']]//a[contains(@class, 'cell')]")


def pair_of(page, link):
    return page.find_element(By.ID, link.get_attribute("href").partition("#")[2])


def test_a_click_on_a_red_cell_shows_the_finding(page):
    red = cell(page, "model_1")
    pair = pair_of(page, red)
    finding = pair.find_element(By.CLASS_NAME, "finding")
    assert not finding.is_displayed()
    red.click()
    assert finding.is_displayed()
    assert "original.layers[1].model_1" in finding.text.replace(" ", "")
    assert "wrote 1.05 on one side" in finding.text
    differing = [each.text for each in finding.find_elements(By.CLASS_NAME, "differs")]
    assert differing == ["[1]", "[2]"]
    marked, cloned = (
        row.find_elements(By.TAG_NAME, "td") for row in finding.find_elements(By.TAG_NAME, "tr")
    )
    assert [each.rect["x"] for each in marked] == [each.rect["x"] for each in cloned]


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
const texts = [...document.querySelectorAll("a, th, td, p, dt, dd, code, span, label, button, summary, h1, h2, pre")];
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
    path = tmp_path / "wide.html"
    wide = dataclasses.replace(
        session(), results=tuple(result("shared", f"m{i}" * 9, f"cloner_{i}") for i in range(12))
    )
    path.write_text(html.render(wide), encoding="utf-8")
    page.set_window_size(width, 900)
    page.get(path.as_uri())
    inner = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    scroll, client = page.execute_script(inner)
    page.set_window_size(1000, 900)
    assert scroll <= client
