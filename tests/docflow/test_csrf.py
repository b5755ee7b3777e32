"""Forms work on pages that send no referrer; forgeries still fail."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.test import RequestFactory

from docflow.csrf import TokenCheck

pytestmark = pytest.mark.django_db  # the refusal's page names the organisation


def _view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


def _post(*, token: bool, **headers: str) -> HttpResponse | None:
    get = RequestFactory().get("/", secure=True)
    masked = get_token(get)
    request = RequestFactory().post("/", {"csrfmiddlewaretoken": masked} if token else {}, secure=True, headers=headers)
    request.COOKIES["csrf"] = get.META["CSRF_COOKIE"]
    check = TokenCheck(_view)
    check.process_request(request)
    return check.process_view(request, _view, (), {})


def test_token_decides_without_referrer() -> None:
    assert _post(token=True, origin="null") is None


def test_null_origin_without_token_is_refused() -> None:
    refused = _post(token=False, origin="null")

    assert refused is not None
    assert refused.status_code == 403


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {}])
def test_other_origin_or_missing_referer_is_refused(headers: dict[str, str]) -> None:
    refused = _post(token=True, **headers)

    assert refused is not None
    assert refused.status_code == 403
