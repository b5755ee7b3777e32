"""Looking at a page as its readers meet it: both themes, desktop and phone, and what must hold of every page."""

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import polib
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from docflow import translations
from docflow.servers import programs
from tests.journeys.browser import DESKTOP, PHONE

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
# Contrast is most of axe's work: colours do not depend on the language, and nothing else on the theme.
WITHOUT_COLOURS = {**RULES, "rules": {"color-contrast": {"enabled": False}}}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
THEMES = ("light", "dark")
NARROW = 320
OWN_NAMES = {"English", "docflow", "Telegram", "SMS"}
TEXTS = """() => {
  const skipped = 'script, style, template, noscript, code, pre, kbd, textarea, iframe, .mono, .desk-text,'
    + ' .desk-fields, .bubble .keys';
  const lang = document.documentElement.lang;
  const foreign = (element) => { const part = element.closest('[lang]'); return part && part.lang !== lang; };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement, text = node.data.replace(/\\s+/g, ' ').trim();
    if (text && !element.closest(skipped) && !foreign(element)) found.push(text);
  }
  for (const element of document.body.querySelectorAll('[aria-label], [placeholder], [alt], [title]')) {
    if (foreign(element) || element.closest(skipped)) continue;
    for (const name of ['aria-label', 'placeholder', 'alt', 'title']) {
      const text = element.getAttribute(name);
      if (text) found.push(text.trim());
    }
  }
  return found;
}"""
WIDER = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const sticks = (element) => element.getBoundingClientRect().right > wide + 1;
  const name = (element) => element.tagName.toLowerCase() + '.' + [...element.classList].join('.');
  return [...document.body.querySelectorAll('*')].filter(sticks).slice(0, 4).map(name);
}"""
OUTLINES = "() => [...document.querySelectorAll('svg use')].map(use => use.href.baseVal.split('#')[1])"
# Two small Latin words side by side are a sentence that nobody translated.
ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b")
RAW = re.compile(
    r"\b(?:document|delivery|link|user|trigger|contact)\.[a-z_]+\b|^(?:planned|held|queued|sending|retrying|unknown|sent"
    r"|delivered|failed|suppressed|superseded|withdrawn|expired|pending|uploaded|checking|processing|rejected|ready)$"
    r"|^[a-z]+(?:_[a-z]+)+$|\bNone\b|\{[{%']|\bFalse\b|\bTrue\b|%\("
)


def look(page: Page, name: str, language: str) -> list[str]:
    """Everything that is wrong with the page as it stands; also keeps its pictures where DOCFLOW_SHOTS says."""
    wrong = [*_said(page, language), *_not_drawn(page)]
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # its type is not exported
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            wrong += [f"{theme} {size['width']}: {broken}" for broken in _axe(page, _rules(language, theme, size))]
            _keep(page, f"{name}-{language}-{theme}-{size['width']}")
        wrong += _too_wide(page, size["width"])
    page.set_viewport_size({"width": NARROW, "height": PHONE["height"]})
    wrong += _too_wide(page, NARROW)
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")
    return wrong


def _rules(language: str, theme: str, size: dict[str, int]) -> dict[str, Any]:
    """What has not been asked of the same page in another language, theme or size; maybe nothing."""
    if theme == "light":
        return RULES if language == "ru" else WITHOUT_COLOURS
    return COLOURS if language == "ru" and size is DESKTOP else {}


def _axe(page: Page, rules: dict[str, Any]) -> list[str]:
    if not rules:
        return []
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate("rules => axe.run(document, rules)", rules)["violations"]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']][:3]}" for rule in found]


def _too_wide(page: Page, width: int) -> list[str]:
    found: list[str] = page.evaluate(WIDER)
    return [f"wider than {width}: {found}"] if found else []


def _not_drawn(page: Page) -> list[str]:
    asked: list[str] = page.evaluate(OUTLINES)
    return [f"no outline in the sprite: {name}" for name in sorted(set(asked) - _sprite())]


@cache
def _sprite() -> set[str]:
    return set(re.findall(r'id="([a-z0-9-]+)"', (programs.ROOT / "build" / "static" / "icons.svg").read_text()))


def _said(page: Page, language: str) -> list[str]:
    texts: list[str] = page.evaluate(TEXTS)
    wrong = [f"raw: {text}" for text in texts if RAW.search(text)]
    if page.locator("html").get_attribute("lang") != language:
        wrong.append(f"lang is not {language}")
    if (headings := page.locator("h1").count()) != 1:
        wrong.append(f"{headings} h1")
    theirs = UNTRANSLATED[language]
    wrong += [f"not translated: {text}" for text in texts if text in theirs]
    if language == "ru":
        wrong += [f"English: {text}" for text in texts if ENGLISH.search(text) and text not in theirs]
    return wrong


def _catalogue() -> dict[str, set[str]]:
    entries = [entry for entry in polib.pofile(str(translations.CATALOGUE)) if entry.msgstr not in ("", entry.msgid)]
    return {
        "ru": {entry.msgid for entry in entries if re.search("[A-Za-z]{3}", entry.msgid)} - OWN_NAMES,
        "en": {entry.msgstr for entry in entries if " " in entry.msgstr and entry.msgstr != entry.msgid},
    }


UNTRANSLATED = _catalogue()


def _keep(page: Page, name: str) -> None:
    folder = os.environ.get("DOCFLOW_SHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
