"""PostgreSQL refuses to run as root: a user namespace, else the user nobody, makes it someone else."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from docflow.servers import binaries
from docflow.servers.trouble import CannotStart

NOBODY = 65534


@dataclass(frozen=True)
class Stand:
    """How to run a program as someone who is not root: a prefix for its command, or another user."""

    prefix: tuple[str, ...] = ()
    user: str | None = None

    def give(self, folder: Path) -> None:
        """Make `folder` belong to the one who will work in it."""
        if self.user is not None:
            entry = pwd.getpwnam(self.user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)


def stand(folder: Path) -> Stand:
    """How PostgreSQL will run on `folder`. Raises CannotStart when root finds neither way."""
    if os.geteuid() != 0:
        return Stand()
    prefix = _namespace()
    if prefix and _runs(prefix):
        return Stand(prefix=prefix)
    return _as_nobody(folder)


def _namespace() -> tuple[str, ...]:
    unshare = shutil.which("unshare")
    return (unshare, "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}") if unshare else ()


def _runs(prefix: tuple[str, ...]) -> bool:
    return subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0


def _as_nobody(folder: Path) -> Stand:
    try:
        pwd.getpwnam("nobody")
    except KeyError:
        raise CannotStart(_message("and there is no user nobody.")) from None
    for parent in (*folder.resolve().parents, *binaries.postgres("postgres").resolve().parents):
        if parent.exists() and not parent.stat().st_mode & 0o001:
            raise CannotStart(_message(f"and the user nobody cannot enter {parent}."))
    return Stand(user="nobody")


def _message(why: str) -> str:
    return (
        "PostgreSQL does not run as root. User namespaces are not available here, "
        f"{why} Start as an ordinary user, choose another folder with --data, "
        "or set DATABASE_URL to a PostgreSQL server of your own."
    )
