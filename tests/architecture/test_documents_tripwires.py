"""Side doors around the lifecycle of documents that must stay shut."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django_fsm import FSMField

from accounts import audit
from documents import diagram, lifecycle
from documents.models import Document
from documents.models import document as graph
from documents.states import State

ROOT = Path(settings.ROOT)
SOURCES = [
    path
    for app in ("accounts", "docflow", "documents", "notifications", "support")
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts
]
MOVES = {"start", "reject", "accept", "fail", "retry", "advance", "confirm", "send_back", "resubmit", "replace_file"}
MOVES |= {"recall", "mark_delivered", "acknowledge", "decline", "archive", "restore"}

# The fact that each move leaves in the journal.
FACTS = {
    "start": "document.checking",
    "reject": "document.rejected",
    "accept": "document.processing",
    "fail": "document.failed",
    "retry": "document.retried",
    "advance": "document.ready",
    "confirm": "document.approved",
    "send_back": "document.returned",
    "resubmit": "document.resubmitted",
    "replace_file": "document.new_version",
    "recall": "document.recalled",
    "mark_delivered": "document.delivered",
    "acknowledge": "document.acknowledged",
    "decline": "document.declined",
    "archive": "document.archived",
    "restore": "document.restored",
}


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def test_nobody_updates_the_state_of_documents_behind_the_graph():
    side_doors = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in SOURCES
        if path.is_relative_to(ROOT / "documents")
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"update", "bulk_update", "update_or_create"}
        and any(word.arg in {"state", "state_at", "ready_at", "archived_from"} for word in call.keywords)
    ]

    assert side_doors == []


def test_only_the_lifecycle_saves_a_state():
    inside = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if re.search(r"update_fields=\[[^\]]*\"state\"", path.read_text())
    ]

    assert [path for path in inside if path.startswith("documents/")] == ["documents/lifecycle.py"]


def test_every_transition_is_known_here_and_leaves_a_fact():
    transitions = {move.name for move in diagram.moves()}

    assert transitions == MOVES == set(FACTS)
    assert set(FACTS.values()) <= set(audit.actions())


def test_only_the_lifecycle_calls_transitions_on_documents():
    names = {"fresh", "document", "found", "made"}
    callers = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in MOVES
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in names
    }

    assert callers <= {"documents/lifecycle.py"}


def test_state_is_protected_and_checked_by_the_database():
    field = Document._meta.get_field("state")
    constraints = {one.name for one in Document._meta.constraints}

    assert isinstance(field, FSMField)
    assert field.protected
    assert "document_state_known" in constraints


def test_transition_methods_touch_nothing_but_fields():
    source = Path(graph.__file__).read_text()

    assert not re.search(r"objects\.(create|filter|get)|\.save\(|send\(|import.*audit", source)


def test_every_use_case_says_what_it_does():
    public = [name for name in vars(lifecycle) if not name.startswith("_") and callable(getattr(lifecycle, name))]
    own = [name for name in public if getattr(getattr(lifecycle, name), "__module__", "") == lifecycle.__name__]

    assert [name for name in own if not getattr(lifecycle, name).__doc__] == []


def test_diagram_is_fresh():
    assert (ROOT / "docs" / "states.md").read_text(encoding="utf-8") == diagram.page()


def test_every_state_can_be_reached():
    reached = {move.target for move in diagram.moves()} | {State.UPLOADED}

    assert {str(state) for state in reached} == set(State.values)
