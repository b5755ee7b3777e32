"""Sealed files over HTTP: originals only as attachments that no browser opens by itself, pictures as they are."""

import re
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from docflow.common.errors import Gone, NotFound
from documents import storage
from documents.formats import Format
from documents.models import DocumentVersion, PagePicture

RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
SANDBOX = "default-src 'none'; sandbox"


def original(request: HttpRequest, version: DocumentVersion) -> HttpResponseBase:
    """The file as it was received, whole or the asked range (RFC 9110 §14). Raises Gone when it is damaged."""
    try:
        source = storage.open_sealed(version.stored_name, bytes(version.wrapped_key), version.place)
    except storage.Damaged as error:
        raise Gone(
            _("The stored file cannot be opened. The administrators must look at it."), code="damaged"
        ) from error
    span = _asked(request, version, source.size)
    if span is None:
        return _headed(HttpResponse(status=416), version, {"Content-Range": f"bytes */{source.size}"})
    start, end = span
    partial = (start, end) != (0, source.size)
    more = {"Content-Length": str(end - start)}
    if partial:
        more["Content-Range"] = f"bytes {start}-{end - 1}/{source.size}"
    status = 206 if partial else 200
    if request.method == "HEAD":
        source.close()
        return _headed(HttpResponse(status=status), version, more)
    return _headed(StreamingHttpResponse(_flow(source, start, end), status=status), version, more)


def _flow(source: storage.SealedFile, start: int, end: int) -> Iterator[bytes]:
    with source:
        yield from source.chunks(start, end)


def _asked(request: HttpRequest, version: DocumentVersion, size: int) -> tuple[int, int] | None:
    """The bytes to send; None when the range lies outside. What is not one plain range is answered whole."""
    match = RANGE.fullmatch(request.headers.get("Range", ""))
    if not match or match.groups() == ("", "") or request.headers.get("If-Range", _tag(version)) != _tag(version):
        return 0, size
    first, last = match.groups()
    if not first:
        return (max(size - int(last), 0), size) if int(last) else None
    start, end = int(first), min(int(last) + 1, size) if last else size
    return (start, end) if start < min(end, size) else None


def _tag(version: DocumentVersion) -> str:
    return f'"{version.sha256}"'


def _headed(response: HttpResponseBase, version: DocumentVersion, more: dict[str, str]) -> HttpResponseBase:
    headers = {
        "Content-Type": Format(version.format).mime,
        "Content-Disposition": content_disposition_header(True, version.original_name) or "attachment",
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
        "ETag": _tag(version),
        **more,
    }
    for name, value in headers.items():
        response.headers[name] = value
    return response


def picture(version: DocumentVersion, number: int, *, thumbnail: bool = False) -> HttpResponse:
    """A page as a picture. Raises NotFound while it is not made, Gone when it is damaged."""
    row = PagePicture.objects.filter(version=version, n=number).first()
    if row is None:
        raise NotFound(_("There is no picture of this page."))
    name = row.thumb_stored_name if thumbnail else row.stored_name
    try:
        with storage.open_sealed(name, bytes(version.wrapped_key), version.place) as source:
            data = source.read_range(0, source.size)
    except storage.Damaged as error:
        raise Gone(
            _("The stored file cannot be opened. The administrators must look at it."), code="damaged"
        ) from error
    return HttpResponse(data, content_type="image/webp")
