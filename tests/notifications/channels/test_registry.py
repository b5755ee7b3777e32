from pathlib import Path

import pytest

from notifications.channels import registry
from notifications.channels.base import ANSWER_LENGTH, tidy
from notifications.channels.reasons import REASONS, sentence


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "smtp+starttls://u%40x:p%2Fw@mail.vector.test/?from=docs@vector.test&name=%D0%92%D0%B5%D0%BA%D1%82%D0%BE%D1%80",
            ("mail.vector.test", "587", "starttls", "u@x", "p/w", "docs@vector.test", "Вектор"),
        ),
        ("smtps://mail.vector.test/?from=a@b.test", ("mail.vector.test", "465", "tls", None, None, "a@b.test", None)),
        ("smtp://mail.vector.test:2525", ("mail.vector.test", "2525", "starttls", None, None, None, None)),
        ("smtp://127.0.0.1:2525/?from=a@b.test", ("127.0.0.1", "2525", "none", None, None, "a@b.test", None)),
    ],
)
def test_email_url(url: str, expected: tuple[str | None, ...]) -> None:
    names = ("host", "port", "security", "username", "password", "from_address", "from_name")

    settings = registry.email_settings(url)

    assert tuple(settings.get(name) for name in names) == expected


@pytest.mark.parametrize("url", ["http://mail.test", "smtp://", "mail.test:25", "smtp://mail.test:99999"])
def test_email_url_that_is_none(url: str) -> None:
    with pytest.raises(ValueError, match=r"EMAIL_URL|[Pp]ort"):
        registry.email_settings(url)


def test_environment_gives_a_channel_only_when_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("EMAIL_URL", "TELEGRAM_TOKEN", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"):
        monkeypatch.delenv(name, raising=False)
    assert [registry.from_environment(kind) for kind in registry.KINDS] == [None, None, None]

    (tmp_path / "token").write_text("secret\n")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC1")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN_FILE", str(tmp_path / "token"))
    assert registry.from_environment("sms") is None
    monkeypatch.setenv("TWILIO_FROM", "+15005550006")
    monkeypatch.setenv("TWILIO_API_BASE", "http://127.0.0.1:9")

    assert registry.from_environment("sms") == {
        "account_sid": "AC1",
        "auth_token": "secret",
        "from_number": "+15005550006",
        "api_base": "http://127.0.0.1:9",
    }


@pytest.mark.parametrize("kind", sorted(registry.KINDS))
def test_description_is_ready_for_a_form(kind: str) -> None:
    description = registry.describe(kind)

    assert str(description.label)
    assert str(description.help)
    assert any(field.secret for field in description.fields)
    assert len({field.name for field in description.fields}) == len(description.fields)


def test_tidy_hides_and_shortens() -> None:
    assert tidy(b"no\r\n\tsuch \x00 token s3cret\xff", ["s3cret", ""]) == "no such token ***\ufffd"
    assert len(tidy("x" * 10_000)) == ANSWER_LENGTH


def test_every_reason_reads_as_a_sentence() -> None:
    assert all(str(text)[0].isupper() and not str(text).endswith(".") for text in REASONS.values())
    assert sentence("never heard of") == "never heard of"
