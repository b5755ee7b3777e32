"""Uploads are sealed as they arrive, only where they are expected, and gone unless kept."""

import io
import json
import unicodedata
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadhandler import SkipFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client, RequestFactory
from django.urls import path
from pytest_django import Settings
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from documents import formats, receiving, storage
from tests import files

pytestmark = pytest.mark.urls(__name__)


class SignedIn:
    """Stands where the product's own middleware names the person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user = SimpleNamespace(is_authenticated="anonymous" not in request.GET)  # type: ignore[assignment]
        response = self.get_response(request)
        receiving.tidy(request)
        return response


def _told(found: Any) -> dict[str, Any]:
    return {
        "names": [each.name for each in found],
        "sizes": [each.size for each in found],
        "formats": [each.format.value for each in found],
        "temporary": len(_left()),
    }


def look(request: HttpRequest) -> HttpResponse:
    return JsonResponse(_told(request.FILES.getlist("file")))


def keep(request: HttpRequest) -> HttpResponse:
    return JsonResponse([_kept(each) for each in request.FILES.getlist("file")], safe=False)


def _kept(received: Any) -> dict[str, Any]:
    stored = received.keep()
    key = stored.wrapped_key.hex()
    return {"name": stored.name, "key": key, "sha256": stored.sha256, "version": str(received.version_id)}


def fail(request: HttpRequest) -> HttpResponse:
    assert request.FILES
    raise RuntimeError("view fell over")


for view in (look, keep, fail):
    view.receives_files = True  # type: ignore[attr-defined]


def careless(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"files": len(request.FILES), "form": request.POST.dict()})


class Api(APIView):
    receives_files = True
    parser_classes = (MultiPartParser,)
    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        request.user = SimpleNamespace(is_authenticated=True)  # type: ignore[assignment]
        request.auth = None
        super().initial(request, *args, **kwargs)

    def post(self, request: Request) -> Response:
        return Response({**_told(request.FILES.getlist("file")), "title": request.POST["title"]})


urlpatterns = [
    path("look", look),
    path("keep", keep),
    path("fail", fail),
    path("careless", careless),
    path("api", Api.as_view()),
]


@pytest.fixture(autouse=True)
def _only_the_person(settings: Settings) -> None:
    settings.MIDDLEWARE = [f"{__name__}.SignedIn"]


def _file(data: bytes, name: str = "act.pdf") -> io.BytesIO:
    file = io.BytesIO(data)
    file.name = name
    return file


def _incoming() -> list[str]:
    folder = storage.incoming()
    return [each.name for each in folder.iterdir()] if folder.exists() else []


def _left() -> list[str]:
    return [name for name in _incoming() if name not in BEFORE]


BEFORE: set[str] = set()


@pytest.fixture(autouse=True)
def _clean_ground() -> None:
    """What other tests still hold is not ours."""
    BEFORE.clear()
    BEFORE.update(_incoming())


def test_view_sees_name_size_and_true_format(client: Client):
    answer = client.post("/look", {"file": [_file(files.pdf()), _file(files.picture("png"))]}).json()

    assert answer["names"] == ["act.pdf", "act.pdf"]
    assert answer["formats"] == ["pdf", "png"]
    assert answer["sizes"] == [len(files.pdf()), len(files.picture("png"))]
    assert answer["temporary"] == 2


def test_what_is_not_kept_is_gone_after_the_request(client: Client):
    client.post("/look", {"file": _file(files.pdf())})

    assert _left() == []


def test_kept_file_opens_for_its_version(client: Client):
    data = files.pdf(pages=3) + bytes(3 * storage.CHUNK)

    (kept,) = client.post("/keep", {"file": _file(data)}).json()

    place = receiving.place(UUID(kept["version"]))
    with storage.open_sealed(kept["name"], bytes.fromhex(kept["key"]), place) as reader:
        assert reader.read() == data
    assert _left() == []


def test_failing_view_leaves_nothing(client: Client):
    with pytest.raises(RuntimeError):
        client.post("/fail", {"file": _file(files.pdf())})

    assert _left() == []


def test_views_that_expect_no_files_store_none(client: Client):
    answer = client.post("/careless", {"file": _file(files.pdf()), "title": "Act"}).json()

    assert answer == {"files": 0, "form": {"title": "Act"}}


def test_strangers_cannot_fill_the_disk(client: Client):
    answer = client.post("/look?anonymous", {"file": _file(files.pdf())}).json()

    assert answer["names"] == []


def test_api_receives_the_same_way(client: Client):
    answer = client.post("/api", {"file": _file(files.docx(), "act.docx"), "title": "Акт"}).json()

    assert answer["formats"] == ["docx"]
    assert answer["title"] == "Акт"
    assert _left() == []


def _body(data: bytes, *, share: float = 1.0) -> dict[str, Any]:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="act.pdf"\r\n\r\n'
    whole = head + data + b"\r\n--x--\r\n"
    return {"data": files.truncated(whole, share), "content_type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_aborted_body_leaves_nothing(client: Client, share: float):
    answer = client.post("/look", **_body(bytes(3 * storage.CHUNK), share=share))

    assert answer.json()["names"] == []
    assert _left() == []


def test_broken_connection_leaves_nothing():
    request = RequestFactory().post("/look", **_body(bytes(3 * storage.CHUNK)))
    request.resolver_match = SimpleNamespace(func=look)  # type: ignore[assignment]
    request.user = SimpleNamespace(is_authenticated=True)  # type: ignore[assignment]
    request._stream = _Breaks(request._stream)  # type: ignore[assignment]

    with pytest.raises(OSError, match="reset"):
        _ = request.FILES
    receiving.tidy(request)

    assert _left() == []


class _Breaks:
    def __init__(self, stream: Any) -> None:
        self.stream, self.reads = stream, 0

    def read(self, *args: int) -> bytes:
        self.reads += 1
        if self.reads > 2:
            raise OSError("connection reset")
        return bytes(self.stream.read(*args))


def test_item_28_too_large_a_file_is_refused_by_whatever_is_asked_first(client: Client, settings: Settings):
    settings.MAX_UPLOAD = 1000

    for address in ("/look", "/keep"):
        with pytest.raises(Exception, match="up to 1000") as refused:
            client.post(address, {"file": _file(files.pdf())})
        assert getattr(refused.value, "status", None) == 413
    assert _left() == []


def test_file_of_exactly_the_largest_size_is_taken(client: Client, settings: Settings):
    settings.MAX_UPLOAD = len(files.pdf())

    assert client.post("/look", {"file": _file(files.pdf())}).json()["sizes"] == [len(files.pdf())]


@pytest.mark.parametrize(
    ("declared", "kind", "refused"),
    [
        ("5000000000", "multipart/form-data; boundary=x", True),
        ("100000", "multipart/form-data; boundary=x", False),
        ("5000000000", "application/json", True),
        ("150000000", "application/json", True),
        ("1000", "application/json", False),
        ("", "application/json", False),
        ("many", "application/json", False),
    ],
)
def test_declared_length_is_refused_before_reading(declared: str, kind: str, refused: bool):
    request = RequestFactory().post("/look", b"", content_type=kind)
    request.META["CONTENT_LENGTH"] = declared

    refusal = receiving.oversized(request)

    assert (refusal is not None) is refused
    if refusal:
        assert refusal.status == 413


def test_view_answers_for_a_body_left_unread(settings: Settings):
    settings.MAX_UPLOAD = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    request = RequestFactory().post("/look", **_body(bytes(2 * receiving.FORM_FIELDS)), headers={"X-CSRFToken": "x"})

    assert request.FILES.getlist("file") == []
    assert request.POST.dict() == {}
    assert request.read(2) == b"--"
    assert receiving.left_to_view(request, look)
    assert not receiving.left_to_view(request, careless)
    assert not receiving.left_to_view(RequestFactory().post("/look"), look)
    assert receiving.left_to_view(RequestFactory().post("/api"), Api.as_view())


def test_empty_file_is_received_as_empty(client: Client):
    assert client.post("/look", {"file": _file(b"")}).json()["formats"] == ["empty"]


def test_handler_belongs_to_the_installation():
    assert django_settings.FILE_UPLOAD_HANDLERS == ["documents.receiving.SealingUploadHandler"]


def test_handler_without_a_request_stores_nothing():
    with pytest.raises(SkipFile):
        receiving.SealingUploadHandler().new_file("file", "act.pdf", "application/pdf", 10)


@pytest.mark.parametrize("name", files.HOSTILE_NAMES)
def test_item_32_names_are_made_harmless(name: str):
    clean = receiving.clean_name(name)

    assert 0 < len(clean) <= receiving.LONGEST_NAME
    assert not set(clean) & set("/\\\0\r\n\u202e\u200b\ufeff\ud800")
    assert clean.strip(". ") == clean
    assert clean == receiving.clean_name(clean) == unicodedata.normalize("NFC", clean)
    json.dumps(clean).encode()
    clean.encode()


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Договор № 418.pdf", "Договор № 418.pdf"),
        ("и\u0306.pdf", "й.pdf"),
        ("../../etc/passwd", "passwd"),
        ("contract\u202efdp.exe", "contractfdp.exe"),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
        ("CON", "_CON"),
        ("com1.pdf", "_com1.pdf"),
        ("a\t b\n\nc.txt", "a b c.txt"),
        (".htaccess", "htaccess"),
        ("...", "file"),
        (None, "file"),
    ],
)
def test_names_keep_what_they_say(name: str | None, clean: str):
    assert receiving.clean_name(name) == clean


def test_format_is_told_from_the_cleaned_name(client: Client):
    answer = client.post("/look", {"file": _file(files.csv(), "sums.csv\u200b")}).json()

    assert answer["formats"] == [formats.Format.CSV.value]
