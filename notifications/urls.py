"""Where providers call us back, and the button that sends a message again."""

from django.urls import path

from notifications import hooks, views

app_name = "notifications"

urlpatterns = [
    path("hooks/twilio/<uuid:delivery_id>/", hooks.twilio_status, name="twilio_status"),
    path("hooks/telegram/", hooks.telegram, name="telegram"),
    path("deliveries/<uuid:delivery_id>/resend/", views.resend_delivery, name="resend"),
]
