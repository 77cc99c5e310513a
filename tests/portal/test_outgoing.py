"""Outgoing calls reach the public internet and what an operator allowed, nothing else."""

import gzip
import re
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import SHUT_WR, create_server, socket
from typing import Any

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st
from pytest_django import Settings

from portal import outgoing
from portal.addresses import Address, is_outside
from portal.outgoing import OutgoingError, SendFailed, UrlRefused, check_url, send
from tests.portal.corpora import corpus

PUBLIC = "93.184.215.14"
CALLED = corpus("urls_called")
REFUSED = corpus("urls_refused")
Answers = dict[str, list[str]]


class Wire(httpcore.NetworkBackend):
    """Answers 200 for every address and remembers which were asked for."""

    def __init__(self) -> None:
        self.connected: list[tuple[str, int]] = []
        self.dead: set[str] = set()
        self.sent: list[bytes] = []

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.MockStream:
        self.connected.append((host, port))
        if host in self.dead:
            raise httpcore.ConnectError(host)
        return Answering(self.sent)


class Answering(httpcore.MockStream):
    def __init__(self, sent: list[bytes]) -> None:
        super().__init__([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"])
        self.sent = sent

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.sent.append(buffer)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    monkeypatch.setattr(outgoing, "WIRE", wire)
    return wire


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Look names up in a dictionary; each look-up of a name uses up one of its answers."""
    known: Answers = {}

    def resolve(host: str, port: int) -> list[Address]:
        if host == "localhost":
            return [ip_address("127.0.0.1")]
        answers = known.get(host, [PUBLIC])
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if found == "nothing":
            raise OSError
        return [ip_address(address) for address in found.split()]

    monkeypatch.setattr(outgoing, "resolve", resolve)
    return known


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(UrlRefused) as refused:
        call()
    assert str(refused.value) == refused.value.sentence
    return refused.value.code


def failure(call: Callable[[], object]) -> str:
    with pytest.raises(SendFailed) as failed:
        call()
    return failed.value.code


class TestWhereItCalls:
    @pytest.mark.parametrize("url", REFUSED)
    def test_forbidden_forms_are_refused_at_save_and_at_send(
        self, url: str, wire: Wire, names: Answers
    ) -> None:
        assert refusal(lambda: check_url(url)) == refusal(lambda: send("POST", url))
        assert wire.connected == []

    @pytest.mark.parametrize("url", CALLED)
    def test_allowed_forms_pass_at_save_and_at_send(
        self, url: str, wire: Wire, names: Answers
    ) -> None:
        check_url(url)
        assert send("POST", url).body == b"ok"
        (connected,) = wire.connected
        assert is_outside(ip_address(connected[0]))

    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("ftp://example.com/", "scheme"),
            ("http://user@example.com/", "userinfo"),
            ("http://example.com:22/", "port"),
            ("http://127.1/", "odd_address"),
            ("http://10.0.0.1/", "internal"),
            ("http://a b/", "characters"),
            ("http://[::1", "not_a_url"),
            ("http://*.example.com/", "host"),
            ("http://example.com/" + "x" * 2_000, "characters"),
        ],
    )
    def test_each_reason_has_its_code(self, url: str, code: str, names: Answers) -> None:
        assert refusal(lambda: check_url(url)) == code

    @tried(deadline=None)
    @given(st.ip_addresses(v=4))
    def test_an_inner_address_decides_for_the_outer(self, inner: Any) -> None:
        number = int(inner)
        for outer in (
            f"::ffff:{inner}",
            f"64:ff9b::{inner}",
            f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1",
        ):
            assert is_outside(ip_address(outer)) == is_outside(inner)

    @tried(deadline=None)
    @given(st.ip_addresses())
    def test_nothing_is_outside_that_the_standard_library_calls_internal(
        self, address: Any
    ) -> None:
        if is_outside(address):
            internal = (address.is_loopback, address.is_link_local, address.is_multicast)
            assert not any(internal)
            assert getattr(address, "sixtofour", None) or not address.is_private


class TestNames:
    URL = "https://hook.example/in"

    @pytest.mark.parametrize(
        "addresses",
        ["127.0.0.1", f"{PUBLIC} 10.0.0.1", f"{PUBLIC} ::1", "fe80::1%eth0", "::ffff:10.0.0.1"],
    )
    def test_one_internal_address_among_many_is_enough(
        self, addresses: str, wire: Wire, names: Answers
    ) -> None:
        names["hook.example"] = [addresses]
        assert refusal(lambda: check_url(self.URL)) == "internal"
        assert refusal(lambda: send("GET", self.URL)) == "internal"
        assert wire.connected == []

    def test_a_name_that_changes_between_look_ups_gains_nothing(
        self, wire: Wire, names: Answers
    ) -> None:
        names["hook.example"] = [PUBLIC, PUBLIC, "127.0.0.1"]
        check_url(self.URL)
        send("GET", "http://hook.example/in")
        assert wire.connected == [(PUBLIC, 80)]
        assert names["hook.example"] == ["127.0.0.1"]  # one look-up for each call, no more
        assert refusal(lambda: send("GET", self.URL)) == "internal"

    def test_the_next_checked_address_is_tried(self, wire: Wire, names: Answers) -> None:
        names["hook.example"] = [f"2606:4700::1 {PUBLIC}"]
        wire.dead = {"2606:4700::1"}
        assert send("GET", "http://hook.example/").status == 200
        assert wire.connected == [("2606:4700::1", 80), (PUBLIC, 80)]

    def test_the_host_is_still_told_its_name(self, wire: Wire, names: Answers) -> None:
        send("GET", "http://hook.example:8443/in?a=1")
        assert b"GET /in?a=1 HTTP/1.1\r\n" in b"".join(wire.sent)
        assert b"Host: hook.example:8443\r\n" in b"".join(wire.sent)

    def test_a_name_that_is_not_found_now_may_be_saved(
        self, wire: Wire, names: Answers
    ) -> None:
        names["hook.example"] = ["nothing"]
        check_url(self.URL)
        assert failure(lambda: send("GET", self.URL)) == "not_found"

    def test_a_look_up_that_hangs_ends_in_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        hangs = threading.Event()
        monkeypatch.setattr(outgoing, "resolve", lambda *_: hangs.wait(20) and [])
        assert failure(lambda: send("GET", self.URL, timeout=0.2)) == "not_found"
        hangs.set()


class TestTheOperatorsList:
    @pytest.mark.parametrize(
        ("line", "url", "is_allowed"),
        [
            ("127.0.0.1:9093", "http://127.0.0.1:9093/", True),
            ("127.0.0.1:9093", "http://127.0.0.1/", False),
            ("127.0.0.1:9093", "http://127.0.0.2:9093/", False),
            ("127.0.0.1:9093", f"http://{PUBLIC}:9093/", False),
            ("127.0.0.1:9093", "http://[::ffff:127.0.0.1]:9093/", True),
            ("127.0.0.1:9093", "http://localhost:9093/", True),
            ("localhost:9093", "http://localhost:9093/", True),
            ("localhost:9093", "http://127.0.0.1:9093/", False),
            ("10.1.0.0/16", "http://10.1.2.3/", True),
            ("10.1.0.0/16", "http://inner.example:8443/", True),
            ("10.1.0.0/16", "http://10.2.0.1/", False),
            ("10.1.0.0/16", "http://10.1.2.3:22/", False),
            ("inner.example", "https://inner.example/", True),
            ("Inner.Example.", "https://inner.example./", True),
            ("inner.example", "https://other.inner.example/", False),
            ("inner.example:3000", "http://inner.example:3000/", True),
            ("inner.example:3000", "http://inner.example/", False),
            ("[::1]:9093", "http://[::1]:9093/", True),
            ("fd00::/8", "http://[fd00::1]/", True),
            ("::1", "http://[::1]/", True),
            ("hook.example:9000", "http://hook.example:9000/", True),
            ("10.1.0.0/16", "ftp://10.1.2.3/", False),
            ("10.1.0.0/16", "http://a@10.1.2.3/", False),
            ("nonsense:::", "http://127.0.0.1/", False),
        ],
    )
    def test_it_lifts_what_it_names_and_no_more(
        self,
        line: str,
        url: str,
        is_allowed: bool,
        settings: Settings,
        wire: Wire,
        names: Answers,
    ) -> None:
        names |= {"inner.example": ["10.1.2.3"], "other.inner.example": ["10.2.0.1"]}
        settings.OUTGOING_ALLOW = [line, "unrelated.example"]
        if is_allowed:
            check_url(url)
            send("GET", url)
        else:
            assert refusal(lambda: check_url(url))
            assert refusal(lambda: send("GET", url))

    def test_ports_may_be_opened_for_all(
        self, settings: Settings, wire: Wire, names: Answers
    ) -> None:
        settings.OUTGOING_PORTS = [9000]
        assert send("GET", "http://hook.example:9000/").status == 200


class Server:
    """A real server on this machine that says the same bytes to everybody."""

    def __init__(self, allow: Callable[[str], None]) -> None:
        self.listening = create_server(("127.0.0.1", 0))
        self.heard = b""
        port = self.listening.getsockname()[1]
        allow(f"127.0.0.1:{port}")
        self.url = f"http://127.0.0.1:{port}/"
        self.is_over = threading.Event()

    def say(self, *pieces: bytes, every: float = 0, forever: bool = False) -> str:
        threading.Thread(target=self._serve, args=(pieces, every, forever)).start()
        return self.url

    def _serve(self, pieces: tuple[bytes, ...], every: float, forever: bool) -> None:
        try:
            line, _ = self.listening.accept()
        except OSError:
            return
        with line:
            self._speak(line, pieces, every, forever)

    def _speak(
        self, line: socket, pieces: tuple[bytes, ...], every: float, forever: bool
    ) -> None:
        while not self._has_heard_all() and (piece := line.recv(65536)):
            self.heard += piece
        try:
            for piece in pieces:
                line.sendall(piece)
                self.is_over.wait(every)
            while forever and not self.is_over.is_set():
                line.sendall(pieces[-1])
                self.is_over.wait(every)
            if not forever:
                line.shutdown(SHUT_WR)
        except OSError:
            return

    def _has_heard_all(self) -> bool:
        head, _, body = self.heard.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        return b"\r\n\r\n" in self.heard and len(body) >= int(length[1] if length else 0)

    def close(self) -> None:
        self.is_over.set()
        self.listening.close()


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    settings.OUTGOING_ALLOW = []
    server = Server(lambda line: setattr(settings, "OUTGOING_ALLOW", [line]))
    yield server
    server.close()


def head(*lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


class TestOnTheWire:
    """Against a real socket: what may come back, and for how long."""

    def test_an_answer_has_status_headers_and_body(self, server: Server) -> None:
        url = server.say(head("X-Seen: yes", "Content-Length: 5", status="503 No"), b"later")
        answer = send("POST", url, headers={"Idempotency-Key": "k"}, content=b'{"a":1}')
        assert (answer.status, answer.body, answer.is_cut) == (503, b"later", False)
        assert answer.headers["x-seen"] == "yes"
        assert b"Idempotency-Key: k\r\n" in server.heard
        assert b"User-Agent: Evenkeel\r\n" in server.heard
        assert server.heard.endswith(b'{"a":1}')

    def test_a_redirect_is_an_answer_and_not_followed(self, server: Server) -> None:
        url = server.say(
            head("Location: http://169.254.169.254/", "Content-Length: 0", status="302 Found")
        )
        assert send("GET", url).status == 302

    def test_no_proxy_of_the_environment_is_used(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert send("GET", server.say(head("Content-Length: 2"), b"ok")).body == b"ok"

    def test_no_answer_at_all_ends_in_time(self, server: Server) -> None:
        url = server.say(b"", every=20)
        assert failure(lambda: send("GET", url, timeout=0.3)) == "timeout"

    def test_a_drip_gains_no_time(self, server: Server) -> None:
        url = server.say(head(), b"x", every=0.05, forever=True)
        started = time.monotonic()
        assert failure(lambda: send("GET", url, timeout=0.4)) == "timeout"
        assert time.monotonic() - started < 5  # seconds; without a limit it never ends

    def test_a_drip_of_headers_gains_none_either(self, server: Server) -> None:
        url = server.say(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", every=0.05, forever=True)
        assert failure(lambda: send("GET", url, timeout=0.4)) == "timeout"

    def test_headers_without_end_are_refused(self, server: Server) -> None:
        url = server.say(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 1_000, forever=True)
        assert failure(lambda: send("GET", url)) == "protocol"

    def test_a_body_without_end_is_cut(self, server: Server) -> None:
        answer = send("GET", server.say(head(), b"x" * 65_536, forever=True), max_bytes=100_000)
        assert (answer.body, answer.is_cut) == (b"x" * 100_000, True)

    def test_a_body_of_exactly_the_limit_is_whole(self, server: Server) -> None:
        answer = send("GET", server.say(head(), b"x" * 1_000), max_bytes=1_000)
        assert (len(answer.body), answer.is_cut) == (1_000, False)

    @pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
    def test_the_limit_counts_what_is_unpacked(
        self, server: Server, pack: Callable[[bytes], bytes]
    ) -> None:
        bomb = pack(b"\0" * 50_000_000)
        encoding = "gzip" if pack is gzip.compress else "deflate"
        url = server.say(head(f"Content-Encoding: {encoding}"), bomb)
        answer = send("GET", url, max_bytes=1_000)
        assert (answer.body, answer.is_cut) == (b"\0" * 1_000, True)

    def test_a_packed_body_is_unpacked(self, server: Server) -> None:
        url = server.say(head("Content-Encoding: gzip"), gzip.compress(b"hello"))
        assert send("GET", url).body == b"hello"

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            ((b"220 mail.example ESMTP\r\n",), "protocol"),
            ((b"",), "protocol"),
            ((head("Content-Length: 10"), b"half"), "protocol"),
            ((head("Content-Encoding: gzip"), b"not gzip"), "protocol"),
            ((head("Content-Length: x"), b""), "protocol"),
        ],
    )
    def test_what_is_no_proper_answer_fails(
        self, server: Server, said: tuple[bytes, ...], code: str
    ) -> None:
        url = server.say(*said)
        assert failure(lambda: send("GET", url)) == code

    def test_nobody_listening_fails(self, server: Server) -> None:
        server.close()
        assert failure(lambda: send("GET", server.url)) == "no_connection"

    def test_a_header_cannot_hold_another(self, server: Server) -> None:
        url = server.say(head("Content-Length: 0"))
        headers = {"X-A": "b\r\nX-Injected: yes"}
        assert failure(lambda: send("GET", url, headers=headers)) == "protocol"
        assert b"Injected" not in server.heard

    def test_a_certificate_nobody_vouches_for_is_refused(
        self, server: Server, tmp_path: Path
    ) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self_signed(tmp_path))
        server.listening = context.wrap_socket(server.listening, server_side=True)
        server.say(head("Content-Length: 0"))
        url = server.url.replace("http:", "https:")
        assert failure(lambda: send("GET", url)) == "tls"

    def test_every_failure_is_one_kind_for_the_caller(self, server: Server) -> None:
        server.close()
        for url in (server.url, "http://10.0.0.1/"):
            with pytest.raises(OutgoingError):
                send("GET", url)


def self_signed(folder: Path) -> Path:
    """Write a key and a certificate for 127.0.0.1 into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "both.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
