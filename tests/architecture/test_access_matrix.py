"""Every route as every role: what opens, what leads to sign-in, what is refused. See access.py."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from accounts import audit, keys
from accounts.models import AuditEntry, Installation, Role
from tests.architecture import access
from tests.factories import accounts as make
from tests.factories import documents

ID = "01980000-0000-7000-8000-000000000000"
VALUES = {"uuid": ID, "int": "1", "str": "x", "slug": "x", "path": ID}
NAMED = {"act": "verify", "url": "nothing-here", "app_label": "accounts", "kind": "email", "content_type_id": "1"}
SKIPPED = ("static", "styleguide")


class Route(NamedTuple):
    """A named address with something in place of each parameter."""

    name: str
    path: str


def routes() -> Iterator[Route]:
    yield from _walk(get_resolver(), "", "/")


def _walk(resolver: URLResolver, space: str, prefix: str) -> Iterator[Route]:
    for one in resolver.url_patterns:
        path = prefix + _filled(one)
        if isinstance(one, URLPattern):
            yield Route(space + (one.name or path), path)
        else:
            yield from _walk(one, f"{one.namespace}:" if one.namespace else space, path)


def _filled(one: URLPattern | URLResolver) -> str:
    text = str(one.pattern)
    if isinstance(one.pattern, RoutePattern):
        return re.sub(r"<(?:(\w+):)?(\w+)>", lambda found: NAMED.get(found[2], VALUES[found[1] or "str"]), text)
    named = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", lambda found: NAMED.get(found[1], ID), text)
    return named.strip("^$")


def page_routes() -> list[Route]:
    api = {name for name, _method in access.API}
    return [one for one in routes() if one.name not in api | access.SIGNED and not one.path.startswith("/styleguide")]


def row(route: Route) -> frozenset[str] | None:
    """Who may open it; None when there is no row."""
    if route.name in access.PAGES:
        return access.PAGES[route.name]
    place = route.name.removeprefix("admin:")
    if place in access.CLOSED_IN_ADMIN:
        return access.NOBODY
    model = place.rpartition("_")[0]
    if model in access.ADMIN_MODELS:
        return access.ADMIN_MODELS[model]
    return access.DESK if place.startswith("/admin/") else None  # Django's own catch-all and old addresses


def rows() -> dict[str, str]:
    """A row of each model in the administration, since Django judges rights only where there is one."""
    user = make.client()
    with transaction.atomic():
        entry = AuditEntry.objects.get(pk=audit.record("person.changed", user, by=user).id)
    made = {
        "accounts_user": user,
        "accounts_group": make.group(user),
        "accounts_organisation": make.organisation(),
        "accounts_installation": Installation.objects.get_or_create(pk=1)[0],
        "accounts_apikey": make.key(user)[0],
        "accounts_auditentry": entry,
        "documents_documenttype": documents.kind(),
        "documents_document": documents.uploaded(),
    }
    return {model: str(one.pk) for model, one in made.items()}


def _of_a_row(route: Route, there: dict[str, str]) -> Route:
    model = "_".join(route.path.split("/")[2:4])
    return Route(route.name, route.path.replace(ID, there[model])) if model in there else route


def browser(role: str) -> Client:
    made = {"anonymous": lambda: make.browser(), "unverified": lambda: make.browser(make.staff(), verified=False)}
    return made[role]() if role in made else make.browser(make.person(Role(role)))


def opens(client: Client, route: Route) -> bool:
    """Whether the guard lets the request through; the view itself may still find nothing or want a body."""
    answer = client.get(route.path)
    if answer.status_code == 405 and route.name != "accounts:sign_out":
        answer = client.post(route.path)
    return not _refused(client, answer)


def _refused(client: Client, answer: HttpResponse) -> bool:
    where = answer.headers.get("Location", "")
    if where.startswith("/admin/login/"):
        return _refused(client, client.get(where))
    return answer.status_code in {401, 403} or where.startswith(("/sign-in/?", "/sign-in/code/"))


def test_item_21_every_route_has_a_row() -> None:
    known = {name for name, _method in access.API} | access.SIGNED | {"accounts:second_factor"}

    missing = [one for one in page_routes() if one.name not in known and row(one) is None]

    assert missing == []


def test_every_row_has_a_route() -> None:
    present = {one.name for one in routes()}

    assert {*access.PAGES, *access.SIGNED, *(name for name, _method in access.API)} - present == set()
    assert {f"admin:{model}_changelist" for model in access.ADMIN_MODELS} - present == set()


@pytest.mark.django_db
@pytest.mark.parametrize("role", access.ROLES)
def test_item_7_and_21_pages_open_to_whom_the_table_says(role: str) -> None:
    client, there = browser(role), rows()
    surprises = []
    for route in page_routes():
        if route.name == "accounts:second_factor":
            continue
        expected = role in (row(route) or ())
        if opens(client, _of_a_row(route, there)) != expected:
            surprises.append(f"{route.name} {route.path}: should {'open' if expected else 'be closed'} to {role}")

    assert surprises == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(access.SIGNED))
def test_call_backs_want_a_signature(name: str) -> None:
    path = next(one.path for one in routes() if one.name == name)

    assert Client().post(path, {"MessageSid": "x"}).status_code == 403
    assert Client().get(path).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "method"), sorted(access.API))
def test_item_21_api_opens_to_its_scope_alone(name: str, method: str) -> None:
    scope, path = access.API[name, method], next(one.path for one in routes() if one.name == name)
    user = make.person(*Role.values[:4])
    others = [one for one in keys.SCOPES if one != scope]

    def status(client: Client, **headers: str) -> int:
        return client.generic(method, path, headers=headers).status_code

    assert status(Client()) == 401
    assert status(make.browser(user)) == 401
    assert status(Client(), **make.bearer(user, *others)) in {401, 403}
    assert status(Client(), **make.bearer(user, scope)) not in {401, 403}
