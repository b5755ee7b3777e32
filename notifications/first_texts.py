# ruff: noqa: E501 - texts are read whole, not in slices
"""The first texts of every action and channel in both languages: data, laid out for a channel by `content`."""

from dataclasses import dataclass
from typing import Any

# fmt: off
NAME_RU = "{% if sensitive %}Документ{% else %}{{ type_name }}{% if number %} № {{ number }}{% endif %}{% endif %}"
NAME_EN = "{% if sensitive %}Document{% else %}{{ type_name }}{% if number %} No. {{ number }}{% endif %}{% endif %}"
SHORT_RU = (
    "{{ organisation.short_name }}:{% if sensitive %} документ{% elsif type_name %} "
    "{{ type_name | downcase | truncate: 14 }}{% endif %}{% if number %} {{ number }}{% endif %}"
)
SHORT_EN = (
    "{{ organisation.short_name }}:{% if sensitive %} document{% elsif type_name %} "
    "{{ type_name | downcase | truncate: 20 }}{% endif %}{% if number %} {{ number }}{% endif %}"
)
HELLO_RU = "{% if recipient.address_as %}{{ recipient.address_as }}, здравствуйте.{% else %}Здравствуйте.{% endif %}"
HELLO_EN = "{% if recipient.address_as %}Dear {{ recipient.address_as }},{% else %}Hello,{% endif %}"
ABOUT_RU = "{% unless sensitive %}{{ title }}{% if pages %}, {{ pages }} {{ pages | plural: 'страница', 'страницы', 'страниц' }}{% endif %}.{% endunless %}"
ABOUT_EN = "{% unless sensitive %}{{ title }}{% if pages %}, {{ pages }} {{ pages | plural: 'page', 'pages' }}{% endif %}.{% endunless %}"


@dataclass(frozen=True)
class Said:
    """What one action says in one language; a letter, a short message and a chat message are made of it."""

    subject: str
    text: str
    short: str
    button: str
    acts: tuple[tuple[str, str], ...] = ()
    only: tuple[str, ...] = ("email", "sms", "telegram")


CONFIRM_RU = (("Подтвердить получение", "confirm"),)
CONFIRM_EN = (("Confirm receipt", "confirm"),)


def _staff(subject: str, text: str, short: str, button: str) -> Said:
    return Said(subject, text, short, button)


TEXTS: dict[str, dict[str, Said]] = {
    "document.ready": {
        "ru": Said(
            NAME_RU + " {% if sensitive %}для вас готов{% else %}готов{{ ending }}{% endif %}{% if due_at %}: ответьте до {{ due_at | date }}{% endif %}",
            HELLO_RU + "\n\n" + ABOUT_RU + " Документ готов{% if ready_at %} {{ ready_at | date }}{% endif %}.{% if due_at %} Ответьте, пожалуйста, до {{ due_at | date }}.{% endif %}\n\nОткройте его по личной ссылке и подтвердите получение.",
            SHORT_RU + " готов{% unless sensitive %}{{ ending }}{% endunless %} {{ link }}",
            "Открыть документ", CONFIRM_RU,
        ),
        "en": Said(
            NAME_EN + " is ready{% if due_at %}: answer by {{ due_at | date }}{% endif %}",
            HELLO_EN + "\n\n" + ABOUT_EN + " It is ready{% if ready_at %} since {{ ready_at | date }}{% endif %}.{% if due_at %} Please answer by {{ due_at | date }}.{% endif %}\n\nOpen it by your personal link and confirm receipt.",
            SHORT_EN + " is ready {{ link }}",
            "Open the document", CONFIRM_EN,
        ),
    },
    "document.approval_asked": {
        "ru": _staff("Согласуйте: " + NAME_RU, HELLO_RU + "\n\nЖдёт вашего решения: {{ title }}{% if client_name %}, клиент {{ client_name }}{% endif %}.{% if due_at %} Срок {{ due_at | date }}.{% endif %}", SHORT_RU + " ждёт решения {{ link }}", "Посмотреть и решить"),
        "en": _staff("Please approve: " + NAME_EN, HELLO_EN + "\n\n{{ title }}{% if client_name %} for {{ client_name }}{% endif %} waits for your decision.{% if due_at %} Due {{ due_at | date }}.{% endif %}", SHORT_EN + " awaits your decision {{ link }}", "Look and decide"),
    },
    "document.rejected": {
        "ru": _staff("Файл не принят: {{ title | truncate: 40 }}", HELLO_RU + "\n\nФайл «{{ title }}» не принят.\n\n{{ reason | default: 'Причина указана на странице документа.' }}", SHORT_RU + " не принят{{ ending }} {{ link }}", "Открыть и исправить"),
        "en": _staff("File not accepted: {{ title | truncate: 40 }}", HELLO_EN + "\n\nThe file \"{{ title }}\" was not accepted.\n\n{{ reason | default: 'The reason is on the document page.' }}", SHORT_EN + " was not accepted {{ link }}", "Open and correct"),
    },
    "document.failed": {
        "ru": _staff("Не получилось обработать: {{ title | truncate: 40 }}", HELLO_RU + "\n\nДокумент «{{ title }}» не удалось обработать.\n\n{{ reason | default: 'Причина указана на странице документа.' }} Обработку можно запустить снова.", SHORT_RU + " не обработан{{ ending }} {{ link }}", "Открыть документ"),
        "en": _staff("Could not be processed: {{ title | truncate: 40 }}", HELLO_EN + "\n\n\"{{ title }}\" could not be processed.\n\n{{ reason | default: 'The reason is on the document page.' }} You can start it again.", SHORT_EN + " was not processed {{ link }}", "Open the document"),
    },
    "document.returned": {
        "ru": _staff("На доработку: " + NAME_RU, HELLO_RU + "\n\nДокумент «{{ title }}» вернули на доработку.{% if comment %}\n\n«{{ comment | truncate: 1000 }}»{% endif %}", SHORT_RU + " на доработку {{ link }}", "Открыть и доработать"),
        "en": _staff("Changes requested: " + NAME_EN, HELLO_EN + "\n\n\"{{ title }}\" was sent back for changes.{% if comment %}\n\n\"{{ comment | truncate: 1000 }}\"{% endif %}", SHORT_EN + " was sent back {{ link }}", "Open and correct"),
    },
    "document.asked": {
        "ru": _staff("Вопрос клиента: " + NAME_RU, HELLO_RU + "\n\n{{ client_name | default: 'Клиент' }} спрашивает о документе «{{ title }}»{% if comment %}:\n\n«{{ comment | truncate: 1000 }}»{% else %}.{% endif %}", SHORT_RU + ", вопрос {{ link }}", "Открыть и ответить"),
        "en": _staff("A client's question: " + NAME_EN, HELLO_EN + "\n\n{{ client_name | default: 'The client' }} asks about \"{{ title }}\"{% if comment %}:\n\n\"{{ comment | truncate: 1000 }}\"{% else %}.{% endif %}", SHORT_EN + ", a question {{ link }}", "Open and answer"),
    },
    "delivery.failed": {
        "ru": _staff("Не доставлено: " + NAME_RU, HELLO_RU + "\n\n{{ recipient_name }} не получает сообщение, {{ channel_name | downcase }}: {{ address }}. {{ reason }}.\n\nИсправьте адрес или отправьте сообщение ещё раз.", SHORT_RU + " не доставлен{{ ending }} {{ link }}", "Открыть документ"),
        "en": _staff("Not delivered: " + NAME_EN, HELLO_EN + "\n\n{{ recipient_name }} did not get the message, {{ channel_name }}: {{ address }}. {{ reason }}.\n\nCorrect the address or send the message again.", SHORT_EN + " was not delivered {{ link }}", "Open the document"),
    },
}

# Actions without a seeded trigger: their texts stand ready for the administrator's own.
GENERAL = {
    "document.created": (("документ загружен", "Документ «{{ title }}» загружен."), ("was uploaded", "\"{{ title }}\" was uploaded.")),
    "document.approved": (("документ согласован", "Документ «{{ title }}» согласован."), ("was approved", "\"{{ title }}\" was approved.")),
    "document.resubmitted": (("снова на согласовании", "Документ «{{ title }}» снова отправлен на согласование."), ("was submitted again", "\"{{ title }}\" was submitted again.")),
    "document.delivered": (("документ доставлен", "Клиент извещён о документе «{{ title }}»."), ("was delivered", "The client was told of \"{{ title }}\".")),
    "document.acknowledged": (("получение подтверждено", "Получение документа «{{ title }}» подтверждено."), ("receipt confirmed", "Receipt of \"{{ title }}\" was confirmed.")),
    "document.declined": (("документ отклонён", "Документ «{{ title }}» отклонён.{% if comment %}\n\n«{{ comment | truncate: 1000 }}»{% endif %}"), ("was declined", "\"{{ title }}\" was declined.{% if comment %}\n\n\"{{ comment | truncate: 1000 }}\"{% endif %}")),
    "document.recalled": (("документ отозван", "Документ «{{ title }}» отозван. Прежняя ссылка больше не работает."), ("was recalled", "\"{{ title }}\" was recalled. Its earlier link no longer works.")),
    "document.new_version": (("новая версия", "Загружена новая версия документа «{{ title }}»."), ("new version", "A new version of \"{{ title }}\" was uploaded.")),
    "document.opened": (("документ открыт", "Клиент открыл документ «{{ title }}»."), ("was opened", "The client opened \"{{ title }}\".")),
    "document.downloaded": (("документ скачан", "Клиент скачал документ «{{ title }}»."), ("was downloaded", "The client downloaded \"{{ title }}\".")),
    "document.commented": (("комментарий", "Комментарий к документу «{{ title }}»{% if comment %}:\n\n«{{ comment | truncate: 1000 }}»{% else %}.{% endif %}"), ("comment", "A comment on \"{{ title }}\"{% if comment %}:\n\n\"{{ comment | truncate: 1000 }}\"{% else %}.{% endif %}")),
    "document.not_mine": (("пришёл не тому", "Получатель сообщил, что документ «{{ title }}» пришёл не ему. Проверьте адреса."), ("reached the wrong person", "The recipient says that \"{{ title }}\" is not for him. Check the addresses.")),
    "delivery.told": (("клиент извещён", "Клиент извещён о документе «{{ title }}»."), ("client was told", "The client was told of \"{{ title }}\".")),
}
SHORTER_RU = {
    "document.created": "загружен{{ ending }}",
    "document.approved": "согласован{{ ending }}",
    "document.delivered": "доставлен{{ ending }}",
    "document.declined": "отказ",
    "document.recalled": "отозван{{ ending }}",
    "document.opened": "открыт{{ ending }}",
    "document.downloaded": "скачан{{ ending }}",
    "delivery.told": "клиент знает",
    "document.acknowledged": "получен{{ ending }}",
    "document.not_mine": "чужой адрес",
    "document.resubmitted": "снова ждёт",
}

CODES: dict[str, dict[str, Said]] = {
    "code.verify": {
        "ru": Said("Подтвердите адрес", "{% if code %}Код {{ code }} подтверждает, что этот адрес ваш. Он действует 10 минут. Никому его не сообщайте.{% else %}Подтвердите, что этот адрес ваш: откройте страницу и нажмите кнопку.{% endif %}", "{{ organisation.short_name }}: {% if code %}код {{ code }} для подтверждения номера. Никому не сообщайте{% else %}подтвердите номер {{ link }}{% endif %}", "Подтвердить адрес"),
        "en": Said("Confirm your address", "{% if code %}Code {{ code }} confirms that this address is yours. It works for 10 minutes. Never share it.{% else %}Confirm that this address is yours: open the page and press the button.{% endif %}", "{{ organisation.short_name }}: {% if code %}code {{ code }} to confirm your number. Never share it{% else %}confirm your number {{ link }}{% endif %}", "Confirm the address"),
    },
    "code.reset": {
        "ru": Said("Новый пароль", HELLO_RU + "\n\nКто-то попросил новый пароль для вашей учётной записи. Если это вы, задайте его на этой странице в течение часа. Если нет, ничего не делайте: пароль остался прежним.", "{{ organisation.short_name }}: новый пароль {{ link }}", "Задать пароль"),
        "en": Said("A new password", HELLO_EN + "\n\nSomebody asked for a new password for your account. If it was you, set it on this page within an hour. If not, do nothing: your password has not changed.", "{{ organisation.short_name }}: new password {{ link }}", "Set a password"),
    },
    "code.invite": {
        "ru": Said("Вас приглашает {{ organisation.name }}", HELLO_RU + "\n\n{{ organisation.name }} приглашает вас к своим документам. Откройте страницу и задайте пароль. Ссылка личная, не пересылайте её.", "{{ organisation.short_name }}: приглашение {{ link }}", "Принять приглашение"),
        "en": Said("{{ organisation.name }} invites you", HELLO_EN + "\n\n{{ organisation.name }} invites you to your documents. Open the page and set a password. The link is personal: do not forward it.", "{{ organisation.short_name }}: invitation {{ link }}", "Accept the invitation"),
    },
    "code.sign_in": {
        "ru": Said("Код для входа", "{% if code %}Код {{ code }} для входа. Он действует 10 минут. Никому его не сообщайте.{% else %}Войдите по этой ссылке.{% endif %}", "{{ organisation.short_name }}: код {{ code }} для входа. Никому не сообщайте", "Войти"),
        "en": Said("Sign-in code", "{% if code %}Code {{ code }} to sign in. It works for 10 minutes. Never share it.{% else %}Sign in by this link.{% endif %}", "{{ organisation.short_name }}: code {{ code }} to sign in. Never share it", "Sign in"),
    },
    "code.confirm": {
        "ru": Said("Код подтверждения", "Код {{ code }} подтверждает получение{% if name %}: {{ name }}{% endif %}. Он действует 10 минут. Никому его не сообщайте.", "{{ organisation.short_name }}: код {{ code }} для подтверждения. Никому не сообщайте", ""),
        "en": Said("Confirmation code", "Code {{ code }} confirms receipt{% if name %}: {{ name }}{% endif %}. It works for 10 minutes. Never share it.", "{{ organisation.short_name }}: code {{ code }} to confirm. Never share it", ""),
    },
    "code.link": {
        "ru": Said("Новая ссылка на документ", HELLO_RU + "\n\nВы попросили новую ссылку на документ{% if name %}: {{ name }}{% endif %}. Она личная, не пересылайте её.", "{{ organisation.short_name }}: новая ссылка {{ link }}", "Открыть документ"),
        "en": Said("A fresh link to your document", HELLO_EN + "\n\nYou asked for a fresh link to a document{% if name %}: {{ name }}{% endif %}. It is personal: do not forward it.", "{{ organisation.short_name }}: your fresh link {{ link }}", "Open the document"),
    },
    "code.recovery": {
        "ru": Said("Восстановление доступа", "{% if code %}Код {{ code }} возвращает вам доступ. Никому его не сообщайте.{% else %}Верните себе доступ по этой ссылке.{% endif %}", "{{ organisation.short_name }}: {% if code %}код {{ code }} для доступа. Никому не сообщайте{% else %}доступ {{ link }}{% endif %}", "Вернуть доступ"),
        "en": Said("Access recovery", "{% if code %}Code {{ code }} gives you back your access. Never share it.{% else %}Regain access by this link.{% endif %}", "{{ organisation.short_name }}: {% if code %}code {{ code }} for access. Never share it{% else %}access {{ link }}{% endif %}", "Regain access"),
    },
}


def texts() -> dict[str, dict[str, Said]]:
    """Every action's words in both languages."""
    general = {
        action: {
            "ru": Said(f"{NAME_RU}: {ru[0]}", f"{HELLO_RU}\n\n{ru[1]}", f"{SHORT_RU} {SHORTER_RU.get(action, ru[0])} {{{{ link }}}}", "Открыть документ"),
            "en": Said(f"{NAME_EN}: {en[0]}", f"{HELLO_EN}\n\n{en[1]}", f"{SHORT_EN} {en[0]} {{{{ link }}}}", "Open the document"),
        }
        for action, (ru, en) in GENERAL.items()
    }
    return {**TEXTS, **general, **CODES}


def content(said: Said, channel: str) -> dict[str, Any]:
    """The words laid out for one channel."""
    opens = [{"label": said.button, "url": "{{ link }}"}] if said.button else []
    if channel == "sms":
        return {"subject": "", "text": said.short, "html": "", "buttons": []}
    if channel == "email":
        return {"subject": said.subject, "text": said.text, "html": "", "buttons": [opens] if opens else []}
    acts = [{"label": label, "act": act} for label, act in said.acts]
    body = said.text.replace(HELLO_RU + "\n\n", "").replace(HELLO_EN + "\n\n", "")
    return {
        "subject": "",
        "text": f"{said.subject}\n{body}",
        "html": f"<b>{said.subject}</b>\n{body}",
        "buttons": [row for row in (opens, acts) if row],
    }
