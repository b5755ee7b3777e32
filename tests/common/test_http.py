"""Who calls, as far as it can be believed."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from docflow.common import http

NOWHERE = "0.0.0.0"  # noqa: S104 - how an unknown address is written


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, None, "10.0.0.1"),
        (0, "6.6.6.6", "10.0.0.1"),
        (1, None, "10.0.0.1"),
        (1, "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.9", "203.0.113.7"),
        (2, "203.0.113.7", "10.0.0.1"),
        (1, "not an address", NOWHERE),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, " , ", "10.0.0.1"),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_address_comes_from_trusted_hops_only(settings: Settings, proxies: int, forwarded: str | None, expected: str):
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}

    request = RequestFactory(REMOTE_ADDR="10.0.0.1").get("/", headers=headers)

    assert http.client_ip(request) == expected


def test_nameless_socket_has_no_address():
    assert http.client_ip(RequestFactory(REMOTE_ADDR="").get("/")) == NOWHERE


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::"),
    ],
)
def test_limits_count_whole_networks_of_version_six(address: str, key: str):
    assert http.limit_key(RequestFactory(REMOTE_ADDR=address).get("/")) == key


@pytest.mark.parametrize("header", ["X-Real-IP", "Forwarded", "Client-IP", "True-Client-IP"])
def test_other_headers_name_nobody(header: str):
    request = RequestFactory(REMOTE_ADDR="10.0.0.1").get("/", headers={header: "6.6.6.6"})

    assert http.client_ip(request) == "10.0.0.1"
