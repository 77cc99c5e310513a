"""Who a request without a name comes from, as far as limits must tell clients apart."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_of(request: HttpRequest) -> str:
    """
    Return the address of the client, of IPv6 the network that one household has.

    Behind our proxy it is the last one in `X-Forwarded-For`, which the proxy wrote; what
    stands before it anybody may have written (ASVS 4.1.3).
    """
    said = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER is not None:
        forwarded = request.headers.get("X-Forwarded-For", "")
        said = forwarded.rpartition(",")[2].strip() or said
    try:
        address = ip_address(said.strip("[]"))
    except ValueError:
        return said.rpartition(":")[0] or "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)
