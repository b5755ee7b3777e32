"""A document and its graph of states: pure, transition methods set fields and do nothing else.

Only `documents.lifecycle` calls them.
"""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from django_fsm import GET_STATE, RETURN_VALUE, FSMField, transition

from docflow.common import clock, ids
from documents.models.types import DocumentType
from documents.states import ARCHIVABLE, IN_HAND, RECALLABLE, REPLACEABLE, STAGES, State

if TYPE_CHECKING:  # the library's class reads as Any to mypy, and so would every document

    class ConcurrentTransitionMixin:
        """Refuses to save over a state that was changed by somebody else meanwhile."""

else:
    from django_fsm import ConcurrentTransitionMixin


class Priority(models.TextChoices):
    NORMAL = "normal", _("Normal")
    URGENT = "urgent", _("Urgent")


class Document(ConcurrentTransitionMixin, models.Model):
    """One document through all its versions."""

    subject_kind = "document"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    type = models.ForeignKey(
        DocumentType, on_delete=models.PROTECT, related_name="documents", verbose_name=_("document type")
    )
    title = models.CharField(_("title"), max_length=200)
    number = models.CharField(_("number"), max_length=50, blank=True)
    client = models.ForeignKey(
        "accounts.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="client_documents",
        verbose_name=_("client"),
    )
    author = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="authored_documents", verbose_name=_("author")
    )
    priority = models.CharField(_("priority"), max_length=10, choices=Priority, default=Priority.NORMAL)
    purpose = models.CharField(_("purpose"), max_length=100, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)

    state = FSMField(_("state"), max_length=20, choices=State, default=State.UPLOADED, protected=True)
    state_at = models.DateTimeField(_("in this state since"), default=clock.now)
    version = models.PositiveIntegerField(_("version"), default=1)
    route = models.JSONField(default=list, blank=True)
    route_round = models.PositiveSmallIntegerField(default=1)
    route_at = models.PositiveSmallIntegerField(null=True, blank=True)
    archived_from = models.CharField(max_length=20, blank=True)
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    untold_at = models.DateTimeField(_("nobody could be told, since"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("uploaded at"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="document_state_known"),
            models.CheckConstraint(condition=models.Q(priority__in=Priority.values), name="document_priority_known"),
            models.CheckConstraint(
                condition=~models.Q(state__in=IN_HAND) | models.Q(ready_at__isnull=False),
                name="document_in_hand_was_ready",
            ),
        ]
        indexes = [
            models.Index("state", models.F("id").desc(), name="document_by_state"),
            models.Index("type", models.F("id").desc(), name="document_by_type"),
            models.Index("type", "state", models.F("id").desc(), name="document_by_type_and_state"),
            models.Index(Upper("number"), name="document_by_number"),
            models.Index("client", models.F("id").desc(), name="document_by_client"),
            models.Index("author", models.F("id").desc(), name="document_by_author"),
            models.Index(models.F("id").desc(), name="document_untold", condition=models.Q(untold_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.title} № {self.number}" if self.number else self.title

    @property
    def stage(self) -> dict[str, Any] | None:
        """The step of the pinned route that the document stands at."""
        if self.route_at is None or self.route_at >= len(self.route):
            return None
        step: dict[str, Any] = self.route[self.route_at]
        return step

    def _stand_at(self, position: int) -> State:
        self.state_at = clock.now()
        if position < len(self.route):
            self.route_at = position
            return State(self.route[position]["kind"])
        self.route_at = None
        self.ready_at = self.state_at
        return State.READY

    @transition(state, source=State.UPLOADED, target=State.CHECKING)
    def start(self, route: list[dict[str, Any]]) -> None:
        """Pin the route as it is set now; later changes of the type leave this document alone."""
        self.route = route
        self.state_at = clock.now()

    @transition(state, source=State.CHECKING, target=State.REJECTED)
    def reject(self) -> None:
        self.state_at = clock.now()

    @transition(state, source=State.CHECKING, target=State.PROCESSING)
    def accept(self) -> None:
        self.state_at = clock.now()

    @transition(state, source=[State.CHECKING, State.PROCESSING], target=State.FAILED)
    def fail(self) -> None:
        self.state_at = clock.now()

    @transition(state, source=State.FAILED, target=RETURN_VALUE(State.CHECKING, State.PROCESSING))
    def retry(self, checked: bool) -> State:
        """Go back to where it stuck."""
        self.state_at = clock.now()
        return State.PROCESSING if checked else State.CHECKING

    @transition(state, source=State.PROCESSING, target=RETURN_VALUE(*STAGES, State.READY))
    def advance(self) -> State:
        return self._stand_at(0)

    @transition(state, source=list(STAGES), target=RETURN_VALUE(*STAGES, State.READY))
    def confirm(self) -> State:
        """Leave the present step for the next one, or become ready."""
        return self._stand_at((self.route_at or 0) + 1)

    @transition(state, source=list(STAGES), target=State.REWORK)
    def send_back(self) -> None:
        self.route_at = None
        self.state_at = clock.now()

    @transition(state, source=State.REWORK, target=RETURN_VALUE(*STAGES, State.READY))
    def resubmit(self) -> State:
        """Walk the route again from its first step; what was confirmed before no longer counts."""
        self.route_round += 1
        return self._stand_at(0)

    @transition(state, source=list(REPLACEABLE), target=State.CHECKING)
    def replace_file(self, route: list[dict[str, Any]]) -> None:
        """Start over with the next version."""
        self.version += 1
        self.route, self.route_at, self.route_round = route, None, 1
        self.ready_at = self.untold_at = None
        self.state_at = clock.now()

    @transition(state, source=list(RECALLABLE), target=State.RECALLED)
    def recall(self) -> None:
        self.route_at = None
        self.state_at = clock.now()

    @transition(state, source=State.READY, target=State.DELIVERED)
    def mark_delivered(self) -> None:
        self.untold_at = None
        self.state_at = clock.now()

    @transition(state, source=[State.READY, State.DELIVERED], target=State.ACKNOWLEDGED)
    def acknowledge(self) -> None:
        self.state_at = clock.now()

    @transition(state, source=[State.READY, State.DELIVERED], target=State.DECLINED)
    def decline(self) -> None:
        self.state_at = clock.now()

    @transition(state, source=list(ARCHIVABLE), target=State.ARCHIVED)
    def archive(self) -> None:
        self.archived_from = self.state
        self.state_at = clock.now()

    @transition(state, source=State.ARCHIVED, target=GET_STATE(lambda self: self.archived_from, states=ARCHIVABLE))
    def restore(self) -> None:
        self.state_at = clock.now()


class Comment(models.Model):
    """Words beside a document: between colleagues, with a decision, or a client's question."""

    class Kind(models.TextChoices):
        NOTE = "note", _("Note")
        APPROVED = "approved", _("Approval")
        RETURNED = "returned", _("Return for changes")
        RECALLED = "recalled", _("Recall")
        DECLINED = "declined", _("Decline")
        QUESTION = "question", _("Question from the client")
        NOT_ME = "not_me", _("Not the addressee")

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="comments")
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.NOTE)
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    author_name = models.CharField(max_length=200)
    text = models.TextField(max_length=4000)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:60]
