"""The fast way fills a text in exactly as the library would, and knows when it cannot."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import first_texts, rendering
from notifications.swift import Text

SOURCES = sorted(
    {
        part
        for said in first_texts.texts().values()
        for words in said.values()
        for part in (words.subject, words.text, words.short, words.button)
    }
)
VALUES: dict[str, Any] = {
    "title": "Договор <поставки> & «прочее»", "number": "418-26", "type_name": "Договор", "ending": "а", "pages": 3,
    "sensitive": False, "due_at": datetime(2026, 12, 1, 18, tzinfo=UTC), "ready_at": datetime(2026, 11, 22, tzinfo=UTC),
    "client_name": "Котова", "comment": "Поправьте", "reason": None, "code": "418205", "link": "http://127.0.0.1/s/x",
    "recipient": {"name": "Мария", "address_as": "Мария Сергеевна"}, "name": "Акт", "address": "м···", "nothing": None,
    "channel_name": "SMS", "recipient_name": "Мария", "zero": 0, "empty": [], "many": ["a", "<b>"],
    "organisation": {"name": "Вектор", "short_name": "Вектор", "phone": None, "hours": ""},
}  # fmt: skip
FACTS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.datetimes(), st.lists(st.text()))


def both(source: str, values: dict[str, Any], language: str = "ru", *, escape: bool = False) -> tuple[str, str]:
    template = rendering.environment(language, escape=escape).from_string(source)
    return Text(template).render(values), template.render(**values)


@pytest.mark.parametrize("escape", [False, True])
@pytest.mark.parametrize("source", SOURCES)
def test_all_first_texts_read_alike(source: str, escape: bool) -> None:
    for values in (VALUES, {**VALUES, "sensitive": True, "number": None, "due_at": None}, {"title": "x"}, {}):
        swift, slow = both(source, values, escape=escape)
        assert swift == slow


@pytest.mark.parametrize("source", SOURCES)
def test_first_texts_are_filled_in_the_fast_way(source: str) -> None:
    assert Text(rendering.environment("ru", escape=False).from_string(source)).is_swift


@pytest.mark.parametrize(
    "source",
    [
        "{% if zero %}yes{% else %}no{% endif %}{% if nothing %}yes{% elsif title %}{{ title }}{% endif %}",
        "{% if empty %}yes{% endif %}{% unless sensitive %} {% endunless %}|{% if title %}  {% endif %}|",
        "{{ title | upcase | truncate: 7 }}{{ nothing | default: 'none' }}{{ 'a < b' }}{{ '<b>' | upcase }}",
        "{{ many }}{{ sensitive }}{{ zero }}{{ nothing }}{{ unheard.of }}{{ recipient.unheard }}{{ title.size }}",
        "{{ many.size }}{{ many[0] }}{{ recipient['name'] }}{{ title if zero else number }}",
        "{% for one in many %}{{ one }}{% if one == 'a' %}{% continue %}{% endif %}!{% endfor %}",
        "{% case pages %}{% when 3 %}three{% else %}other{% endcase %}{% if pages > 2 and title %}many{% endif %}",
        "{% comment %}{{ title }}{% endcomment %}{% if not sensitive %}open{% endif %}{{ now | date: 'time' | size }}",
    ],
)
@pytest.mark.parametrize("escape", [False, True])
def test_unusual_marks_read_alike(source: str, escape: bool) -> None:
    try:
        slow = rendering.environment("en", escape=escape).from_string(source).render(**VALUES)
    except Exception as error:  # whatever the library says, the fast way says it too
        with pytest.raises(type(error)):
            both(source, VALUES, "en", escape=escape)
    else:
        assert both(source, VALUES, "en", escape=escape) == (slow, slow)


@given(
    values=st.dictionaries(st.sampled_from(sorted(VALUES)), FACTS),
    source=st.sampled_from(SOURCES),
    escape=st.booleans(),
)
def test_any_facts_read_alike(values: dict[str, Any], source: str, escape: bool) -> None:
    swift, slow = both(source, {**VALUES, **values}, escape=escape)
    assert swift == slow


def test_a_text_that_grows_too_long_is_refused_either_way() -> None:
    template = rendering.environment("en", escape=False).from_string("{{ title }}" * 20)
    with pytest.raises(Exception, match="limit") as slow:
        template.render(title="x" * 9000)
    with pytest.raises(slow.type):
        Text(template).render({"title": "x" * 9000})
