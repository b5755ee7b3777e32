"""Badges, times, sizes, people and fields as templates write them, in both languages."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.forms import CharField, Form
from django.template import Context, Template
from django.utils import timezone, translation

from docflow import assets, moments, states_ui
from docflow.templatetags import ui
from documents.states import State

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), timezone.override("Asia/Yekaterinburg"):
        yield


def rendered(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize("state", State.values)
def test_every_state_of_a_document_has_a_look(state: str) -> None:
    assert states_ui.document(state) is not states_ui.UNKNOWN
    assert state in states_ui.CLIENT_WORDS


def test_a_badge_is_icon_and_word() -> None:
    badge = rendered("{% badge 'ready' %}")
    assert 'class="badge green"' in badge
    assert "#check" in badge
    assert "Ready" in badge


def test_the_client_never_reads_of_our_failures() -> None:
    assert rendered("{% badge 'failed' client=True %}") == rendered("{% badge 'processing' client=True %}")


def test_an_unknown_state_still_renders() -> None:
    assert "badge grey" in rendered("{% badge 'invented' %}")


def test_an_icon_alone_has_a_name() -> None:
    assert 'role="img" aria-label="Download"' in rendered("{% icon 'download' 20 'Download' %}")
    assert 'aria-hidden="true"' in rendered("{% icon 'download' %}")


@pytest.mark.parametrize(
    ("at", "english"),
    [
        (NOW, "15:00"),
        (NOW - timedelta(days=1), "yesterday, 15:00"),
        (NOW - timedelta(days=9), "12\u00a0Nov, 15:00"),
        (NOW - timedelta(days=400), "17\u00a0Oct\u00a02025, 15:00"),
    ],
)
def test_a_moment_says_no_more_than_needed(at: datetime, english: str) -> None:
    assert moments.short(at) == english


def test_a_deadline_names_its_day() -> None:
    assert moments.day_and_hour(NOW + timedelta(days=1)) == "tomorrow, 15:00"


def test_the_tooltip_has_everything() -> None:
    assert 'title="21 November 2026, 15:00:00 (Yekaterinburg)"' in rendered("{% when at %}", at=NOW)


def test_no_moment_no_element() -> None:
    assert rendered("{% when at %}", at=None) == ""


@pytest.mark.parametrize(
    ("length", "english"),
    [
        (timedelta(milliseconds=300), "<\u00a01\u00a0s"),
        (timedelta(seconds=14), "14\u00a0s"),
        (timedelta(minutes=11), "11\u00a0min"),
        (timedelta(hours=2, minutes=19), "2\u00a0h 19\u00a0min"),
        (timedelta(hours=3), "3\u00a0h"),
        (timedelta(minutes=59, seconds=59), "1\u00a0h"),
        (timedelta(days=1, hours=7), "1\u00a0day 7\u00a0h"),
    ],
)
def test_a_span_has_two_parts_at_most(length: timedelta, english: str) -> None:
    assert moments.span(length) == english


def test_late_is_said() -> None:
    assert moments.left(NOW - timedelta(hours=1)) == "late by 1\u00a0h"
    assert moments.left(NOW + timedelta(hours=1)) == "1\u00a0h left"


@pytest.mark.parametrize(
    ("size", "language", "text"),
    [
        (0, "en", "0\u00a0B"),
        (999, "en", "999\u00a0B"),
        (1258291, "en", "1.2\u00a0MB"),
        (1258291, "ru", "1,2"),
        (50 * 1024 * 1024, "en", "50\u00a0MB"),
    ],
)
def test_sizes(size: int, language: str, text: str) -> None:
    with translation.override(language):
        assert ui.filesize_ru(size).startswith(text)


def test_initials_skip_quotes() -> None:
    assert ui.initials("ООО «Северный ветер»") == "ОС"
    assert ui.initials("") == ""


def test_a_person_keeps_the_colour() -> None:
    assert ui.person_tone("Анна") == ui.person_tone("Анна")


def test_a_name_is_never_markup() -> None:
    assert "<b>" not in rendered("{% avatar name %}{% badge state %}", name="<b>x", state="<b>")


class Sample(Form):
    title = CharField(help_text="Short.")
    number = CharField(required=False)


def test_a_field_ties_its_parts_together() -> None:
    html = rendered("{% field form.title %}", form=Sample({"title": ""}))
    assert 'for="id_title"' in html
    assert 'aria-describedby="id_title-hint id_title-error"' in html
    assert 'aria-invalid="true"' in html


def test_what_is_not_required_says_so() -> None:
    assert "(optional)" in rendered("{% field form.number %}", form=Sample())


def test_plural_forms_for_the_browser() -> None:
    forms = rendered('{% plural_forms "%d day" "%d days" %}')
    assert "%d day" in forms


def test_every_outline_in_use_exists() -> None:
    sprite = assets.sprite(assets.outlines_in_use(ROOT))
    assert 'id="check"' in sprite
    assert 'id="flame"' in sprite  # asked for by a call only


def test_an_invented_outline_is_refused() -> None:
    with pytest.raises(assets.UnknownOutline, match="no-such-outline"):
        assets.sprite({"no-such-outline"})


def test_building_twice_changes_nothing(tmp_path: Path) -> None:
    first = assets.build(ROOT, tmp_path)
    stamps = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}

    assert assets.build(ROOT, tmp_path) == first
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == stamps


@pytest.mark.parametrize(
    ("name", "kilobytes"),
    [("staff.css", 24), ("admin.css", 24), ("client.css", 14), ("staff.js", 32), ("client.js", 24), ("icons.svg", 8)],
)
def test_what_the_browser_loads_stays_small(tmp_path: Path, name: str, kilobytes: int) -> None:
    assets.build(ROOT, tmp_path)
    assert len(gzip.compress((tmp_path / name).read_bytes())) <= kilobytes * 1024
