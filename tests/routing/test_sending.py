"""Sending one event: to the very address that was looked up and may be met, under the certificate of its name."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from httpx import URL

from services.routing import addresses
from services.routing.feed_tables import Webhook
from services.routing.sending import NotTaken, Sender, Taken
from services.routing.webhooks import BadWebhook
from tests.receiver import Receiver
from tests.routing.conftest import NOW


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "::1", "fd00::1", "169.254.169.254", "100.64.0.1"])
def test_a_name_that_leads_into_our_own_house_is_not_followed(receiver: Receiver, address: str) -> None:
    sender = Sender(private=False, resolve=lambda *_: ["8.8.8.8", address])
    assert sender.send(a_webhook("https://dpu.example/"), "id", b"{}", NOW) == NotTaken(
        "its name leads to an address that is not public"
    )
    sender.close()
    assert receiver.got == []


def test_the_address_that_was_looked_up_is_the_one_that_is_met(receiver: Receiver) -> None:
    looked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        looked.append((host, port))
        return ["127.0.0.1"]

    port = URL(receiver.url).port
    sender = Sender(private=True, resolve=resolve)
    assert not isinstance(sender.send(a_webhook(f"http://dpu.example:{port}/hook"), "id", b"{}", NOW), NotTaken)
    sender.close()
    assert looked == [("dpu.example", port)]
    assert receiver.got[0].headers["host"] == f"dpu.example:{port}"


@pytest.mark.parametrize("name", ["tidak-ada.invalid", f"{'x' * 70}.example"])
def test_a_name_that_leads_nowhere_is_told_as_that(name: str) -> None:
    sender = Sender(private=False)
    assert sender.send(a_webhook(f"https://{name}/"), "id", b"{}", NOW) == NotTaken("its name leads nowhere")
    sender.close()


def test_an_address_that_cannot_be_called_is_refused() -> None:
    with pytest.raises(BadWebhook):
        addresses.read(f"https://dpu.example/{'x' * 70_000}")


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("dpu.example", Taken()),
        ("dinkes.example", NotTaken("its certificate is not one for this name that is trusted here")),
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
    sender.close()
    assert len(receiver.got) == (outcome == Taken())


def a_certificate(name: str, file: Path) -> Path:
    """A key and its own certificate for the name, for an hour."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    certificate = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate)
    return file


def a_webhook(url: str) -> Webhook:
    return Webhook("dpu", url, "whsec_c2VjcmV0", None, None, 0, NOW, 0, None, None, stopped=False)
