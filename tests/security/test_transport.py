"""Headers, cookies, methods, settings: what every answer of every address has in common."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from accounts.access import public
from docflow import urls as real
from docflow.common import http
from tests.accounts import sent
from tests.architecture.test_access_matrix import routes
from tests.factories import accounts as make

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {"DOCFLOW_BASE_URL": "https://docflow.example.com", "DOCFLOW_TRUSTED_PROXIES": "1", "DOCFLOW_DEBUG": "0"}
CROSS_SITE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@public
def broken(request: object) -> HttpResponse:
    raise RuntimeError("a fault of ours")


urlpatterns = [path("broken/", broken), path("api/broken/", broken), *real.urlpatterns]
handler400, handler403, handler404, handler500 = real.handler400, real.handler403, real.handler404, real.handler500


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process of its own, with these settings on top of the tests' ground."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "docflow.settings", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_item_61_deployment_check_is_clean() -> None:
    done = python("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert done.returncode == 0, done.stderr
    assert settings.DEBUG is False


@pytest.mark.parametrize("key", ["", "secret", "a" * 64, "django-insecure-" + "0123456789" * 6])
def test_item_61_a_key_that_can_be_guessed_is_refused(key: str) -> None:
    done = python("manage.py", "check", SECRET_KEY=key)

    assert done.returncode != 0
    assert "SECRET_KEY can be guessed" in done.stderr


@pytest.mark.django_db
def test_item_61_only_the_hosts_of_the_installation_are_answered(client: Client) -> None:
    assert "*" not in settings.ALLOWED_HOSTS
    for host in ("evil.example", "127.0.0.1.evil.example", "127.0.0.1\n.evil.example", "[::1", ""):
        assert client.get("/sign-in/", headers={"Host": host}).status_code == 400, host


def answers() -> Iterator[tuple[str, Any]]:
    """Every address as a stranger and as an administrator sees it, and every kind of error."""
    for who, client in (("stranger", Client()), ("administrator", make.browser(make.administrator()))):
        client.raise_request_exception = False
        for route in routes():
            yield f"{who} {route.path}", client.get(route.path)
            yield f"{who} POST {route.path}", client.post(route.path)
    yield from errors()


def errors() -> Iterator[tuple[str, Any]]:
    client = Client(raise_request_exception=False)
    for place in ("/", "/api/v1/"):
        yield f"404 {place}", client.get(f"{place}nothing")
        yield f"host {place}", client.get(f"{place}sign-in/", headers={"Host": "evil.example"})
        yield f"405 {place}", client.delete(place)
    yield "500", client.get("/broken/")
    yield "500 api", client.get("/api/broken/")
    yield "csrf", Client(enforce_csrf_checks=True).post("/sign-in/", {"email": "x"})
    yield (
        "413",
        client.post("/sign-in/", b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(2**40)),
    )
    yield "static", client.get("/static/nothing.css")


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_item_58_and_71_every_answer_carries_the_whole_set() -> None:
    seen = set()
    for name, answer in answers():
        seen.add(answer.status_code)
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
        assert "unsafe" not in str(policy), name
        assert policy["default-src"] == "'none'", name
        assert policy.get("base-uri", "'none'") == "'none'", name
        assert policy["frame-ancestors"] == "'none'", name
        assert {key: answer.headers.get(key) for key in CROSS_SITE} == CROSS_SITE, name
        assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}, name
        assert "Server" not in answer.headers, name
        assert "static" in name or "no-store" in answer.headers["Cache-Control"], name
    assert {200, 302, 400, 401, 403, 404, 405, 410, 413, 500} <= seen


@pytest.mark.django_db
@override_settings(
    SECURE_HSTS_SECONDS=63072000,
    SECURE_HSTS_INCLUDE_SUBDOMAINS=True,
    SECURE_SSL_REDIRECT=True,
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
)
def test_item_58_https_is_kept_for_two_years_and_http_leads_there() -> None:
    client = Client()
    answer = client.get("/sign-in/", headers={"X-Forwarded-Proto": "https"})

    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert client.get("/sign-in/").headers["Location"].startswith("https://")
    assert client.get("/healthz").status_code == 200


def test_item_20_cookies_on_https_are_host_cookies() -> None:
    """The names come from the settings; cookies of links have their own test, item 45."""
    shown = python(
        "-c",
        "from django.conf import settings as s\n"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME, s.THEME_COOKIE_NAME,"
        " s.DEVICE_COOKIE_NAME)\n"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.CSRF_COOKIE_HTTPONLY)",
        **PRODUCTION,
    ).stdout.splitlines()

    assert all(name.startswith("__Host-") for name in shown[0].split())
    assert set(shown[1].split()) == {"True"}


@pytest.mark.django_db
def test_item_20_every_cookie_says_how_it_travels(settings) -> None:
    settings.HTTPS = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    person = make.client(password="correct horse battery staple")
    client = Client()
    client.get("/sign-in/")
    client.post("/language/", {"language": "ru"})
    client.post("/theme/", {"theme": "dark"})
    client.post("/sign-in/", {"email": person.email, "password": "correct horse battery staple"})

    assert len(client.cookies) >= 5
    for cookie in client.cookies.values():
        assert cookie["secure"], cookie.key
        assert cookie["httponly"], cookie.key
        assert cookie["samesite"] == "Lax", cookie.key
        assert (cookie["path"], cookie["domain"]) == ("/", ""), cookie.key


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["TRACE", "PUT", "OPTIONS"])
def test_item_36_unlisted_methods_are_refused(method: str) -> None:
    stranger, staff = Client(), make.browser(make.administrator())
    for route in routes():
        if not route.path.startswith("/api/"):
            assert stranger.generic(method, route.path).status_code == 405, route.path
            assert staff.generic(method, route.path).status_code == 405, route.path


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW"])
def test_item_36_the_api_knows_no_strange_methods(method: str) -> None:
    headers = make.bearer(make.staff(), "documents:read", "documents:write")

    assert Client().generic(method, "/api/v1/documents", headers=headers).status_code == 405


SPOOFED = {
    "X-Forwarded-For": "10.0.0.1",
    "X-Real-IP": "10.0.0.1",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "Forwarded": "for=10.0.0.1;host=evil.example",
    "Remote-User": "admin@vector.example",
    "X-Remote-User": "admin@vector.example",
}


@pytest.mark.django_db
def test_headers_of_proxies_that_are_not_there_change_nothing(letters: list[sent.Sent]) -> None:
    """Neither who asks, nor what limits count by, nor where a letter leads (T24 of the threat model)."""
    user = make.client(password=make.PASSWORD)
    stranger = Client(headers=SPOOFED)
    request = RequestFactory(headers=SPOOFED).get("/")

    assert http.limit_key(request) == "127.0.0.1"
    assert stranger.get("/documents/").url.startswith("/sign-in/")
    assert stranger.get("/api/v1/documents").status_code == 401
    stranger.post("/reset/", {"email": user.email})
    assert letters[-1].secret.startswith(settings.BASE_URL + "/reset/")


def test_the_broker_carries_json_and_no_results() -> None:
    """A message cannot bring code with it (T22 of the threat model)."""
    assert set(current_app.conf.accept_content) == {"json"}
    assert current_app.conf.task_serializer == "json"
    assert current_app.conf.task_ignore_result is True
    assert current_app.conf.result_backend is None
