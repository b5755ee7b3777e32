"""Makes the files under secrets/ that docker-compose.yml hands to its containers.

`python -m docflow.servers.secret_files [FOLDER]`; what is there stays, so it is safe to run again.
"""

import secrets
import sys
from pathlib import Path

from docflow.common import crypto
from docflow.servers import roles

VALKEY = "requirepass {password}\nappendonly yes\nappendfsync everysec\nmaxmemory-policy noeviction\ndir /data\n"
DATABASE = "postgresql://{role}:{password}@postgres:5432/docflow"


def make(folder: Path) -> None:
    """All files exist. The folder is closed to others; the files inside are readable by the containers' users."""
    folder.mkdir(mode=0o700, exist_ok=True)
    owner, app, broker = (secrets.token_urlsafe(32) for _ in range(3))
    _together(
        folder,
        {
            "owner_password": owner,
            "database_owner_url": DATABASE.format(role=roles.OWNER, password=owner),
            "database_url": DATABASE.format(role=roles.APP, password=app),
        },
    )
    _together(folder, {"redis_url": f"redis://:{broker}@valkey:6379/0", "valkey.conf": VALKEY.format(password=broker)})
    _together(folder, {"secret_key": secrets.token_urlsafe(48)})
    if not (folder / "keys.json").exists():
        crypto.write_keys(folder / "keys.json")
    for file in folder.iterdir():
        file.chmod(0o444)


def _together(folder: Path, files: dict[str, str]) -> None:
    """Files that only make sense with one another are written all or not at all."""
    if any((folder / name).exists() for name in files):
        return
    for name, text in files.items():
        (folder / name).write_text(text, encoding="ascii")


if __name__ == "__main__":
    make(Path(sys.argv[1] if len(sys.argv) > 1 else "secrets"))
