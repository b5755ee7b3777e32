"""Addresses of sign-in, security, people and clients."""

app_name = "accounts"
urlpatterns: list[object] = []
