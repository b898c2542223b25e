"""report_page.py RUN [PICTURES]: RUN/report.html in a real browser: every figure it shows is report.json's, nothing is logged or
fetched, it fits 1,200 and 400 pixels, light and dark, can be gone through with the keyboard, and its text can be selected.
PICTURES: a folder for what was seen."""
import json
import os
import re
import sys

import chromium

FIGURES = """[...document.querySelectorAll('[data-path]')].map((e) => [e.dataset.path, e.dataset.format, e.textContent])"""
# Text with digits that no figure is: ticks of axes and numbers of ranks, marked as such.
STRAY = """(() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), out = [];
  while (walk.nextNode()) {
    const n = walk.currentNode;
    if (/\\d/.test(n.data) && !n.parentElement.closest('[data-path], .tick, script')) out.push(n.data);
  }
  return out;
})()"""
UNIT = {"int": 1, "s": 1, "ms": 1e-3, "us": 1e6, "mib": 2**20, "bytes": 1, "percent": 0.01, "ratio": 1, "num": 1}

MOST_BYTES = 2_000_000


def fail(text):
    sys.exit(f"FAILED: {text}")


def value_at(report, path):
    for key in path:
        report = report[key]
    return report


def check_figure(report, path, form, text):
    value = value_at(report, json.loads(path))
    if form == "flag":
        good = text == ("yes" if value else "no")
    elif form == "text":
        good = text == str(value)
    else:
        number = re.fullmatch(r"(-?[\d.\u202f]+(?:e[+-]?\d+)?)(?:\u00a0(?:s|ms|MiB|bytes|%))?", text)
        if not number:
            return fail(f"'{text}' at {path} is no figure of kind {form}")
        shown = float(number[1].replace("\u202f", ""))
        digits = re.sub(r"e.*", "", number[1].replace("\u202f", ""))
        last = 10.0 ** -(len(digits.partition(".")[2])) * 10.0 ** float((re.search(r"e(.*)", number[1]) or [0, "0"])[1])
        good = abs(shown * UNIT[form] - value) <= 0.5000001 * last * UNIT[form]
        if form in ("int", "bytes"):
            good = shown == value
        if form == "num":  # four digits
            good = abs(shown - value) <= max(0.0051 * abs(value) if "e" in number[1] else 0.00051 * abs(value), 0)
    if not good:
        fail(f"the page shows '{text}' for {path}, report.json has {value!r}")


def check_figures(browser, report):
    figures = browser.evaluate(FIGURES)
    if len(figures) < 100:
        fail(f"only {len(figures)} figures")
    for path, form, text in figures:
        check_figure(report, path, form, text)
    stray = browser.evaluate(STRAY)
    if stray:
        fail(f"numbers that say no place in report.json: {stray}")
    return len(figures)


def check_keyboard(browser, report):
    """Every picture can be reached by Tab; arrow keys then tell of its parts, with figures of the report."""
    pictures = browser.evaluate("document.querySelectorAll('svg[tabindex]').length")
    seen = set()
    for _ in range(100):
        browser.key("Tab")
        index = browser.evaluate("[...document.querySelectorAll('svg[tabindex]')].indexOf(document.activeElement)")
        if index < 0 or index in seen:
            continue
        seen.add(index)
        told = []
        for _ in range(3):
            browser.key("ArrowRight")
            told.append(browser.evaluate("document.activeElement.closest('section').querySelector('.readout').textContent"))
            check_figures(browser, report)
        if len(set(told)) != 3:
            fail(f"picture {index} tells with the keyboard: {told}")
    if len(seen) != pictures or pictures < 3:
        fail(f"{len(seen)} of {pictures} pictures were reached by Tab")


def check_pointer(browser):
    for section in ("timeline", "memory", "circuit"):
        before, after = browser.evaluate(f"""(() => {{
          const s = document.querySelector('#{section}'), svg = s.querySelector('svg'), box = svg.getBoundingClientRect(), read = s.querySelector('.readout');
          const blocks = [...svg.querySelectorAll("rect[fill-opacity][fill^='#']")].map((r) => r.getBoundingClientRect()).sort((a, b) => b.height - a.height);
          const part = blocks[0] || {{ left: box.left, width: 0.7 * box.width, top: box.top, height: 0.2 * box.height }};
          const before = read.textContent, at = {{ clientX: part.left + part.width / 2, clientY: part.top + part.height / 2 }};
          svg.dispatchEvent(new PointerEvent('pointermove', at));
          return [before, read.textContent];
        }})()""")
        if before == after:
            fail(f"pointing at {section} tells nothing")


def check_look(browser):
    if browser.evaluate("document.documentElement.scrollWidth > innerWidth"):
        fail("the page is wider than the window")
    if browser.evaluate("[...document.querySelectorAll('body *')].some((e) => getComputedStyle(e).userSelect === 'none')"):
        fail("text that cannot be selected")
    selected = browser.evaluate("(getSelection().selectAllChildren(document.querySelector('#layer-table')), getSelection().toString())")
    if "\t" not in selected or len(selected) < 100:
        fail(f"the table is selected as '{selected}'")
    browser.evaluate("getSelection().removeAllRanges()")
    return browser.evaluate("getComputedStyle(document.body).backgroundColor")


def main(run, pictures=None):
    page = run + "/report.html"
    if os.path.getsize(page) >= MOST_BYTES:
        fail(f"the page has {os.path.getsize(page)} bytes, expected less than {MOST_BYTES}")
    with open(run + "/report.json") as f:
        report = json.load(f)
    with chromium.Browser() as browser:
        grounds = set()
        for width in (1200, 400):
            for dark in (False, True):
                browser.show(page, width, 900, dark)
                grounds.add((dark, check_look(browser)))
                count = check_figures(browser, report)
                if pictures:
                    browser.screenshot(f"{pictures}/{width}-{'dark' if dark else 'light'}.png", whole=True)
        if len({ground for _, ground in grounds}) != 2:
            fail(f"light and dark look like this: {grounds}")
        check_pointer(browser)
        check_figures(browser, report)
        check_keyboard(browser, report)
        took = browser.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
        if not 0 < took < 1000:
            fail(f"the page took {took} ms to open")
        if browser.messages:
            fail(f"messages: {browser.messages}")
        others = [url for url in browser.requests if not url.startswith(("file://", "data:"))]
        if others or len([u for u in browser.requests if u.startswith("file://")]) != 4:
            fail(f"the page asks for {browser.requests}")
        print(f"{count} figures, opened in {took:.0f} ms")


main(*sys.argv[1:])
