"""Addresses of the administration's screens for messages, under /admin/."""

from django.urls import path

from notifications.admin import channels, deliveries, texts, triggers

app_name = "desk"
urlpatterns = [
    path("triggers/", triggers.listing, name="triggers"),
    path("triggers/new/", triggers.editor, name="trigger_new"),
    path("triggers/new/preview/", triggers.preview, name="trigger_new_preview"),
    path("triggers/<uuid:trigger_id>/", triggers.editor, name="trigger"),
    path("triggers/<uuid:trigger_id>/preview/", triggers.preview, name="trigger_preview"),
    path("triggers/<uuid:trigger_id>/state/", triggers.switch, name="trigger_switch"),
    path("triggers/<uuid:trigger_id>/runs/", triggers.history, name="trigger_runs"),
    path("templates/", texts.listing, name="texts"),
    path("templates/<str:action>/<str:channel>/<str:language>/", texts.editor, name="text"),
    path("templates/<str:action>/<str:channel>/<str:language>/preview/", texts.preview_text, name="text_preview"),
    path("templates/<str:action>/<str:channel>/<str:language>/restore/", texts.restore, name="text_restore"),
    path("deliveries/", deliveries.listing, name="deliveries"),
    path("deliveries/export.csv", deliveries.export, name="deliveries_export"),
    path("deliveries/resend/", deliveries.resend_selected, name="deliveries_resend"),
    path("deliveries/<uuid:delivery_id>/", deliveries.detail, name="delivery"),
    path("deliveries/<uuid:delivery_id>/decide/", deliveries.decide, name="delivery_decide"),
    path("channels/", channels.listing, name="channels"),
    path("channels/<str:kind>/", channels.settings, name="channel"),
    path("channels/<str:kind>/switch/", channels.switch, name="channel_switch"),
    path("channels/<str:kind>/test/", channels.test, name="channel_test"),
    path("channels/<str:kind>/webhook/", channels.webhook, name="channel_webhook"),
]
