"""The lines of the README that use no browser, run as they are written there."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from docflow.servers.programs import ROOT
from tests.journeys import papers
from tests.journeys.product import Product
from tests.servers.waiting import until

FINAL = {"sent", "delivered"}


def lines() -> str:
    """The block of the README that begins with the key."""
    blocks = re.findall(r"^```\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if block.startswith("KEY="))


def asked(demo: Product, path: str) -> Any:
    request = Request(demo.web + path, headers={"Authorization": f"Bearer {demo.up['api_key']}"})  # noqa: S310
    with urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def test_lines_of_the_readme_bring_a_contract_to_its_client(demo: Product, tmp_path: Path):
    papers.contract(tmp_path, papers.number()).rename(tmp_path / "contract.pdf")
    (tmp_path / "data").symlink_to(demo.data)

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", lines()], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stdout + done.stderr
    document = json.JSONDecoder().raw_decode(done.stdout)[0]
    assert '"status"' not in done.stdout, done.stdout
    until(lambda: delivered(demo, document["id"]), 60)
    until(lambda: asked(demo, f"/api/v1/documents/{document['id']}")["state"] == "delivered", 30)


def delivered(demo: Product, document: str) -> bool:
    """Whether the client was told by all three channels."""
    rows: list[dict[str, Any]] = asked(demo, f"/api/v1/documents/{document}/deliveries")["results"]
    return {row["channel"] for row in rows if row["state"] in FINAL} == {"email", "sms", "telegram"}


def test_schema_of_the_readme_answers(demo: Product):
    assert asked(demo, "/api/schema")["openapi"].startswith("3.1")
