"""All addresses; each app brings its own."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from docflow import api, health, pages, styleguide

urlpatterns = [
    path("", pages.home, name="home"),
    path("language/", pages.set_language, name="set_language"),
    path("theme/", pages.set_theme, name="set_theme"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("api/schema", api.schema, name="schema"),
    path("api/v1/", include(api.patterns)),
    path("admin/", include("notifications.admin.urls")),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("documents.urls")),
    path("", include("notifications.urls")),
]
if settings.DEBUG:
    urlpatterns += styleguide.urlpatterns

handler400 = "docflow.errors.bad_request"
handler403 = "docflow.errors.forbidden"
handler404 = "docflow.errors.not_found"
handler500 = "docflow.errors.our_fault"
