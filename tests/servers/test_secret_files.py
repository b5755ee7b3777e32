"""The secrets for containers: every declared file, matching one another, made once."""

import json
from pathlib import Path

import yaml

from docflow.servers import secret_files

ROOT = Path(__file__).parents[2]


def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_every_file_of_compose_is_made(tmp_path: Path):
    declared = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["secrets"].values()

    secret_files.make(tmp_path / "secrets")

    assert set(contents(tmp_path / "secrets")) == {Path(entry["file"]).name for entry in declared}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_files_match_one_another(tmp_path: Path):
    secret_files.make(tmp_path)

    made = contents(tmp_path)
    assert made["owner_password"] in made["database_owner_url"]
    assert made["valkey.conf"].splitlines()[0].split()[1] in made["redis_url"]
    assert set(json.loads(made["keys.json"])) >= {"sealing", "lookup"}


def test_second_run_changes_nothing(tmp_path: Path):
    secret_files.make(tmp_path)
    before = contents(tmp_path)

    secret_files.make(tmp_path)

    assert contents(tmp_path) == before
