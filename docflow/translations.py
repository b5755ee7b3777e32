"""The Russian catalogue: found in code and templates, kept in one .po, compiled and committed.

`manage.py translations` brings both files up to date; a test fails when they are not. Needs no gettext programs.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

CATALOGUE = Path(settings.ROOT) / "locale" / "ru" / "LC_MESSAGES" / "django.po"
FOLDERS = ("docflow", "accounts", "documents", "notifications", "support", "templates")
PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
WITH_CONTEXT = {"pgettext", "pgettext_lazy"}
PLURAL_WITH_CONTEXT = {"npgettext", "npgettext_lazy"}
IN_TAG = re.compile(r'{% plural_forms "([^"]+)" "([^"]+)" %}')  # a tag of ours that templatize does not know
HEADER = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Language": "ru",
    "Plural-Forms": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && "
    "(n%100<12 || n%100>14) ? 1 : 2);",
}


@dataclass(frozen=True)
class Message:
    """One text to translate."""

    text: str
    plural: str = ""
    context: str | None = None


def wanted() -> dict[Message, str]:
    """Every text in the project, with one place where it stands."""
    found: dict[Message, str] = {}
    for folder in FOLDERS:
        for file in sorted((Path(settings.ROOT) / folder).rglob("*")):
            if file.suffix in {".py", ".html", ".txt", ".svg"} and "migrations" not in file.parts:
                for message in _in_file(file):
                    found.setdefault(message, str(file.relative_to(settings.ROOT)))
    return found


def update() -> list[str]:
    """Write the catalogue and its compiled form: new texts added, dropped ones removed; what still lacks Russian."""
    old = {_key(entry): entry for entry in polib.pofile(str(CATALOGUE))} if CATALOGUE.exists() else {}
    catalogue = polib.POFile(wrapwidth=110)
    catalogue.metadata = HEADER
    for message, place in sorted(wanted().items(), key=lambda item: (item[1], item[0].text)):
        catalogue.append(_entry(message, place, old.get(message)))
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(CATALOGUE))
    catalogue.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))
    return missing()


def missing() -> list[str]:
    """Texts without a complete Russian translation."""
    return [entry.msgid for entry in polib.pofile(str(CATALOGUE)) if not entry.translated()]


def _entry(message: Message, place: str, old: polib.POEntry | None) -> polib.POEntry:
    entry = polib.POEntry(msgid=message.text, msgctxt=message.context, comment=place)
    if message.plural:
        entry.msgid_plural = message.plural
        entry.msgstr_plural = dict(old.msgstr_plural) if old else {0: "", 1: "", 2: ""}
    elif old:
        entry.msgstr = old.msgstr
    if "%(" in message.text:
        entry.flags = ["python-format"]
    return entry


def _key(entry: polib.POEntry) -> Message:
    return Message(entry.msgid, entry.msgid_plural, entry.msgctxt)


def _in_file(file: Path) -> Iterator[Message]:
    source = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        yield from _in_python(source)
    else:
        for line in templatize(source, origin=str(file)).splitlines():
            yield from _in_template_line(line)
        yield from (Message(singular, plural) for singular, plural in IN_TAG.findall(source))


def _in_python(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from _in_call(node)


def _in_template_line(line: str) -> Iterator[Message]:
    """`templatize` leaves calls such as ` gettext(u'…') ` among blanked-out markup."""
    for name in (*PLAIN, *PLURAL, *WITH_CONTEXT, *PLURAL_WITH_CONTEXT):
        start = 0
        while (start := line.find(f" {name}(", start)) >= 0:
            call = _balanced(line[start + 1 :])
            if call is not None:
                yield from _in_call(call)
            start += 1


def _balanced(text: str) -> ast.Call | None:
    for end in (place + 1 for place, character in enumerate(text) if character == ")"):
        try:
            parsed = ast.parse(text[:end], mode="eval").body
        except SyntaxError:
            continue
        return parsed if isinstance(parsed, ast.Call) else None
    return None


def _in_call(node: ast.Call) -> Iterator[Message]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    texts = [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if name in PLAIN and len(texts) == 1:
        yield Message(texts[0])
    elif name in PLURAL and len(texts) == 2:
        yield Message(texts[0], texts[1])
    elif name in WITH_CONTEXT and len(texts) == 2:
        yield Message(texts[1], context=texts[0])
    elif name in PLURAL_WITH_CONTEXT and len(texts) == 3:
        yield Message(texts[1], texts[2], texts[0])
