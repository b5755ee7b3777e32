"""The pure middle: one fact in, deliveries and decisions out."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from notifications import planning
from notifications.planning import Event, Reach, Recipient, Rule, World

EVENT = Event(uuid4(), "thing.ready", "thing", uuid4(), 3, datetime(2026, 11, 21, tzinfo=UTC))
CHANNELS = {"email": "email", "sms": "phone", "telegram": "telegram"}
TEXTS = {(channel, language): uuid4() for channel in CHANNELS for language in ("ru", "en")}


def _reach(kind: str, **fields: Any) -> Reach:
    return Reach(uuid4(), kind, "…", "ru", **{"verified": True, "healthy": True, **fields})


def _person(*reaches: Reach) -> Recipient:
    user = uuid4()
    return Recipient(f"user:{user}", user, "Мария", "ru", reaches)


def _rule(**fields: Any) -> Rule:
    values: dict[str, Any] = {
        "name": "A rule", "revision": 1, "conditions": [], "recipients": ["client"], "channels": ["telegram", "email"],
        "mode": "all", "delay": 0, "lane": "normal", "shadow": False, "once": True,
    }  # fmt: skip
    return Rule(id=uuid4(), **{**values, **fields})


def _world(*people: Recipient, **fields: Any) -> World:
    return World(**{"facts": {}, "people": {"client": people}, "channels": CHANNELS, "texts": TEXTS, **fields})


def _verdicts(plan: planning.Plan) -> list[tuple[str, str]]:
    return [(one.channel, one.verdict) for one in plan.decisions]


def test_all_channels_at_once() -> None:
    plan = planning.plan(EVENT, [_rule()], _world(_person(_reach("email"), _reach("telegram"))))

    assert [one.channel for one in plan.notifications[0].deliveries] == ["telegram", "email"]
    assert _verdicts(plan) == [("telegram", "planned"), ("email", "planned")]
    assert plan.notifications[0].dedup == "thing.ready:3"


def test_the_first_that_works_keeps_the_rest_in_reserve() -> None:
    plan = planning.plan(EVENT, [_rule(mode="first", channels=["sms", "telegram", "email"])],
                         _world(_person(_reach("email"), _reach("telegram"))))  # fmt: skip

    assert [one.channel for one in plan.notifications[0].deliveries] == ["telegram"]
    assert _verdicts(plan) == [("sms", "no_contact"), ("telegram", "planned"), ("email", "next")]


def test_every_reason_not_to_send_is_said() -> None:
    person = _person(_reach("email", verified=False), _reach("telegram", healthy=False))
    texts = {key: value for key, value in TEXTS.items() if key[0] != "telegram"}
    rule = _rule(channels=["email", "telegram", "sms", "viber"])

    plan = planning.plan(EVENT, [rule], _world(person, texts=texts))

    assert plan.notifications == []
    assert _verdicts(plan) == [
        ("email", "unverified"), ("telegram", "unhealthy"), ("sms", "no_contact"), ("viber", "no_channel"),
    ]  # fmt: skip


def test_unmet_conditions_and_nobody_leave_a_decision() -> None:
    plan = planning.plan(EVENT, [_rule(conditions=[["type", "is", "act"]]), _rule()], _world(facts={"type": "letter"}))

    assert [one.verdict for one in plan.decisions] == ["conditions", "nobody"]
    assert plan.decisions[0].detail == {"failing": [["type", "is", "act"]]}


def test_two_rules_for_one_fact_make_one_message_with_all_channels() -> None:
    person = _person(_reach("email"), _reach("telegram"))
    rules = [_rule(channels=["email"]), _rule(channels=["email", "telegram"])]

    plan = planning.plan(EVENT, rules, _world(person))

    assert len(plan.notifications) == 1
    assert [one.channel for one in plan.notifications[0].deliveries] == ["email", "telegram"]
    assert [one.verdict for one in plan.decisions] == ["planned", "merged", "planned"]


def test_who_was_told_is_not_told_again() -> None:
    person = _person(_reach("email"))

    plan = planning.plan(EVENT, [_rule()], _world(person, told=frozenset({("thing.ready:3", person.key)})))

    assert plan.notifications == []
    assert [one.verdict for one in plan.decisions] == ["duplicate"]


def test_a_shadow_records_and_sends_nothing() -> None:
    plan = planning.plan(EVENT, [_rule(shadow=True, channels=["email"])], _world(_person(_reach("email"))))

    assert plan.notifications == []
    assert _verdicts(plan) == [("email", "shadow")]


def test_the_best_usable_address_is_chosen_and_the_urgent_overtakes() -> None:
    second = _reach("email")
    person = _person(_reach("email", healthy=False), second)

    plan = planning.plan(EVENT, [_rule(channels=["email"])], _world(person, facts={"priority": "urgent"}))

    delivery = plan.notifications[0].deliveries[0]
    assert (delivery.reach, delivery.lane) == (second, "urgent")


def test_a_fact_without_version_is_told_each_time() -> None:
    event = replace(EVENT, version=None)
    assert planning.dedup(event, _rule()) == f"event:{event.id}"
