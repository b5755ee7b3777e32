"""The digits that an authenticator app shows."""

import time

from django_otp.oath import TOTP

from tests.factories.accounts import SECRET


def digits(secret: str = SECRET, *, steps: int = 0) -> str:
    """The code of now, or of so many steps later."""
    app = TOTP(bytes.fromhex(secret), drift=steps)
    app.time = time.time()
    return f"{app.token():06d}"
