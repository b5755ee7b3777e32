"""What every page needs around its content: brand, language, theme, navigation, the demo's banner."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext

from accounts.models import Installation
from docflow import administration
from documents import queries

THEMES = ("system", "light", "dark")


class Place(NamedTuple):
    """One line of the navigation."""

    url: str
    label: str
    icon: str
    current: bool
    waiting: str = ""


class Shell:
    """Computed only as far as a page asks, so that a bare error page costs no query."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.demo = settings.DEMO
        self.path = request.get_full_path() if request.method == "GET" else "/"

    @property
    def user(self) -> Any:
        """Who is signed in, or the anonymous user; nobody where the request broke early."""
        return getattr(self.request, "user", None)

    @property
    def language(self) -> str:
        """The language of this page."""
        return (get_language() or settings.LANGUAGE_CODE)[:2]

    @property
    def other_language(self) -> str:
        """What the switch on a phone changes to."""
        return "en" if self.language == "ru" else "ru"

    @property
    def theme(self) -> str:
        """The person's choice, then the cookie's; `system` follows the device."""
        chosen = getattr(self.user, "theme", "") or self.request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
        return chosen if chosen in THEMES else "system"

    @cached_property
    def installation(self) -> Installation:
        """Whose product this is."""
        return Installation.current()

    @property
    def brand(self) -> str:
        """The organisation's name in the reader's language."""
        here = self.installation
        names = {"ru": here.name_ru, "en": here.name_en}
        return names.get(self.language) or here.name_en or here.name_ru or "docflow"

    @property
    def is_staff(self) -> bool:
        """Whether the person works here, as opposed to being served."""
        user = self.user
        return bool(user and user.is_authenticated and user.is_internal)

    @property
    def is_administrator(self) -> bool:
        """Whether the way to the administration is shown."""
        user = self.user
        return bool(user and user.is_authenticated and user.has_role("administrator", "operator"))

    @cached_property
    def administration(self) -> list[tuple[administration.Words, list[administration.Entry]]]:
        """The start page of the administration."""
        return list(administration.groups(self.request))

    @cached_property
    def places(self) -> list[Place]:
        """The staff's navigation."""
        places = [
            self._place("/tasks/", gettext("My tasks"), "list-checks", self._tasks()),
            self._place("/documents/", gettext("Documents"), "file-text"),
            self._place("/clients/", gettext("Clients"), "users"),
        ]
        if self.is_administrator:
            places.append(self._place("/admin/", gettext("Administration"), "settings-2"))
        return places

    def _place(self, url: str, label: str, icon: str, waiting: str = "") -> Place:
        return Place(url, label, icon, self.request.path.startswith(url), waiting)

    def _tasks(self) -> str:
        return queries.count_tasks(self.user) if self.is_staff else ""

    @cached_property
    def tabs(self) -> list[Place]:
        """The portal's navigation."""
        documents = self._place("/portal/", gettext("Documents"), "files")
        profile = self._place("/me/", gettext("Profile"), "circle-user-round")
        return [documents, profile]


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor."""
    return {"shell": Shell(request)}
