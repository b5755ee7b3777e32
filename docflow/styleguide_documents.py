"""Sample contexts of the staff's pages of one document: the page itself and the approval task."""

from datetime import timedelta
from types import SimpleNamespace as Sample
from typing import Any

from docflow.styleguide_samples import FINGERPRINT, at, pages, say, tab


def node(label: tuple[str, str], icon: str, state: str = "done", **extra: Any) -> Any:
    """A node of the way."""
    fields: dict[str, Any] = {"at": None, "note": None, "took": None, "slowest": False}
    return Sample(**fields | extra, label=say(*label), icon=icon, state=state)


def track() -> list[Any]:
    """The way of a document that waits for its client."""
    three = say("3 из 3", "3 of 3")
    return [
        node(("Загружен", "Uploaded"), "upload", at=at(0, 8, 12), took=timedelta(seconds=14)),
        node(
            ("Проверен", "Checked"), "shield-check", at=at(0, 8, 12), took=timedelta(hours=2, minutes=19), slowest=True
        ),
        node(("Согласован", "Approved"), "stamp", at=at(0, 10, 31), note=three, took=timedelta(minutes=11)),
        node(("Готов", "Ready"), "check", at=at(), took=timedelta(seconds=6)),
        node(
            ("Доставлен", "Delivered"),
            "check-check",
            at=at(),
            note=say("3 канала", "3 channels"),
            took=timedelta(minutes=2),
        ),
        node(("Открыт", "Opened"), "eye", at=at(0, 10, 44), note=say("с телефона", "on a phone")),
        node(("Получение", "Receipt"), "mail-check", "current", note=say("до завтра, 18:00", "by tomorrow, 18:00")),
    ]


def act(name: str, label: tuple[str, str], icon: str, **extra: Any) -> Any:
    """Something the reader may do."""
    fields: dict[str, Any] = {
        "url": "#",
        "primary": False,
        "asks": None,
        "title": None,
        "explain": None,
        "danger": False,
        "method": "post",
    }
    return Sample(**fields | extra, name=name, label=say(*label), icon=icon)


def acts() -> list[Any]:
    """What staff may do with a delivered document."""
    file_explain = say(
        "Новый файл снова пройдёт проверку и согласование.", "The new file is checked and approved again."
    )
    recall = say("Ссылки закроются, неотправленное отменится.", "Links close, what is not sent is withdrawn.")
    return [
        act("new_version", ("Новая версия", "New version"), "upload", asks="file", explain=file_explain),
        act("resend", ("Отправить клиенту ещё раз", "Send to the client again"), "send", primary=True),
        act("recall", ("Отозвать…", "Recall…"), "ban", asks="comment_required", explain=recall, danger=True),
        act("archive", ("В архив", "Archive"), "archive"),
    ]


def now() -> Any:
    """What is happening."""
    revoke = act(
        "revoke",
        ("Отозвать", "Revoke"),
        "ban",
        explain=say("Ссылка перестанет открываться.", "The link stops opening."),
    )
    return Sample(
        tone="violet",
        icon="hourglass",
        title=say("Ждём подтверждения клиента", "Waiting for the client's confirmation"),
        text=say(
            "Мария Котова открыла документ в 10:44 и пока не подтвердила получение.",
            "Maria Kotova opened the document at 10:44 and has not confirmed receipt yet.",
        ),
        progress=None,
        rows=[
            Sample(
                icon="calendar-clock",
                text=say("Подтвердить до завтра, 18:00", "Confirm by tomorrow, 18:00"),
                value=say("1 день 7 ч", "1 day 7 h"),
                act=None,
            ),
            Sample(
                icon="link",
                text=say("Ссылка действует до 28 ноября", "The link is valid until 28 November"),
                value=None,
                act=revoke,
            ),
        ],
    )


def attempt(tone: str, when: Any, text: tuple[str, str], answer: str | None = None, twice: bool = False) -> Any:
    """One attempt of a delivery."""
    return Sample(tone=tone, at=when, text=say(*text), answer=answer, possible_duplicate=twice)


def delivery(channel: str, label: str, address: str, state: str, **extra: Any) -> Any:
    """One line of the delivery block."""
    fields: dict[str, Any] = {
        "at": at(),
        "opened_at": None,
        "attempt_no": 1,
        "next_at": None,
        "reason": None,
        "provider_ref": None,
        "attempts": [],
        "open": False,
        "resend_url": None,
        "fix_url": None,
    }
    return Sample(**fields | extra, channel=channel, label=label, address=address, state=state)


def deliveries() -> dict[str, Any]:
    """Three channels: opened, delivered, delivered at the second attempt, and one that failed."""
    greylisted = attempt(
        "amber",
        at(0, 10, 42, 6),
        ("Сервер получателя попросил повторить позже", "The recipient's server asked to try later"),
        "451 4.7.1 greylisted",
    )
    accepted = attempt(
        "green",
        at(0, 10, 43, 6),
        ("Повтор через 1 минуту: письмо принято", "Retry after 1 minute: accepted"),
        "250 2.0.0 OK",
    )
    lost = attempt(
        "red",
        at(0, 10, 43, 6),
        ("Номер не обслуживается", "Number not in service"),
        "30005 Unknown destination handset",
        twice=True,
    )
    email = say("Электронная почта", "E-mail")
    return {
        "deliveries": [
            delivery("telegram", "Telegram", "@kotova_m", "sent", opened_at=at(0, 10, 44)),
            delivery("sms", "SMS", "+7 912 ··· 45", "delivered"),
            delivery(
                "email",
                email,
                "m···a@s-veter.example",
                "delivered",
                attempt_no=2,
                attempts=[greylisted, accepted],
                open=True,
            ),
            delivery(
                "sms",
                "SMS",
                "+7 912 ··· 46",
                "failed",
                attempts=[lost],
                open=True,
                resend_url="#",
                fix_url="#",
                reason=say("SMS не дошло: номер не обслуживается.", "SMS failed: number not in service."),
            ),
        ],
        "channels": 3,
        "trigger_name": say("Документ готов — клиенту", "Document ready: to the client"),
        "trigger_url": "#",
        "why": say("Все три канала сразу.", "All three channels at once."),
        "others": [],
    }


def person(name: tuple[str, str], position: tuple[str, str], state: str, **extra: Any) -> Any:
    """A person of the route."""
    fields: dict[str, Any] = {"at": None, "comment": None, "me": False}
    return Sample(**fields | extra, name=say(*name), position=say(*position), state=state)


def route() -> list[Any]:
    """Three people, one of them deciding."""
    said = say("Проверьте сумму в пункте 2.1.", "Check the amount in clause 2.1.")
    return [
        person(("Игорь Лапин", "Igor Lapin"), ("юрист", "lawyer"), "done", at=at(0, 9, 20), comment=said),
        person(("Ольга Рыбак", "Olga Rybak"), ("финансы", "finance"), "current"),
        person(("Павел Седов", "Pavel Sedov"), ("директор", "director"), "future"),
    ]


def event(when: Any, text: tuple[str, str], **extra: Any) -> Any:
    """A line of the timeline."""
    fields: dict[str, Any] = {
        "kind": "people",
        "name": None,
        "icon": "zap",
        "tone": "grey",
        "actor": None,
        "note": None,
        "comment": None,
        "steps": None,
        "href": None,
        "href_label": None,
    }
    return Sample(**fields | extra, at=when, text=say(*text))


def timeline() -> Any:
    """A day and the day before."""
    maria, pavel = say("Мария Котова", "Maria Kotova"), say("Павел Седов", "Pavel Sedov")
    steps = [
        (say("Формат", "Format"), timedelta(seconds=1)),
        (say("Текст", "Text"), timedelta(seconds=4)),
        (say("Страницы", "Pages"), timedelta(seconds=9)),
    ]
    today = [
        event(
            at(0, 10, 44),
            ("открыла документ по ссылке из Telegram", "opened the document from Telegram"),
            icon="eye",
            tone="violet",
            actor=maria,
            note=say("Телефон", "Phone"),
        ),
        event(
            at(),
            ("Telegram и SMS доставлены", "Telegram and SMS delivered"),
            icon="check-check",
            tone="green",
            actor=say("Клиент извещён за 6 секунд:", "The client was told in 6 seconds:"),
        ),
        event(
            at(),
            ("Сработало правило", "A rule fired:"),
            href="#",
            href_label=say("Документ готов — клиенту", "Document ready: to the client"),
        ),
        event(
            at(0, 10, 31),
            ("согласовал версию 3", "approved version 3"),
            name=pavel,
            actor=pavel,
            comment=say(
                "Пункт 2.2 теперь в порядке. Отправляйте сегодня, клиент ждёт.",
                "Clause 2.2 is fine now. Send it today, the client waits.",
            ),
        ),
        event(at(0, 8, 12), ("Файл проверен:", "File checked:"), icon="shield-check", steps=steps),
    ]
    filters = [
        tab("Все", "All", current=True),
        tab("Люди", "People"),
        tab("Доставка", "Delivery"),
        tab("Система", "System"),
    ]
    return Sample(filters=filters, days=[(say("Сегодня, 21 ноября", "Today, 21 November"), today)], earlier_url="#")


def document() -> dict[str, Any]:
    """The staff's page of a document that waits for its client."""
    return {
        "document": Sample(title=say("Договор поставки", "Supply agreement"), number="418", priority="urgent"),
        "url": "/styleguide/document/",
        "crumbs": [(say("Документы", "Documents"), "#"), (say("Договоры", "Contracts"), "#"), ("418", None)],
        "badge": "awaiting",
        "overdue": False,
        "organisation_name": say("ООО «Северный ветер»", "Northern Wind LLC"),
        "client_name": say("Мария Котова", "Maria Kotova"),
        "client_note": None,
        "format": "PDF",
        "page_count": 6,
        "size": 1258291,
        "viewer_title": say("Договор-поставки-418.pdf", "Supply-agreement-418.pdf"),
        "viewer_version": 3,
        "thumbs": True,
        "version": 3,
        "versions": [tab("Версия 3", "Version 3", current=True), tab("Версия 2", "Version 2")],
        "file_url": "#",
        "acts": acts(),
        "track": track(),
        "live": False,
        "now": now(),
        "pages": pages(),
        "preview": None,
        "text": say("ДОГОВОР ПОСТАВКИ № 418", "SUPPLY AGREEMENT No. 418"),
        "timeline": timeline(),
        "comment_url": "#",
        "panels": [("notifications/_deliveries.html", deliveries())],
        "approval": Sample(done=1, total=3, steps=route()),
        "details": [
            (say("Тип", "Type"), say("Договор", "Contract")),
            (say("Ответственный", "Responsible"), say("Анна Ильина", "Anna Ilina")),
            (say("Срок", "Due"), say("завтра, 18:00", "tomorrow, 18:00")),
        ],
        "fingerprint": FINGERPRINT,
    }


def fresh_document() -> dict[str, Any]:
    """The same page a moment after the upload: nothing rendered, nothing sent."""
    busy = Sample(
        tone="blue",
        icon="loader",
        title=say("Проверяем файл", "Checking the file"),
        text=say(
            "Обычно это занимает меньше минуты, ничего делать не нужно.",
            "It usually takes less than a minute; nothing is asked of you.",
        ),
        progress=None,
        rows=[],
    )
    way = [
        track()[0],
        node(("Проверка", "Checks"), "scan-search", "current"),
        node(("Готов", "Ready"), "check", "future"),
    ]
    return document() | {
        "badge": "checking",
        "pages": [],
        "preview": "preparing",
        "now": busy,
        "track": way,
        "panels": [("notifications/_deliveries.html", {"deliveries": []})],
        "approval": None,
        "acts": acts()[2:3],
    }


def task(**extra: Any) -> dict[str, Any]:
    """An approval task."""
    base = document()
    return (
        base
        | {
            "badge": "approval",
            "document_url": "#",
            "ask": say("Анна Ильина просит согласовать договор", "Anna Ilina asks you to approve the contract"),
            "due_at": at(1, 18, 0, 0),
            "late": False,
            "steps": route(),
            "position": say("2 из 5", "2 of 5"),
            "next_url": "#",
            "prev_url": "#",
            "approve_url": "#",
            "return_url": "#",
            "comment": "",
            "error": None,
            "closed": None,
            "may_decide": True,
            "changed": None,
            "events": [],
        }
        | extra
    )


def refused_task() -> dict[str, Any]:
    """Returned without a comment."""
    return task(
        error=say("Напишите, что исправить: без этого автор не поймёт.", "Say what to change, so the author knows.")
    )


def closed_task() -> dict[str, Any]:
    """Somebody was quicker."""
    said = say("Пока вы писали, документ вернули на доработку.", "It was sent back for changes while you typed.")
    return task(may_decide=False, closed=said, comment=say("Согласен.", "Fine with me."))


def tasks() -> dict[str, Any]:
    """Three tasks and two decided."""

    def one(title: tuple[str, str], number: str, **extra: Any) -> Any:
        fields: dict[str, Any] = {
            "url": "#",
            "organisation_name": say("ООО «Северный ветер»", "Northern Wind LLC"),
            "client_name": "",
            "stage_label": say("Согласование", "Approval"),
            "asked_by": say("Анна Ильина", "Anna Ilina"),
            "asked_at": at(),
            "due_at": None,
            "late": False,
            "priority": "normal",
        }
        return Sample(**fields | extra, title=say(*title), number=number)

    contract, act_of, lease = (
        ("Договор поставки", "Supply agreement"),
        ("Акт сверки", "Reconciliation act"),
        ("Аренда", "Lease"),
    )
    waiting = [
        one(contract, "418", due_at=at(1, 18, 0), priority="urgent"),
        one(act_of, "77", due_at=at(-1, 18, 0), late=True),
        one(lease, ""),
    ]
    return {
        "tasks": waiting,
        "done": [one(contract, "417", state="done", at=at()), one(lease, "11", state="returned", at=at(-1))],
    }
