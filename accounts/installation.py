"""The organisation that runs this installation: its names, phone and hours."""

from accounts.models import Installation


def current() -> Installation:
    """The one row; what it would hold if nobody has saved it yet."""
    return Installation.objects.first() or Installation()
