"""The usual way with a large upload: Django writes it to a temporary file, the view then hashes and seals it.

`uvicorn bench.documents_peer:application`, behind the same server and threads as the product.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

CHUNK = 1024 * 1024
FOLDER = Path(tempfile.gettempdir()) / f"bench-peer-{os.getpid()}"

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY=os.urandom(32).hex(),
    FILE_UPLOAD_HANDLERS=["django.core.files.uploadhandler.TemporaryFileUploadHandler"],
)


@csrf_exempt
def upload(request: HttpRequest) -> HttpResponse:
    """Save the file as it came, then read it again, hash it and write it sealed."""
    storage = FileSystemStorage(FOLDER)
    name = storage.save("plain", cast("Any", request.FILES["file"]))
    digest, cipher = hashlib.sha256(), AESGCM(os.urandom(32))
    with storage.open(name) as plain, (FOLDER / "sealed").open("wb") as sealed:
        for number, chunk in enumerate(plain.chunks(CHUNK)):
            digest.update(chunk)
            sealed.write(cipher.encrypt(number.to_bytes(12, "big"), chunk, None))
        sealed.flush()
        os.fsync(sealed.fileno())
    storage.delete(name)
    return HttpResponse(digest.hexdigest(), status=201)


urlpatterns = [path("upload/", upload)]
application = WSGIMiddleware(cast("Any", get_wsgi_application()), workers=16)
