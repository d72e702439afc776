"""Sending one event: only to the address that was looked up and checked, with the certificate of the host."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from httpx import URL

from kit.jobs.courier import NotTaken, Taken
from services.routing import addresses
from services.routing.feed_tables import Webhook
from services.routing.sending import Sender
from services.routing.webhooks import BadWebhook
from tests.receiver import Receiver
from tests.routing.conftest import NOW


@pytest.mark.parametrize(
    "address", ["2001:db8::1", "224.0.0.1", "10.0.0.1", "127.0.0.1", "::1", "fd00::1", "169.254.169.254", "100.64.0.1"]
)
def test_a_host_with_an_address_in_our_network_is_not_called(receiver: Receiver, address: str) -> None:
    sender = Sender(private=False, resolve=lambda *_: ["8.8.8.8", address])
    assert sender.send(a_webhook("https://dpu.example/"), "id", b"{}", NOW) == NotTaken(
        "its host has an address that is not public"
    )
    assert receiver.requests == []


def test_the_address_that_was_looked_up_is_the_one_that_is_called(receiver: Receiver) -> None:
    lookups: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        lookups.append((host, port))
        return ["127.0.0.1"]

    port = URL(receiver.url).port
    sender = Sender(private=True, resolve=resolve)
    assert not isinstance(sender.send(a_webhook(f"http://dpu.example:{port}/hook"), "id", b"{}", NOW), NotTaken)
    assert lookups == [("dpu.example", port)]
    assert receiver.requests[0].headers["host"] == f"dpu.example:{port}"


@pytest.mark.parametrize("name", ["tidak-ada.invalid", f"{'x' * 70}.example"])
def test_a_host_without_an_address_is_reported_as_that(name: str) -> None:
    sender = Sender(private=False)
    assert sender.send(a_webhook(f"https://{name}/"), "id", b"{}", NOW) == NotTaken("its host has no address")


def test_an_address_that_cannot_be_called_is_refused() -> None:
    with pytest.raises(BadWebhook):
        addresses.parse(f"https://dpu.example/{'x' * 70_000}")


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("dpu.example", Taken()),
        ("dpu.example.", Taken()),
        ("dinkes.example", NotTaken("its certificate is not valid for this host")),
    ],
)
def test_the_certificate_must_be_the_names_though_the_address_is_called(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, outcome: Taken | NotTaken
) -> None:
    receiver.speak_tls(a_certificate("dpu.example", tmp_path / "dpu.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "dpu.pem"))
    sender = Sender(private=True, resolve=lambda *_: ["127.0.0.1"])
    url = f"https://{name}:{URL(receiver.url).port}/hook"
    assert sender.send(a_webhook(url), "id", b"{}", datetime.now(UTC)) == outcome
    assert len(receiver.requests) == (outcome == Taken())


@pytest.mark.parametrize(
    ("url", "lookup"),
    [
        ("https://dpu.example/", ("dpu.example", 443)),
        ("http://dpu.example/", ("dpu.example", 80)),
        ("https://dpu.example:8443/", ("dpu.example", 8443)),
        ("https://dpu.example./", ("dpu.example", 443)),
        ("https://xn--n3h.example/", ("xn--n3h.example", 443)),
        ("https://xn--strae-oqa.example/", ("xn--strae-oqa.example", 443)),
    ],
)
def test_the_name_that_is_looked_up_is_the_one_that_was_written(url: str, lookup: tuple[str, int]) -> None:
    lookups: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        lookups.append((host, port))
        raise socket.gaierror

    assert isinstance(Sender(private=False, resolve=resolve).send(a_webhook(url), "id", b"{}", NOW), NotTaken)
    assert lookups == [lookup]


def test_after_an_address_that_cannot_be_reached_the_next_one_is_called(receiver: Receiver) -> None:
    sender = Sender(private=True, resolve=lambda *_: ["127.0.0.2", "127.0.0.1"])
    url = f"http://dpu.example:{URL(receiver.url).port}/hook"
    assert sender.send(a_webhook(url), "id", b"{}", NOW) == Taken()
    assert len(receiver.requests) == 1


def test_no_proxy_of_the_environment_is_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", receiver.url)
    sender = Sender(private=True)
    assert isinstance(sender.send(a_webhook("http://127.0.0.1:9/"), "id", b"{}", NOW), NotTaken)
    assert receiver.requests == []


def test_a_receivers_cookies_are_not_kept(receiver: Receiver) -> None:
    sender = Sender(private=True)
    for _ in range(2):
        assert sender.send(a_webhook(receiver.url), "id", b"{}", NOW) == Taken()
    assert not any("cookie" in map(str.lower, request.headers) for request in receiver.requests)


@pytest.mark.parametrize(
    ("begin", "again"),
    [(b"", b""), (b"HTTP/1.1 204 No Content\r\nx: ", b"a"), (b"", b"HTTP/1.1 100 Continue\r\n\r\n")],
    ids=["never answers", "an endless header", "endless promises"],
)
def test_a_slow_receiver_is_given_up_in_time(begin: bytes, again: bytes) -> None:
    with answering(begin, again) as port:
        outcome = Sender(private=True, seconds=1).send(a_webhook(f"http://127.0.0.1:{port}/"), "id", b"{}", NOW)
    assert outcome == NotTaken("it took longer than 1 s")


def test_the_body_of_a_receivers_answer_is_not_read() -> None:
    with answering(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n", b"a") as port:
        outcome = Sender(private=True, seconds=5).send(a_webhook(f"http://127.0.0.1:{port}/"), "id", b"{}", NOW)
    assert outcome == Taken()


@contextmanager
def answering(begin: bytes, again: bytes) -> Iterator[int]:
    """A server that answers `begin`, then `again` and again, until the caller leaves; its port."""

    def answer(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(begin)
            while again or connection.recv(65536):
                connection.sendall(again)
                time.sleep(0.002 if again else 0)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def a_certificate(name: str, file: Path) -> Path:
    """A key and its own certificate for the name, for an hour."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate)
    return file


def a_webhook(url: str) -> Webhook:
    return Webhook("dpu", url, "whsec_c2VjcmV0", None, None, 0, NOW, 0, None, None, stopped=False)
