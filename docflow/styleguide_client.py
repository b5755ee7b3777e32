"""Sample contexts of the client's pages: the personal link with its side states, and the portal."""

from types import SimpleNamespace as Sample
from typing import Any

from docflow.styleguide_documents import node
from docflow.styleguide_samples import FINGERPRINT, at, pages, say, tab


def link(**extra: Any) -> dict[str, Any]:
    """The client's page: one tap to confirm."""
    path = [
        node(("Ждёт вашего подтверждения", "Waiting for your confirmation"), "", "current"),
        node(("Вы открыли документ", "You opened the document"), "", at=at(0, 10, 44)),
        node(("Отправлен вам", "Sent to you"), "", at=at()),
        node(("Согласован", "Approved"), "", at=at(0, 10, 31)),
        node(("Подготовлен", "Prepared"), "", at=at(0, 8, 12)),
    ]
    trail = [
        node(("Подготовлен", "Prepared"), ""),
        node(("Согласован", "Approved"), ""),
        node(("У вас", "With you"), "", "current"),
        node(("Получен", "Received"), "", "future"),
    ]
    base = {
        "name": say("Договор поставки № 418", "Supply agreement No. 418"),
        "version": 3,
        "asked": "confirm",
        "confirm": "tap",
        "badge": "awaiting",
        "code_to": "+7 912 ··· 45",
        "code_channel": "SMS",
        "sender_name": say("Анна Ильина", "Anna Ilina"),
        "sender_position": say("договорной отдел", "contracts"),
        "sent_at": at(),
        "contact_name": say("Мария Котова", "Maria Kotova"),
        "organisation_name": say("ООО «Северный ветер»", "Northern Wind LLC"),
        "due_at": at(1, 18, 0, 0),
        "pages": pages(),
        "page_count": 6,
        "minutes": 8,
        "preview": None,
        "text": None,
        "path": path,
        "track": trail,
        "expires_at": at(7),
        "fingerprint": FINGERPRINT,
        "seen": True,
        "fresh": False,
        "phone": "+7 343 555-01-18",
        "urls": {"seen": "#", "ack": "#", "code": "#", "file": "#", "ask": "#", "not_me": "#", "decline": "#"},
    }
    return base | extra


def code_link() -> dict[str, Any]:
    """The client's page where a code is asked."""
    return link(confirm="code", due_at=None)


def read_link() -> dict[str, Any]:
    """Nothing is asked and the preview is still being made."""
    return link(asked="read", pages=[], preview="preparing", badge="acknowledged")


def code() -> dict[str, Any]:
    """The code, after a wrong one."""
    wrong = say(
        "Код не подошёл. Осталось 2 попытки. Проверьте последнее SMS.",
        "That code didn't match. 2 tries left. Check the latest SMS.",
    )
    return link(code_id="1", resend_in=42, error=wrong, tries_left=2, back_url="#")


def number() -> dict[str, Any]:
    """The number to type where no script vouches for a person, after a wrong one."""
    return link(act="ack", action="#", number="4827", words={}, wrong=True, back_url="#")


def done() -> dict[str, Any]:
    """The confirmation page."""
    lines = [
        (
            "bell",
            say("Отправитель уже знает, что документ у вас.", "The sender already knows that you have the document."),
        ),
        (
            "route",
            say(
                "Путь документа можно смотреть по этой же ссылке до 28 ноября.",
                "Follow the document by the same link until 28 November.",
            ),
        ),
        (
            "life-buoy",
            say("Заметили ошибку? Спросите на странице документа.", "Found a mistake? Ask on the document's page."),
        ),
    ]
    return link(
        who=say("Мария Котова", "Maria Kotova"),
        at=at(0, 11, 2),
        receipt="R-7F42-0418",
        copy_to=None,
        next_lines=lines,
        portal_url="#",
        back_url="#",
    )


def side(kind: str) -> dict[str, Any]:
    """A side state of the link."""
    return link(
        kind=kind,
        at=at(-3),
        masked="+7 912 ··· 45",
        renew_url="#",
        renewed=False,
        next_url="#",
        retry_at=at(0, 11, 15),
        receipt="R-7F42-0418",
    )


def portal() -> dict[str, Any]:
    """The client's home."""

    def one(name: tuple[str, str], badge: str, days: int = 0) -> Any:
        return Sample(name=say(*name), number="", badge=badge, at=at(days), url="#", file_url="#")

    contract, act_of = (
        ("Договор поставки № 418", "Supply agreement No. 418"),
        ("Акт сверки № 77", "Reconciliation act No. 77"),
    )
    ask = say("Подтвердить получение", "Confirm receipt")
    waiting = [
        Sample(name=say(*contract), ask=ask, due_at=at(1, 18, 0), url="#"),
        Sample(name=say(*act_of), ask=ask, due_at=None, url="#"),
    ]
    rows = [
        one(contract, "awaiting"),
        one(act_of, "awaiting", -1),
        one(("Счёт № 1207", "Invoice No. 1207"), "acknowledged", -9),
        one(("Письмо о тарифах", "Letter on rates"), "approval", -20),
        one(("Доверенность № 17", "Power of attorney No. 17"), "archived", -400),
    ]
    tabs = [tab("Все", "All", current=True), tab("Действующие", "Active"), tab("Архив", "Archive")]
    return {
        "hello_name": say("Мария Сергеевна", "Maria"),
        "waiting": waiting,
        "documents": rows,
        "tabs": tabs,
        "q": "",
        "next_url": "#",
        "empty": None,
        "reset_url": "#",
    }


def empty_portal() -> dict[str, Any]:
    """The home of a client who has nothing yet."""
    return portal() | {"waiting": [], "documents": [], "empty": "nothing_yet"}


def refusal(message: tuple[str, str]) -> dict[str, Any]:
    """An error page."""
    return {"message": say(*message), "code": "sample", "status": 400}
