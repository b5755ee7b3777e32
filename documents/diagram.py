"""The graph of states as a page for people, made from the code so that the two cannot part."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.utils import translation
from django_fsm import Transition

from documents.models import Document
from documents.states import State

HEAD = """# States of a document

Made by `manage.py states_doc` from `documents/models/document.py`; do not edit by hand.
A use case of the same purpose in `documents/lifecycle.py` is the only caller of each move.

"""


class Move(NamedTuple):
    """One edge."""

    source: str
    target: str
    name: str


def moves() -> list[Move]:
    """Every edge of the graph, in the order of states."""
    order = {str(state): place for place, state in enumerate(State)}
    document: Any = Document(state=State.UPLOADED)
    found = {move for transition in document.get_all_state_transitions() for move in _of(transition)}
    return sorted(found, key=lambda move: (order[move.source], order[move.target], move.name))


def _of(transition: Transition) -> Iterator[Move]:
    target = transition.target
    targets = getattr(target, "allowed_states", [target])
    for one in targets:
        yield Move(str(transition.source), str(one), transition.name)


def page() -> str:
    """The whole page in Markdown with a Mermaid diagram."""
    with translation.override("en"):
        names = {str(state): str(state.label) for state in State}
        known = moves()
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> uploaded: create"]
    lines += [f"    {move.source} --> {move.target}: {move.name}" for move in known if move.name != "recall"]
    lines += ["    note right of recalled: from any state but archived", "```", ""]
    lines += ["| from | to | move |", "|---|---|---|"]
    lines += [f"| {names[move.source]} (`{move.source}`) | {names[move.target]} | `{move.name}` |" for move in known]
    return HEAD + "\n".join(lines) + "\n"
