"""The engine's part of the API."""

from django.urls import path

from notifications import api

urlpatterns = [
    path("documents/<uuid:document_id>/deliveries", api.DocumentDeliveries.as_view(), name="api-document-deliveries"),
    path("deliveries/<uuid:delivery_id>/resend", api.ResendDelivery.as_view(), name="api-delivery-resend"),
]
