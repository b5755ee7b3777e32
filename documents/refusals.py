"""Why a file was not taken, in both languages at once: whoever reads it later reads his own."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from documents.parsing import Finding, Verdict

ENCRYPTED = _("This PDF has a password, so we can't read it. Remove it and upload again.")
ENCRYPTED_OFFICE = _("This document has a password, so we can't read it. Remove it and upload again.")
DAMAGED = _("The file is damaged and cannot be opened. Save it again and upload the new copy.")
BOMB = _("The file unpacks into far more than it should, so we did not open it. Save it again in a simpler form.")
TOO_MANY_PAGES = _("The file has too many pages. Split it and upload the parts.")
STARTS_PROGRAM = _(
    "The file starts a program when it is opened, so we did not take it. Print it to PDF and upload the new copy."
)
STOPPED = _("The program that reads files stopped three times at this one. Try again, or upload it in another form.")
LOST = _("The stored file is damaged or missing. Upload it again as a new version.")

BY_VERDICT: dict[Verdict, Promise] = {
    Verdict.ENCRYPTED: ENCRYPTED,
    Verdict.DAMAGED: DAMAGED,
    Verdict.BOMB: BOMB,
    Verdict.TOO_MANY_PAGES: TOO_MANY_PAGES,
    Verdict.STARTS_PROGRAM: STARTS_PROGRAM,
}
BY_FINDING: dict[Finding, Promise] = {
    Finding.SCRIPTS: _("It contains scripts."),
    Finding.SENDS: _("It can send what is typed into it to another address."),
    Finding.FILES: _("Other files are attached inside it."),
    Finding.OUTSIDE: _("It takes content from other addresses or files."),
}


def of_verdict(verdict: Verdict, file_format: str) -> dict[str, str]:
    """The reason for a verdict on a file of this format."""
    if verdict is Verdict.ENCRYPTED and file_format != "pdf":
        return said(verdict.value, ENCRYPTED_OFFICE)
    return said(verdict.value, BY_VERDICT[verdict])


def of_findings(findings: Iterable[str]) -> list[str]:
    """What to know before the original is opened, in the reader's language."""
    return [str(BY_FINDING[Finding(one)]) for one in findings]


def said(code: str, text: Promise) -> dict[str, str]:
    """A reason as kept with the version: a code for programs and the words in both languages."""
    reason = {"code": code}
    for language in ("ru", "en"):
        with override(language):
            reason[language] = str(text)
    return reason
