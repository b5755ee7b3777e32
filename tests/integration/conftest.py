"""Documents and the engine together: real rows of both, real providers' wires."""

from tests.notifications.conftest import channels, hand, providers, run

__all__ = ["channels", "hand", "providers", "run"]
