"""The support desk: tickets over the document's story."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    name = "support"
