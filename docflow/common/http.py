"""Facts about a request that must not be taken on trust."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """The caller's address: from the socket, or from X-Forwarded-For behind TRUSTED_PROXIES hops."""
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    hops = settings.TRUSTED_PROXIES
    candidate = forwarded[-hops] if hops and len(forwarded) >= hops else request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(candidate)
        return str(getattr(address, "ipv4_mapped", None) or address)
    except ValueError:
        return "0.0.0.0"  # noqa: S104 - a value for "unknown", nothing listens on it


def limit_key(request: HttpRequest) -> str:
    """What limits count by: one IPv4 address, or a whole /64 of IPv6."""
    address = ipaddress.ip_address(client_ip(request))
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)
