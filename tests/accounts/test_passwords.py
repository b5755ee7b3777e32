"""Passwords that are easy to guess, in Russian too."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts import passwords
from accounts.models import User


@pytest.fixture
def person() -> User:
    user = User(name="Ольга Титова")
    user.email = "otitova@example.com"
    return user


@pytest.mark.parametrize(
    "weak",
    [
        "parolparol12",
        "пароль123456",
        "gfhjkm123456",
        "qwertyuiop12",
        "ytrewq654321",
        "договор20262026",
        "olga-titova-1",
        "docflowdocflow",
    ],
)
def test_item_2_guessable_is_refused(weak: str, person: User) -> None:
    with pytest.raises(ValidationError):
        validate_password(weak, person)


@pytest.mark.parametrize(
    "strong",
    [
        "verstak gagara 77 moroz",
        "ящерица на балконе поёт",
        "x9$Kd!2mQz7w",
        "🦊🐌 улитка и лиса 🌧🌧",
        "длинная " * 30,
        "korobka s gvozdyami  ",
    ],
)
def test_item_1_uncommon_is_accepted_with_any_characters(strong: str, person: User) -> None:
    validate_password(strong, person)


def test_item_1_password_is_kept_exactly_as_typed(person: User) -> None:
    person.set_password("korobka s gvozdyami ")

    assert person.check_password("korobka s gvozdyami ")
    assert not person.check_password("korobka s gvozdyami")


def test_one_sentence_at_a_time(person: User) -> None:
    with pytest.raises(ValidationError) as refused:
        passwords.judge("x", person)

    assert refused.value.messages == ["The password is shorter than 12 characters."]
