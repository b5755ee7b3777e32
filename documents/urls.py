"""Addresses of documents, tasks, links and the portal."""

app_name = "documents"
urlpatterns: list[object] = []
