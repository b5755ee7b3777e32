"""Our letters, read back by the standard library's parser."""

import email
import email.policy
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications import mime

# How long one example takes says something about the machine only.
any_machine = settings(deadline=None, max_examples=60)
AT = datetime(2026, 11, 21, 10, 42, tzinfo=UTC)
# What a template can put into a header: any text without line breaks; the parser folds runs of blanks.
printable = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
header_text = st.text(printable, max_size=200).map(lambda text: " ".join(text.split()))
body_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"), max_size=400)


def build(**changed: object) -> bytes:
    given: dict[str, object] = {
        "key": "0192f0c1a2b3",
        "sender": ("Вектор Логистик", "docs@vector.test"),
        "to": "maria@north-wind.test",
        "subject": "Договор № 418 готов",
        "text": "Мария Сергеевна, здравствуйте.\n",
        "html": "<p>Здравствуйте</p>",
        "at": AT,
    }
    return mime.letter(**(given | changed))  # type: ignore[arg-type]


def parse(letter: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(letter, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def body(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def display_name(letter: bytes) -> str:
    # By the older reader: the newer one keeps the blanks between two encoded words of a name, against RFC 2047.
    raw = email.message_from_bytes(letter, policy=email.policy.compat32)["From"]
    name, _address = parseaddr(" ".join(raw.split()))
    return str(make_header(decode_header(name)))


def test_letter_reads_as_it_was_meant() -> None:
    letter = parse(build(reply_to="ask@vector.test", headers={"List-Unsubscribe": "<https://d.vl.test/n/abc>"}))

    assert letter["From"] == "Вектор Логистик <docs@vector.test>"
    assert letter["To"] == "maria@north-wind.test"
    assert letter["Subject"] == "Договор № 418 готов"
    assert letter["Date"].datetime == AT
    assert letter["Message-ID"] == "<0192f0c1a2b3@vector.test>"
    assert letter["Reply-To"] == "ask@vector.test"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe"] == "<https://d.vl.test/n/abc>"
    assert letter.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    assert body(letter, "plain").strip() == "Мария Сергеевна, здравствуйте."
    assert body(letter, "html").strip() == "<p>Здравствуйте</p>"


def test_same_key_gives_the_same_bytes() -> None:
    assert build() == build()
    assert parse(build(key="other"))["Message-ID"] != parse(build())["Message-ID"]


def test_letter_without_html_is_plain() -> None:
    letter = parse(build(html=None))

    assert letter.get_content_type() == "text/plain"
    assert body(letter, "plain").strip() == "Мария Сергеевна, здравствуйте."


@any_machine
@given(subject=header_text, name=header_text)
def test_headers_survive(subject: str, name: str) -> None:
    letter = parse(build(subject=subject, sender=(name, "docs@vector.test")))

    assert letter["Subject"] == subject
    assert letter["From"].addresses[0].addr_spec == "docs@vector.test"
    assert display_name(build(sender=(name, "docs@vector.test"))) == name


@any_machine
@given(text=body_text, html=body_text)
def test_bodies_survive(text: str, html: str) -> None:
    letter = parse(build(text=text, html=html))

    # The parser ends a last line that had no end; nothing else may change.
    assert body(letter, "plain").removesuffix("\n") == text.removesuffix("\n")
    assert body(letter, "html").removesuffix("\n") == html.removesuffix("\n")


@any_machine
@given(subject=header_text, text=body_text, name=header_text)
def test_every_line_may_travel(subject: str, text: str, name: str) -> None:
    letter = build(subject=subject, text=text, sender=(name, "docs@vector.test"))

    assert letter.isascii()
    assert letter.endswith(b"\r\n")
    lines = letter.split(b"\r\n")
    assert not any(line.startswith(b".") for line in lines)
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 998


@any_machine
@given(st.text(printable, min_size=200, max_size=600))
def test_encoded_words_stay_within_their_length(subject: str) -> None:
    head = build(subject=subject + "ж").split(b"\r\n\r\n")[0]

    words = [line.strip().removeprefix(b"Subject: ") for line in head.split(b"\r\n") if b"=?utf-8?B?" in line]
    assert all(len(word) <= 75 for word in words)


@pytest.mark.parametrize("bad", ["a\nBcc: all@x.test", "a\rb", "a\r\n\r\nbody", "a\0b"])
@pytest.mark.parametrize("field", ["subject", "to", "reply_to", "key", "name", "from", "header"])
def test_item_51_line_breaks_are_refused(field: str, bad: str) -> None:
    special: dict[str, dict[str, object]] = {
        "name": {"sender": (bad, "docs@vector.test")},
        "from": {"sender": ("", bad)},
        "header": {"headers": {"List-Unsubscribe": bad}},
    }

    with pytest.raises(mime.BadHeader):
        build(**special.get(field, {field: bad}))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "maria",
        "@x.test",
        "a b@x.test",
        "a@x.test, b@x.test",
        "<a@x.test>",
        "a@b@x.test",
        "мария@x.test",
        "a@..test",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    if address == "a@..test":
        address = "a@" + "ж" * 70 + ".test"

    with pytest.raises(mime.BadHeader):
        build(to=address)


def test_cyrillic_domain_is_written_for_dns() -> None:
    assert parse(build(to="maria@пример.рф"))["To"] == "maria@xn--e1afmkfd.xn--p1ai"


@pytest.mark.parametrize("name", ["Subject", "bcc:x", "Content-Type", "content-transfer-encoding", "X Y", ""])
def test_own_headers_cannot_be_replaced(name: str) -> None:
    with pytest.raises(mime.BadHeader):
        build(headers={name: "x"})


def test_long_plain_header_is_folded_between_words() -> None:
    links = "<https://d.vl.test/n/" + "a" * 60 + ">, <mailto:stop@vector.test?subject=" + "b" * 40 + ">"

    letter = build(headers={"List-Unsubscribe": links})

    assert parse(letter)["List-Unsubscribe"] == links
    assert max(len(line) for line in letter.split(b"\r\n\r\n")[0].split(b"\r\n")) < 120
