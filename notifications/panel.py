"""What other apps' pages show of deliveries."""


def register() -> None:
    """Offer the panel."""
