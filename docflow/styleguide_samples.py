"""Sample contexts of the styleguide: the same shapes that the views hand to the page templates."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace as Sample
from typing import Any

from django.forms import CharField, ChoiceField, DateTimeField, FileField, Form, Textarea, TextInput
from django.http import HttpRequest
from django.utils.translation import get_language

from docflow.common import clock
from docflow.context import Shell

FINGERPRINT = "9f2c41ab77e0c5d21b8a64f0935e7712c0ffee1234567890abcdef0011d0d07e"


def say(ru: str, en: str) -> str:
    """The sample in the reader's language."""
    return ru if get_language() == "ru" else en


class SampleShell(Shell):
    """The frame of a signed-in member of staff, without a database."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.demo = "demo" in request.GET

    @property
    def theme(self) -> str:
        """By the address, so that a camera can ask for both."""
        return self.request.GET.get("theme") or super().theme

    @property
    def user(self) -> Any:
        """Anna."""
        return Sample(
            name=say("Анна Ильина", "Anna Ilina"), position=say("Договорной отдел", "Contracts"), is_authenticated=True
        )

    @property
    def is_administrator(self) -> bool:
        """All of the navigation."""
        return True

    @property
    def installation(self) -> Any:
        """A sample organisation."""
        hours = say("по будням с 9 до 18", "weekdays 9 to 18")
        return Sample(name_ru="Вектор Логистик", name_en="Vector Logistics", phone="+7 343 555-01-18", hours=hours)

    def _tasks(self) -> str:
        return "4"


def at(days: int = 0, hours: int = 10, minutes: int = 42, seconds: int = 7) -> datetime:
    """A moment relative to today."""
    today = clock.now().replace(hour=hours, minute=minutes, second=seconds, microsecond=0)
    return today + timedelta(days=days)


def tab(ru: str, en: str, *, current: bool = False, count: int | None = None) -> Any:
    """A chip or tab."""
    return Sample(label=say(ru, en), url="#", current=current, count=count)


def pages(count: int = 6) -> list[Any]:
    """Drawn pages."""
    return [
        Sample(number=number, url=f"/styleguide/page/{number}.svg", width=794, height=1123, thumb_url=None)
        for number in range(1, count + 1)
    ]


_TEXT_RU = """ООО «Вектор Логистик», именуемое в дальнейшем «Поставщик», в лице генерального
директора Седова Павла Андреевича, действующего на основании Устава, и ООО
«Северный ветер», именуемое в дальнейшем «Покупатель», заключили договор.
1. Предмет договора
1.1. Поставщик обязуется передать в собственность Покупателя оборудование,
а Покупатель обязуется принять его и оплатить на условиях договора.
1.2. Наименование, количество и цена определяются спецификацией.
2. Цена и порядок расчётов
2.1. Общая цена договора составляет 4 860 000 рублей, включая НДС.
2.2. Покупатель перечисляет аванс в размере 30 % в течение пяти дней."""
_TEXT_EN = """Vector Logistics LLC, hereinafter the Supplier, represented by Pavel Sedov,
General Director, acting under the Charter, and Northern Wind LLC, hereinafter
the Buyer, have concluded this agreement as follows.
1. Subject of the agreement
1.1. The Supplier shall transfer the equipment into the ownership of the Buyer,
and the Buyer shall accept it and pay for it on the terms of this agreement.
1.2. The name, quantity, configuration and price are set by the specification.
2. Price and payment
2.1. The price of the agreement is 4,860,000 roubles, VAT included.
2.2. The Buyer pays an advance of 30 % within five banking days."""


def drawn_page(number: int, *, russian: bool) -> dict[str, Any]:
    """Text of a page that looks like a contract."""
    lines = (_TEXT_RU if russian else _TEXT_EN).splitlines() * 3
    return {
        "heading": "ДОГОВОР ПОСТАВКИ № 418" if russian else "SUPPLY AGREEMENT No. 418",
        "under": "на оборудование для складских помещений" if russian else "for warehouse equipment",
        "lines": [(200 + 30 * index, line) for index, line in enumerate(lines[:28])],
        "number": number,
    }


class SampleForm(Form):
    """The fields of an upload."""

    file = FileField(label="File", help_text="PDF, DOCX, ODT, JPEG, PNG, TIFF")
    type = ChoiceField(choices=[("", "—"), ("contract", "Contract"), ("letter", "Letter")])
    client = CharField(widget=TextInput(attrs={"list": "clients"}))
    title = CharField(max_length=200)
    number = CharField(required=False)
    priority = ChoiceField(choices=[("normal", "Normal"), ("urgent", "Urgent")])
    purpose = ChoiceField(required=False, choices=[("", "—"), ("inform", "For information")])
    due = DateTimeField(required=False, widget=TextInput(attrs={"type": "datetime-local"}))
    comment = CharField(required=False, widget=Textarea, help_text="Only colleagues see it.")


def components() -> dict[str, Any]:
    """What the components page shows beside the states."""
    wrong = SampleForm({"title": "", "number": "418"})
    wrong.is_valid()
    return {
        "form": SampleForm(),
        "wrong": wrong,
        "people": ["Игорь Лапин", "Ольга Рыбак", "Павел Седов", "Anna Ilina", "Maria Kotova", "ООО «Северный ветер»"],
        "moments": [at(), at(-1), at(-9), at(-500)],
        "lengths": [timedelta(seconds=14), timedelta(hours=2, minutes=19), timedelta(days=1, hours=7)],
        "until": at(1, 18, 0, 0),
    }


def row(name: tuple[str, str], number: str, state: str, **extra: Any) -> Any:
    """A line of the list."""
    defaults: dict[str, Any] = {
        "url": "/styleguide/document/",
        "title": say(*name),
        "number": number,
        "type_name": say("Договор", "Contract"),
        "client_name": say("Мария Котова", "Maria Kotova"),
        "organisation_name": say("ООО «Северный ветер»", "Northern Wind LLC"),
        "priority": "normal",
        "badge": state,
        "age": timedelta(hours=2, minutes=19),
        "late": False,
        "due_at": None,
        "deliveries": [],
        "author_name": say("Анна Ильина", "Anna Ilina"),
        "updated_at": at(),
    }
    return Sample(**defaults | extra)


def document_list() -> dict[str, Any]:
    """The list with a row of each kind."""
    told = [("email", "delivered"), ("sms", "delivered"), ("telegram", "opened")]
    lost = [("email", "failed"), ("sms", "retrying"), ("telegram", "sent")]
    rows = [
        row(("Договор поставки", "Supply agreement"), "418", "awaiting", priority="urgent", deliveries=told),
        row(("Счёт за октябрь", "Invoice for October"), "1207", "failed", deliveries=[], updated_at=at(-1)),
        row(("Акт сверки", "Reconciliation act"), "77", "approval", late=True, age=timedelta(days=2, hours=3)),
        row(("Письмо о новых тарифах на перевозку", "Letter on new transport rates"), "", "delivered", deliveries=lost),
        row(("Доверенность", "Power of attorney"), "17", "rejected", updated_at=at(-9)),
        row(("Приложение с очень длинным названием, " * 3, "Annex with a very long name, " * 3), "9", "processing"),
        row(("Договор аренды", "Lease"), "12", "acknowledged", deliveries=told, updated_at=at(-500)),
    ]
    chips = [
        tab("Все", "All", current=True, count=312),
        tab("Готовим", "Being prepared", count=4),
        tab("На согласовании", "In approval", count=18),
        tab("Готовы", "Ready", count=9),
        tab("У клиента", "With the client", count=21),
        tab("С ошибкой", "With an error", count=2),
    ]
    types = [("contract", say("Договор", "Contract")), ("letter", say("Письмо", "Letter"))]
    return {
        "documents": rows,
        "chips": chips,
        "tabs_types": types,
        "q": "",
        "state": "",
        "type": "",
        "total": 312,
        "approximate": True,
        "next_url": "?after=1",
        "reset_url": "/documents/",
        "empty": None,
        "may_upload": True,
    }


def empty_list(kind: str) -> Callable[[], dict[str, Any]]:
    """The list with nothing in it, for one of three reasons."""
    return lambda: document_list() | {"documents": [], "empty": kind, "q": "" if kind == "nothing_yet" else "xyz"}


def _limits() -> dict[str, Any]:
    contract = {"max_bytes": 50 * 1024 * 1024, "formats": "PDF, DOCX", "accept": ".pdf,.docx"}
    return {"contract": contract, "letter": contract | {"max_bytes": 1024}}


def upload() -> dict[str, Any]:
    """The upload page after a plain post: one file in, one refused."""
    good = Sample(
        name="договор.pdf",
        size=1258291,
        ok=True,
        stage="checking",
        stage_label=None,
        url="#",
        title=say("Договор поставки № 418", "Supply agreement No. 418"),
        error=None,
        fix=None,
        links=None,
        poll_url=None,
    )
    bad = Sample(
        name="акт.pdf",
        size=64123,
        ok=False,
        stage="rejected",
        url=None,
        error=say("Файл «акт.pdf» на самом деле картинка PNG.", '"akt.pdf" is really a PNG image.'),
        fix=say("Сохраните его как PDF и загрузите снова.", "Save it as a PDF and upload again."),
        links=[(say("Загрузить как новую версию", "Upload as new version"), "#")],
        poll_url=None,
    )
    clients = [("maria@s-veter.example", say("Мария Котова, ООО «Северный ветер»", "Maria Kotova, Northern Wind LLC"))]
    return {"form": SampleForm(), "clients": clients, "limits": _limits(), "results": [good, bad]}


def clean_upload() -> dict[str, Any]:
    """The upload page as it opens."""
    return upload() | {"results": None}
