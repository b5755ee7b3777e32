"""Why a file was not taken, in both languages at once: whoever reads it later reads his own."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from documents.parsing import Verdict

ENCRYPTED = _("This PDF has a password, so we can't read it. Remove it and upload again.")
ENCRYPTED_OFFICE = _("This document has a password, so we can't read it. Remove it and upload again.")
DAMAGED = _("The file is damaged and cannot be opened. Save it again and upload the new copy.")
BOMB = _("The file unpacks into far more than it should, so we did not open it. Save it again in a simpler form.")
TOO_MANY_PAGES = _("The file has too many pages. Split it and upload the parts.")
STOPPED = _("The program that reads files stopped three times at this one. Try again, or upload it in another form.")
LOST = _("The stored file is damaged or missing. Upload it again as a new version.")

BY_VERDICT: dict[Verdict, Promise] = {
    Verdict.ENCRYPTED: ENCRYPTED,
    Verdict.DAMAGED: DAMAGED,
    Verdict.BOMB: BOMB,
    Verdict.TOO_MANY_PAGES: TOO_MANY_PAGES,
}


def of_verdict(verdict: Verdict, file_format: str) -> dict[str, str]:
    """The reason for a verdict on a file of this format."""
    if verdict is Verdict.ENCRYPTED and file_format != "pdf":
        return said(verdict.value, ENCRYPTED_OFFICE)
    return said(verdict.value, BY_VERDICT[verdict])


def said(code: str, text: Promise) -> dict[str, str]:
    """A reason as kept with the version: a code for programs and the words in both languages."""
    reason = {"code": code}
    for language in ("ru", "en"):
        with override(language):
            reason[language] = str(text)
    return reason
