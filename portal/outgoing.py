"""
The one client for HTTP that leaves the house.

People name the addresses it calls, so it connects only where a stranger may: a name is
resolved once, every address of it is checked, and the connection goes to one that was. No
redirects, no proxies from the environment, two schemes, a few ports, a limit on size and on
the time of the whole exchange. What an operator lists in OUTGOING_ALLOW is let through.
"""

import queue
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple

import httpcore
import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from portal.addresses import Address, carried, is_outside, literal

TIMEOUT = 10.0  # seconds for the whole exchange
SAVE_TIMEOUT = 3.0  # seconds to look a name up when somebody saves it
LARGEST_ANSWER = 1_000_000  # bytes, unpacked
LONGEST_URL = 2_000  # characters
PORTS = {80, 443, 8443}
LOOKUPS_AT_ONCE = 16
CHUNK = 16_384  # bytes
NOT_IN_URLS = re.compile(r"[\x00-\x20\x7f\\]")
HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
LOOKS_NUMERIC = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)")
AUTHORITY = re.compile(r"[^/?#]*//([^/?#]*)")

# The edge of the process; a test puts its own here.
WIRE: httpcore.NetworkBackend = httpcore.SyncBackend()
_lookup_slots = threading.BoundedSemaphore(LOOKUPS_AT_ONCE)


class Answer(NamedTuple):
    """An answer of any status; a body that was longer than allowed is cut and `is_cut`."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes
    is_cut: bool = False


class OutgoingError(Exception):
    """There is no answer; `code` is for programs, `sentence` for people."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        self.sentence = sentence
        super().__init__(sentence)


class UrlRefused(OutgoingError):
    """This address is not called, now or later."""


class SendFailed(OutgoingError):
    """The call was made, or tried, and may be tried again."""


class Target(NamedTuple):
    url: httpx.URL
    host: str  # lower case, ASCII, without a trailing dot
    port: int


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    timeout: float = TIMEOUT,
    max_bytes: int = LARGEST_ANSWER,
) -> Answer:
    """
    Return the answer, whatever its status; a redirect is an answer like any other.

    `timeout` is seconds for everything from the look-up to the last byte. Raises `UrlRefused`
    for what is never called, `SendFailed` for what went wrong on the way.
    """
    ends_at = time.monotonic() + timeout
    target = _target(url)
    addresses = _checked(target, _lookup(target, ends_at))
    wire = _TimedBackend(addresses, ends_at)
    with (
        _named_failures(),
        httpx.Client(
            transport=_Transport(wire), trust_env=False, follow_redirects=False
        ) as client,
        client.stream(
            method, target.url, headers=_headers(headers), content=content
        ) as response,
    ):
        body, is_cut = _body(response, max_bytes)
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, found, body, is_cut)


def check_url(url: str) -> None:
    """
    Raise `UrlRefused` for a URL that `send` would not call; for the moment it is saved.

    A name that cannot be looked up now passes: it is looked up again at every call.
    """
    target = _target(url)
    with suppress(SendFailed):
        _checked(target, _lookup(target, time.monotonic() + SAVE_TIMEOUT))


def check_strangers_url(url: str) -> None:
    """
    Raise `UrlRefused` for what is plainly wrong in a URL that anybody at all may send.

    Nothing is looked up, so that nobody learns from the answer which names exist inside; the
    call itself is checked like every other. Only https, but where an operator allows more.
    """
    target = _target(url)
    known = literal(target.host)
    if known is not None:
        _checked(target, [known])
    named = any(entry.network is None for entry in _entries(target.host))
    is_lifted = _is_lifted(target, known) if known else named
    if target.url.scheme != "https" and not is_lifted:
        raise UrlRefused("not_https", _("The address must begin with https://."))


def _target(url: str) -> Target:
    if len(url) > LONGEST_URL or NOT_IN_URLS.search(url) or not url.isprintable():
        raise UrlRefused("characters", _("The URL is too long or has a character it may not."))
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise UrlRefused("not_a_url", _("This is not a URL.")) from None
    if parsed.scheme not in {"http", "https"}:
        raise UrlRefused("scheme", _("Only http:// and https:// are called."))
    authority = AUTHORITY.match(url)
    if authority is None or "@" in authority[1]:
        raise UrlRefused("userinfo", _("The URL may not hold a user name or a password."))
    host = _host(parsed)
    port = parsed.port if parsed.port is not None else {"http": 80}.get(parsed.scheme, 443)
    if port not in _ports() and not any(entry.port == port for entry in _entries(host)):
        raise _port_refused(port)
    return Target(parsed, host, port)


def _port_refused(port: int) -> UrlRefused:
    sentence = _("Port %(port)s is not called. An operator may allow it.")
    return UrlRefused("port", sentence % {"port": port})


def _host(url: httpx.URL) -> str:
    host = url.raw_host.decode("ascii").lower().removesuffix(".")
    if literal(host) is None:
        if LOOKS_NUMERIC.fullmatch(host):
            # 127.1, 0x7f.1, 2130706433: some read them as addresses, and not all alike.
            raise UrlRefused("odd_address", _("Write the address as four numbers."))
        if len(host) > 253 or not HOST_NAME.fullmatch(host):
            raise UrlRefused("host", _("The URL needs the name of a host."))
    return host


class Entry(NamedTuple):
    """One line of the operator's list: a name or a network, and a port if only that one."""

    name: str
    network: IPv4Network | IPv6Network | None
    port: int | None

    def lifts(self, target: Target, address: Address) -> bool:
        if self.port not in {None, target.port}:
            return False
        if self.network is None:
            return self.name == target.host
        return address in self.network


def _ports() -> set[int]:
    return PORTS | {int(port) for port in getattr(settings, "OUTGOING_PORTS", ())}


def _all_entries() -> list[Entry]:
    return _parsed(tuple(getattr(settings, "OUTGOING_ALLOW", ())))


def _entries(host: str) -> list[Entry]:
    """Return the entries that may be meant for a host; a network may be for any name."""
    return [entry for entry in _all_entries() if entry.network or entry.name == host]


@lru_cache(8)
def _parsed(lines: tuple[str, ...]) -> list[Entry]:
    return [_entry(line.strip().lower()) for line in lines if line.strip()]


def _entry(line: str) -> Entry:
    network = _network(line)
    if network:
        return Entry(line, network, None)
    name, colon, port = line.rpartition(":")
    if not colon or not port.isdecimal():
        name, port = line, ""
    name = name.strip("[]").removesuffix(".")
    return Entry(name, _network(name), int(port) if port else None)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None


def _checked(target: Target, addresses: list[Address]) -> list[Address]:
    """Return the addresses if every one of them may be called."""
    for address in addresses:
        if _is_lifted(target, address):
            continue
        if not is_outside(address):
            sentence = _("%(host)s leads into the internal network. An operator may allow it.")
            raise UrlRefused("internal", sentence % {"host": target.host})
        if target.port not in _ports():  # allowed, but for other addresses than this
            raise _port_refused(target.port)
    return addresses


def _is_lifted(target: Target, address: Address) -> bool:
    inner = carried(address) if address.version == 6 else None
    return any(entry.lifts(target, inner or address) for entry in _entries(target.host))


def _lookup(target: Target, ends_at: float) -> list[Address]:
    """Return all addresses of a host; the system's own look-up knows no time limit."""
    known = literal(target.host)
    if known is not None:
        return [known]
    answers: queue.SimpleQueue[list[Address] | Exception] = queue.SimpleQueue()
    if not _lookup_slots.acquire(timeout=max(0, ends_at - time.monotonic())):
        raise _not_found(target.host)

    def look() -> None:
        try:
            answers.put(resolve(target.host, target.port))
        except (OSError, UnicodeError) as error:
            answers.put(error)
        finally:
            _lookup_slots.release()

    threading.Thread(target=look, name="look-up", daemon=True).start()
    try:
        found = answers.get(timeout=max(0, ends_at - time.monotonic()))
    except queue.Empty:
        raise _not_found(target.host) from None
    if isinstance(found, Exception) or not found:
        raise _not_found(target.host)
    return found


def _not_found(host: str) -> SendFailed:
    return SendFailed("not_found", _("The host %(host)s was not found.") % {"host": host})


def resolve(host: str, port: int) -> list[Address]:
    """Ask the system for the addresses of a host, in the order it prefers them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(row[4][0])) for row in found))


class _TimedBackend(httpcore.NetworkBackend):
    """Connects to the checked addresses and nowhere else, whatever host it is told."""

    def __init__(self, addresses: list[Address], ends_at: float) -> None:
        self.addresses = addresses
        self.ends_at = ends_at

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError(host)
        for address in self.addresses:
            left = _left(self.ends_at, httpcore.ConnectTimeout)
            try:
                stream = WIRE.connect_tcp(str(address), port, left, None, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _TimedStream(stream, self.ends_at)
        raise failed


class _TimedStream(httpcore.NetworkStream):
    """A connection of which every part ends by one moment: a slow drip gains no time."""

    def __init__(self, stream: httpcore.NetworkStream, ends_at: float) -> None:
        self.stream = stream
        self.ends_at = ends_at

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, _left(self.ends_at, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), CHUNK):
            left = _left(self.ends_at, httpcore.WriteTimeout)
            self.stream.write(buffer[start : start + CHUNK], left)

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(self.ends_at, httpcore.ConnectTimeout)
        stream = self.stream.start_tls(ssl_context, server_hostname, left)
        return _TimedStream(stream, self.ends_at)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


def _left(ends_at: float, too_late: type[Exception]) -> float:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise too_late
    return left


class _Transport(httpx.BaseTransport):
    """One connection over our own wire."""

    def __init__(self, wire: httpcore.NetworkBackend) -> None:
        self.pool = httpcore.ConnectionPool(ssl_context=_tls(), network_backend=wire)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = self.pool.handle_request(
            httpcore.Request(
                request.method, url, headers=request.headers.raw, content=request.stream
            )
        )
        stream = _Pieces(answer.stream)
        return httpx.Response(answer.status, headers=answer.headers, stream=stream)

    def close(self) -> None:
        self.pool.close()


class _Pieces(httpx.SyncByteStream):
    def __init__(self, pieces: Any) -> None:
        self.pieces = pieces  # an iterable of bytes that wants to be closed

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.pieces)

    def close(self) -> None:
        self.pieces.close()


@cache
def _tls() -> ssl.SSLContext:
    """Trust the public authorities, and those that the operator gave the machine."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def _headers(given: Mapping[str, str] | None) -> dict[str, str]:
    own = {"User-Agent": "Evenkeel", "Accept-Encoding": "identity", "Connection": "close"}
    return {**own, **(given or {})}


def _body(response: httpx.Response, max_bytes: int) -> tuple[bytes, bool]:
    """Read up to `max_bytes` as they are unpacked, so that a bomb has no room to go off."""
    unpack = _unpacker(response.headers.get("content-encoding", ""))
    kept = bytearray()
    for piece in response.iter_raw(CHUNK):
        kept += unpack(piece, max_bytes + 1 - len(kept))
        if len(kept) > max_bytes:
            return bytes(kept[:max_bytes]), True
    return bytes(kept), False


def _unpacker(encoding: str) -> Callable[[bytes, int], bytes]:
    if encoding.strip().lower() in {"gzip", "x-gzip", "deflate"}:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress  # gzip or zlib
    return lambda piece, room: piece[:room]  # what we did not ask for stays as it came


@contextmanager
def _named_failures() -> Iterator[None]:
    try:
        yield
    except (httpcore.TimeoutException, httpx.TimeoutException) as error:
        raise SendFailed("timeout", _("It did not answer in time.")) from error
    except httpcore.ConnectError as error:
        if isinstance(error.__cause__ or error.__context__, ssl.SSLError):
            raise SendFailed("tls", _("Its certificate could not be verified.")) from error
        raise SendFailed("no_connection", _("It could not be reached.")) from error
    except (httpcore.NetworkError, OSError) as error:
        raise SendFailed("broken_off", _("The connection broke off.")) from error
    except (httpcore.ProtocolError, httpx.HTTPError, zlib.error) as error:
        raise SendFailed("protocol", _("It did not speak proper HTTP.")) from error
