"""Which passwords are taken: long enough and hard to guess, in Russian too."""

from django.contrib.auth.password_validation import MinimumLengthValidator, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User

LAYOUT = str.maketrans(
    "йцукенгшщзхъфывапролджэячсмитьбюё",
    "qwertyuiop[]asdfghjkl;'zxcvbnm,.`",
)
LATIN = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфхцыэё", "abvgdeziyklmnoprstufhcyee", strict=True)),
        "ж": "zh", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ь": "", "ю": "yu", "я": "ya",
    }
)  # fmt: skip
RUSSIAN = """пароль привет любовь солнышко солнце наташа марина максим дмитрий андрей сергей александр елена ольга
светлана ирина россия москва спартак зенит дракон мастер котенок зайка малыш ромашка машина работа секрет
директор администратор договор документ компания бухгалтер футбол победа счастье принцесса самсунг""".split()  # noqa: SIM905 - reads better than a list
STRONG_ENOUGH = 3


def judge(password: str, user: User | None) -> None:
    """Raises ValidationError with one sentence, the first that there is to say."""
    try:
        validate_password(password, user)
    except ValidationError as refused:
        raise ValidationError(refused.error_list[0]) from refused


class LengthValidator(MinimumLengthValidator):
    """Django's own, in the words of this product."""

    def get_error_message(self) -> str:
        words = ngettext(
            "The password is shorter than %(min_length)d character.",
            "The password is shorter than %(min_length)d characters.",
            self.min_length,
        )
        return words % {"min_length": self.min_length}


class GuessableValidator:
    """Refuses what zxcvbn finds weak, also when it is Russian words, transliterated or typed in the other layout."""

    def validate(self, password: str, user: User | None = None) -> None:
        from zxcvbn import zxcvbn  # noqa: PLC0415 - its dictionaries are megabytes that most processes never need

        words = [*RUSSIAN, *(_words(user) if user else [])]
        known = [*words, *_spellings(words), "docflow"]
        low = password.lower()
        for spelling in {low, low.translate(LAYOUT), low.translate(LATIN)}:
            if zxcvbn(spelling[:72], user_inputs=known)["score"] < STRONG_ENOUGH:
                raise ValidationError(self.get_help_text(), code="password_guessable")

    def get_help_text(self) -> str:
        return _("Easy to guess. Add a few unrelated words or make it longer.")


def _spellings(words: list[str]) -> list[str]:
    return [word.translate(table) for word in words for table in (LAYOUT, LATIN)]


def _words(user: User) -> list[str]:
    return [word for word in (*user.name.lower().split(), user.email.partition("@")[0]) if word]
