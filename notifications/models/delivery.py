"""A notification is one fact for one person; a delivery is that on one channel; an attempt is one call."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from docflow.common import crypto, ids
from notifications.states import CLAIMABLE, NOT_ARRIVED, Lane, Outcome, State


class Notification(models.Model):
    """`dedup` names the fact: a person is told of it once, unless the first telling was taken back (`live` false)."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    event = models.ForeignKey(
        "notifications.OutboxEvent", on_delete=models.PROTECT, null=True, related_name="notifications", db_index=False
    )
    trigger = models.ForeignKey(
        "notifications.Trigger", on_delete=models.SET_NULL, null=True, related_name="notifications"
    )
    revision = models.IntegerField(default=0)
    kind = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40, blank=True, default="")
    subject_id = models.UUIDField(null=True)
    version = models.IntegerField(null=True)
    recipient = models.CharField(max_length=60)
    role = models.CharField(max_length=60, blank=True, default="")
    user = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, null=True, related_name="notifications", db_index=False
    )
    dedup = models.CharField(max_length=80)
    live = models.BooleanField(default=True)
    channels = ArrayField(models.CharField(max_length=20), default=list)
    mode = models.CharField(max_length=5, default="all")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "trigger", "recipient"], name="notification_once"),
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "dedup", "recipient"],
                condition=Q(live=True, subject_id__isnull=False),
                name="notification_once_per_fact",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "created_at"], name="notification_subject"),
            models.Index(fields=["user", "-created_at"], name="notification_user"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.recipient}"


class Delivery(models.Model):
    """One message to one address. `owner` is the live process that holds it, fenced by `attempt_no`.

    Each message's row is written anew twice, so its indexes are few: a key that another one begins with has none.

    `tries` counts only attempts that use up the schedule, `crashes` the processes that died with it in hand.
    `unsettled` asks `consequences` to draw the conclusions.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    channel = models.CharField(max_length=20)
    contact = models.ForeignKey(
        "accounts.Contact", on_delete=models.SET_NULL, null=True, related_name="deliveries", db_index=False
    )
    masked = models.CharField(max_length=120)
    round = models.PositiveSmallIntegerField(default=1)
    resend_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="resends", db_index=False)
    resent_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    language = models.CharField(max_length=2)
    template_version = models.ForeignKey(
        "notifications.TemplateVersion", on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    body_sealed = models.BinaryField(default=b"")
    lane = models.CharField(max_length=6, choices=Lane, default=Lane.NORMAL)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    owner = models.IntegerField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempt_no = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0, db_default=0)
    possible_duplicate = models.BooleanField(default=False)
    provider_ref = models.CharField(max_length=200, blank=True, default="")
    reason = models.CharField(max_length=60, blank=True, default="")
    answer = models.CharField(max_length=500, blank=True, default="")
    address_dead = models.BooleanField(default=False)
    unsettled = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    body = crypto.sealed("body_sealed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notification", "channel", "contact", "round"], name="delivery_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="delivery_state"),
            models.CheckConstraint(condition=Q(lane__in=Lane.values), name="delivery_lane"),
            models.CheckConstraint(
                condition=~Q(state=State.SENDING) | Q(owner__isnull=False), name="delivery_sending_is_owned"
            ),
        ]
        indexes = [
            models.Index(
                fields=["lane", "channel", "due_at", "id"],
                name="delivery_claimable",
                condition=Q(owner__isnull=True, state__in=CLAIMABLE),
            ),
            models.Index(fields=["due_at"], name="delivery_unknown", condition=Q(state=State.UNKNOWN)),
            models.Index(fields=["id"], name="delivery_unsettled", condition=Q(unsettled=True)),
            models.Index(
                fields=["due_at"], name="delivery_silent", condition=Q(state=State.SENT, finished_at__isnull=True)
            ),
            models.Index(fields=["channel", "provider_ref"], name="delivery_ref", condition=~Q(provider_ref="")),
            models.Index(fields=["state", "-created_at"], name="delivery_by_state", condition=Q(state__in=NOT_ARRIVED)),
            models.Index(F("created_at").desc(), name="delivery_newest"),
            models.Index(fields=["contact", "-created_at"], name="delivery_by_contact"),
            models.Index(fields=["resend_of"], name="delivery_resent", condition=Q(resend_of__isnull=False)),
            models.Index(fields=["resent_by"], name="delivery_by_operator", condition=Q(resent_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class Attempt(models.Model):
    """One call of the provider; its row is committed before the call, `outcome` stays empty until known.

    The database does not look its delivery up once more: the same statement has just written that row.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="attempts", db_index=False, db_constraint=False
    )
    number = models.PositiveSmallIntegerField()
    owner = models.IntegerField()
    opened_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=9, choices=Outcome, null=True)  # noqa: DJ001 - null is "not known yet"
    reason = models.CharField(max_length=60, blank=True, default="")
    answer = models.CharField(max_length=500, blank=True, default="")
    duration_ms = models.IntegerField(null=True)
    possible_duplicate = models.BooleanField(default=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="attempt_once"),
            models.CheckConstraint(
                condition=Q(outcome__isnull=True) | Q(outcome__in=Outcome.values), name="attempt_outcome"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome or '…'}"


class Told(models.Model):
    """The moment a recipient was first told of one version of a subject, once per fact.

    Its delivery is looked up by the statement that writes it, not by the database once more.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    version = models.IntegerField()
    kind = models.CharField(max_length=60)
    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, related_name="told", db_index=False, db_constraint=False
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id", "version", "kind"], name="told_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.version}"
