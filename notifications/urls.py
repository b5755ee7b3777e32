"""Where providers call us back, and the buttons that send again."""

from django.urls import path

from notifications import hooks, views

app_name = "notifications"

urlpatterns = [
    path("hooks/twilio/<uuid:delivery_id>/", hooks.twilio_status, name="twilio_status"),
    path("hooks/telegram/", hooks.telegram, name="telegram"),
    path("deliveries/<uuid:delivery_id>/resend/", views.resend_delivery, name="resend"),
    path("deliveries/events/<uuid:event_id>/again/", views.plan_again, name="plan_again"),
]
