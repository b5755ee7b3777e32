"""Deliveries in the API: who was told of a document, on which channel, how each attempt ended; and sending again."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import subjects
from accounts.idempotency import KEY, once
from accounts.models import ApiKey
from docflow.common.errors import NotFound
from notifications import permissions, resend, why
from notifications.models import Attempt, Delivery


class AttemptShape(serializers.Serializer[Attempt]):
    """One call of the provider."""

    number = serializers.IntegerField()
    outcome = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField(source="opened_at")
    finished_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    answer = serializers.CharField()
    possible_duplicate = serializers.BooleanField()


class DeliveryShape(serializers.Serializer[Delivery]):
    """One message to one address."""

    id = serializers.UUIDField()
    channel = serializers.CharField()
    address = serializers.CharField(source="masked")
    state = serializers.CharField()
    reason = serializers.CharField()
    detail = serializers.SerializerMethodField()
    action = serializers.CharField(source="notification.kind")
    recipient = serializers.CharField(source="notification.role")
    trigger = serializers.UUIDField(source="notification.trigger_id", allow_null=True)
    round = serializers.IntegerField()
    resend_of = serializers.UUIDField(source="resend_of_id", allow_null=True)
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    provider_ref = serializers.CharField()
    possible_duplicate = serializers.BooleanField()
    attempts = AttemptShape(many=True)

    def get_detail(self, delivery: Delivery) -> str:
        return why.sentence(delivery.reason) if delivery.reason else ""


class DeliveryList(serializers.Serializer[Any]):
    """Deliveries, oldest first."""

    results = DeliveryShape(many=True)
    next = serializers.CharField(allow_null=True)


def _with_attempts() -> "Prefetch[str]":
    return Prefetch("attempts", Attempt.objects.order_by("number"))


class DocumentDeliveries(APIView):
    """Everything that was sent, or not sent, about one document."""

    scopes = {"GET": "deliveries:read"}

    @extend_schema(responses=DeliveryList, operation_id="document_deliveries")
    def get(self, request: Request, document_id: UUID) -> Response:
        key: ApiKey = request.auth  # type: ignore[assignment]  # HasScope lets only keys in
        rows = (
            permissions.visible_to(key)
            .filter(notification__subject_kind="document", notification__subject_id=document_id)
            .select_related("notification")
            .prefetch_related(_with_attempts())
            .order_by("created_at", "id")
        )
        if not rows and not _is_visible(document_id, key):
            raise NotFound(_("There is no such document."))
        return Response(DeliveryList({"results": rows, "next": None}).data)


def _is_visible(document_id: UUID, key: ApiKey) -> bool:
    """The log's keepers may know that a document exists; a client's contact only if he may see it."""
    subject = subjects.of("document")
    if permissions.may_see_log(key):
        return document_id in subject.facts([document_id])
    pairs = {(contact, document_id) for contact in key.user.contacts.values_list("id", flat=True)}
    return bool(subject.may_see(pairs))


class ResendDelivery(APIView):
    """Send a logged message again, after the same checks as the first."""

    scopes = {"POST": "deliveries:write"}

    @extend_schema(parameters=[KEY], request=None, responses={201: DeliveryShape}, operation_id="delivery_resend")
    @once
    def post(self, request: Request, delivery_id: UUID) -> Response:
        key: ApiKey = request.auth  # type: ignore[assignment]  # HasScope lets only keys in
        made = resend.again(delivery_id, by=key)
        return Response(DeliveryShape(made).data, status=status.HTTP_201_CREATED)
