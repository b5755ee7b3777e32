from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from notifications.channels.base import ChannelError, Message, Receipt
from notifications.channels.email import EmailChannel, verdict
from tests.notifications.channels import scripted
from tests.notifications.channels.scripted import DATA, DOT, EHLO, LETTER, MAIL, PIPELINING, RCPT
from tests.notifications.simulators.running import Simulated

LETTER_TO_MARIA = Message("k1", "maria@north-wind.test", "ru", "Готов", "Договор готов\n.\n..точки")


def channel_at(number: int, **changed: str) -> EmailChannel:
    settings = {"host": "127.0.0.1", "port": str(number), "security": "none", "from_address": "docs@vector.test"}
    return EmailChannel(settings | {"deadline": "2"} | changed)


def send(channel: EmailChannel, times: int = 1) -> list[Receipt | ChannelError]:
    results: list[Receipt | ChannelError] = []
    for _n in range(times):
        try:
            results.append(channel.send(LETTER_TO_MARIA, lambda: None))
        except ChannelError as error:
            results.append(error)
    channel.close()
    return results


def outcome(result: Receipt | ChannelError) -> tuple[str, str]:
    return ("ok", "") if isinstance(result, Receipt) else (result.kind, result.reason)


@pytest.mark.parametrize(
    ("stage", "code", "answer", "expected"),
    [
        ("RCPT", 550, b"5.1.1 unknown", ("permanent", "mailbox_not_found", True)),
        ("RCPT", 550, b"No such user", ("permanent", "mailbox_not_found", True)),
        ("RCPT", 550, b"5.7.1 blocked by policy", ("permanent", "policy", False)),
        ("RCPT", 550, b"5.2.1 disabled", ("permanent", "mailbox_disabled", True)),
        ("RCPT", 550, b"5.1.10 null MX", ("permanent", "domain_not_found", True)),
        ("RCPT", 552, b"5.2.2 full", ("transient", "mailbox_full", False)),
        ("RCPT", 552, b"full", ("transient", "mailbox_full", False)),
        ("RCPT", 553, b"bad", ("permanent", "bad_address", True)),
        ("RCPT", 450, b"greylisted", ("transient", "busy", False)),
        ("RCPT", 451, b"4.3.0 later", ("transient", "provider_down", False)),
        ("RCPT", 503, b"what", ("permanent", "refused", False)),
        ("END", 550, b"looks like spam", ("permanent", "refused", False)),
        ("END", 552, b"too much", ("permanent", "too_long", False)),
        ("END", 554, b"5.7.1 DMARC", ("permanent", "policy", False)),
        ("END", 421, b"4.3.2 closing", ("transient", "provider_down", False)),
        ("END", -1, b"", ("unknown", "garbage", False)),
        ("RCPT", -1, b"", ("transient", "garbage", False)),
        ("MAIL", 530, b"5.7.0 sign in", ("config", "sign_in_refused", False)),
        ("MAIL", 550, b"5.1.8 sender", ("config", "sender_refused", False)),
        ("AUTH", 535, b"5.7.8 no", ("config", "sign_in_refused", False)),
        ("AUTH", 454, b"4.7.0 later", ("transient", "provider_down", False)),
        ("CONNECT", 554, b"no service", ("config", "sender_refused", False)),
    ],
)
def test_verdicts(stage: str, code: int, answer: bytes, expected: tuple[str, str, bool]) -> None:
    assert tuple(verdict(stage, code, answer)) == expected


def test_one_line_carries_many_letters() -> None:
    with scripted.smtp([EHLO, *LETTER * 3]) as server:
        assert [outcome(result) for result in send(channel_at(server.port), 3)] == [("ok", "")] * 3


def test_pipelined_envelope_asks_the_same() -> None:
    with scripted.smtp([PIPELINING, *LETTER * 2]) as server:
        assert [outcome(result) for result in send(channel_at(server.port), 2)] == [("ok", "")] * 2


@pytest.mark.parametrize("last", [None, b"421 4.4.2 idle too long\r\n"])
def test_stale_line_is_replaced_within_the_same_send(last: bytes | None) -> None:
    with scripted.smtp([EHLO, *LETTER, (b"mail", last)], [EHLO, *LETTER]) as server:
        assert [outcome(result) for result in send(channel_at(server.port), 2)] == [("ok", "")] * 2


@pytest.mark.parametrize("script", [[EHLO, (b"mail", None)], [EHLO, MAIL, RCPT, (b"data", None)], []])
def test_fresh_line_that_breaks_before_the_dot_is_transient(script: scripted.Script) -> None:
    with scripted.smtp(script) as server:
        (result,) = send(channel_at(server.port))

    assert outcome(result)[0] == "transient"


def test_line_that_breaks_after_the_dot_is_unknown_even_when_kept() -> None:
    ends = (b".\r\n", None)
    with scripted.smtp([EHLO, *LETTER, MAIL, RCPT, DATA, ends], [EHLO, *LETTER]) as server:
        results = send(channel_at(server.port), 2)
        dots = server.lines.count(b".\r\n")

    assert [outcome(result) for result in results] == [("ok", ""), ("unknown", "no_answer")]
    assert dots == 2


def test_nonsense_after_the_dot_is_unknown() -> None:
    with scripted.smtp([EHLO, MAIL, RCPT, DATA, (b".\r\n", b"<html>\r\n")]) as server:
        (result,) = send(channel_at(server.port))

    assert outcome(result) == ("unknown", "garbage")


def test_refused_recipient_leaves_the_line_usable_though_data_was_asked() -> None:
    gone = (b"rcpt", b"550 5.1.1 gone\r\n")
    empty = (b".\r\n", b"554 5.5.1 no valid recipients\r\n")
    with scripted.smtp([PIPELINING, MAIL, gone, DATA, empty, (b"rset", b"250 ok\r\n"), *LETTER]) as server:
        results = send(channel_at(server.port), 2)

    assert [outcome(result) for result in results] == [("permanent", "mailbox_not_found"), ("ok", "")]


def test_endless_reply_is_cut_off() -> None:
    with scripted.smtp([(b"ehlo", b"250-more\r\n" * 20_000)]) as server:
        (result,) = send(channel_at(server.port))

    assert outcome(result)[0] == "transient"


def test_dots_of_a_text_arrive_whole(providers: Simulated) -> None:
    channel = EmailChannel(providers.settings("email"))

    channel.send(LETTER_TO_MARIA, lambda: None)
    channel.close()

    assert providers.ledger("maria@north-wind.test")[-1]["text"] == "Готов\n\nДоговор готов\n.\n..точки"


@pytest.mark.parametrize("host", ["mail.vector.test", "10.0.0.5"])
def test_item_60_plain_text_never_leaves_the_machine(host: str) -> None:
    (result,) = send(channel_at(25, host=host))

    assert outcome(result) == ("config", "tls_required")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"port": "smtp"}, ("config", "not_configured")),
        ({"from_address": "docs"}, ("config", "sender_refused")),
        ({"from_address": "docs@x.test\nBcc: a@x.test"}, ("config", "sender_refused")),
        ({"deadline": "soon"}, ("transient", "no_connection")),
    ],
)
def test_absurd_settings_are_named(changed: dict[str, str], expected: tuple[str, str]) -> None:
    (result,) = send(channel_at(1, **changed))

    assert outcome(result) == expected


def test_item_60_server_without_starttls_is_refused() -> None:
    with scripted.smtp([EHLO]) as server:
        (result,) = send(channel_at(server.port, security="starttls"))

    assert outcome(result) == ("config", "tls_required")


def test_item_60_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=shake_hands, args=(context, listener))
        thread.start()
        (result,) = send(channel_at(listener.getsockname()[1], security="tls"))
        thread.join()

    assert outcome(result) == ("config", "bad_certificate")


class Letters:
    def __init__(self) -> None:
        self.secure: list[bool] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        self.secure.append(session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None)
        return "250 2.0.0 Ok"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_verified_connection_is_secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str) -> None:
    pem, letters = self_signed(tmp_path), Letters()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    options = {"tls_context": context, "require_starttls": True} if security == "starttls" else {"ssl_context": context}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(letters, hostname="127.0.0.1", port=port, **options)
    server.start()
    try:
        results = send(channel_at(port, security=security), 2)
    finally:
        server.stop()

    assert [outcome(result) for result in results] == [("ok", "")] * 2
    assert letters.secure == [True, True]


def shake_hands(context: ssl.SSLContext, listener: socket.socket) -> None:
    connection, _peer = listener.accept()
    with connection, pytest.raises(ssl.SSLError):
        context.wrap_socket(connection, server_side=True)


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    loopback = ipaddress.ip_address("127.0.0.1")
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(loopback)]), critical=False)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "own.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("to", ["nobody", "a@x.test\r\nRCPT TO:<b@x.test>", "мария@x.test", ""])
def test_bad_address_never_reaches_the_server(to: str) -> None:
    channel = channel_at(1)

    with pytest.raises(ChannelError) as caught:
        channel.send(Message("k", to, "ru", "s", "t"), lambda: None)

    assert (caught.value.kind, caught.value.reason, caught.value.address_dead) == ("permanent", "bad_address", True)


def test_dot_is_the_moment_of_no_return() -> None:
    seen: list[list[bytes]] = []
    with scripted.smtp([EHLO, MAIL, RCPT, DATA, DOT]) as server:
        channel = channel_at(server.port)
        channel.send(LETTER_TO_MARIA, lambda: seen.append(list(server.lines)))
        channel.close()

    assert b".\r\n" not in seen[0]
    assert seen[0][-1] != b".\r\n"
