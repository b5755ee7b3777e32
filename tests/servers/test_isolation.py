"""PostgreSQL under root: in a user namespace, else as nobody, else a plain word."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from docflow.servers import isolation, ports, postgres
from docflow.servers.folder import Folder
from docflow.servers.postgres import Postgres
from docflow.servers.supervisor import Supervisor
from docflow.servers.trouble import CannotStart

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root has this trouble"),
    pytest.mark.xdist_group("engines"),
]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="docflow-open-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def _no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")


def test_namespace_comes_first(tmp_path: Path):
    if not isolation._runs(isolation._namespace()):
        pytest.skip("user namespaces are not available here")

    stand = isolation.stand(tmp_path)

    assert stand.user is None
    assert "--user" in stand.prefix


@pytest.mark.usefixtures("_no_namespaces")
def test_closed_folder_is_refused_by_name(tmp_path: Path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)

    with pytest.raises(CannotStart, match=r"namespaces are not available .* nobody cannot enter"):
        isolation.stand(home / "data" / "postgres")


@pytest.mark.usefixtures("_no_namespaces")
def test_nobody_runs_it_in_an_open_folder(open_folder: Path):
    place = Folder(open_folder / "data")
    place.make()
    try:
        stand = isolation.stand(place.postgres)
    except CannotStart as trouble:
        pytest.skip(str(trouble))  # the checkout itself lies in a closed folder
    server = Postgres(place, place.secrets(), ports.free_port(), stand, durable=False)
    supervisor = Supervisor(place.logs, lambda line: None)

    server.make()
    supervisor.start(server.process())
    server.prepare()

    assert stand.user == "nobody"
    assert postgres.answers(server.url)
    supervisor.stop()
