"""Rows of the engine: the truth, the times and the retries all live here."""

from notifications.models.delivery import Attempt, Delivery, Notification, Told
from notifications.models.outbox import Decision, OutboxEvent
from notifications.models.provider import ChannelSettings, IncomingUpdate, ProviderState, Receipt
from notifications.models.template import Template, TemplateVersion
from notifications.models.trigger import Trigger, TriggerRevision

__all__ = [
    "Attempt",
    "ChannelSettings",
    "Decision",
    "Delivery",
    "IncomingUpdate",
    "Notification",
    "OutboxEvent",
    "ProviderState",
    "Receipt",
    "Template",
    "TemplateVersion",
    "Told",
    "Trigger",
    "TriggerRevision",
]
