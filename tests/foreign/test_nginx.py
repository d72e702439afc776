"""A real nginx with deploy/nginx/pendapa.conf in front of a running server."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pendapa.live.process import free_port
from tests.foreign.conftest import tool
from tests.journey.system import ROOT, TAPELAN, System

pytestmark = pytest.mark.foreign
CONFIGURATION = ROOT / "deploy" / "nginx" / "pendapa.conf"
NAME = "pendapa.example"


@dataclass
class Proxy:
    """The proxy's two ports, the folder with its log, and a client that trusts its certificate."""

    plain: int
    secure: int
    folder: Path
    http: httpx2.Client

    def asks(self, method: str, path: str, **further: object) -> httpx2.Response:
        headers = {"host": NAME, **further.pop("headers", {})}  # type: ignore[dict-item]
        named = {"sni_hostname": NAME}
        url = f"https://127.0.0.1:{self.secure}{path}"
        return self.http.request(method, url, headers=headers, extensions=named, **further)  # type: ignore[arg-type]


@pytest.fixture
def proxy(system: System, tmp_path: Path) -> Iterator[Proxy]:
    with nginx(system.port, tmp_path) as proxy:
        yield proxy


@contextmanager
def nginx(port: int, folder: Path) -> Iterator[Proxy]:
    """nginx in front of `port`, until the end of the block."""
    program = tool("nginx", "nginx-light")
    certificate(folder)
    plain, secure = free_port(), free_port()
    text = CONFIGURATION.read_text()
    for before, after in (
        ("127.0.0.1:8000", f"127.0.0.1:{port}"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("    listen [::]:80;\n", ""),
        ("listen 443 ", f"listen 127.0.0.1:{secure} "),
        ("    listen [::]:443 ssl http2;\n", ""),
        ("/etc/letsencrypt/live/pendapa.example", str(folder)),
        ("/var/log/nginx", str(folder)),
    ):
        assert before in text
        text = text.replace(before, after)
    (folder / "site.conf").write_text(text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"user root; daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ {temporary} access_log off; include {folder}/site.conf; }}\n"
    )
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command)
    trusted = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
    with httpx2.Client(verify=trusted, timeout=30) as client:
        proxy = Proxy(plain, secure, folder, client)
        try:
            System.until(lambda: listens(proxy, process), 30, "listening")
            yield proxy
        finally:
            process.terminate()
            process.wait(30)


def listens(proxy: Proxy, process: "subprocess.Popen[bytes]") -> bool:
    assert process.poll() is None, (proxy.folder / "error.log").read_text()
    try:
        proxy.asks("GET", "/healthz")
    except httpx2.TransportError:
        return False
    return True


def certificate(folder: Path) -> None:
    """A certificate that signs itself, and its key, under the names that certbot gives them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "privkey.pem").write_bytes(encoded)


def test_a_reader_comes_over_tls_alone_and_reads_addresses_with_it(proxy: Proxy) -> None:
    plain = proxy.http.get(f"http://127.0.0.1:{proxy.plain}/v1/reports?limit=2", headers={"host": NAME})
    assert (plain.status_code, plain.headers["location"]) == (308, f"https://{NAME}/v1/reports?limit=2")
    page = proxy.asks("GET", "/")
    assert page.status_code == 200
    assert f"https://{NAME}/" in page.text
    assert page.headers["strict-transport-security"].startswith("max-age=")
    assert page.headers["server"] == "nginx"  # without a version


def test_a_caller_cannot_choose_the_address_that_it_is_counted_for(proxy: Proxy) -> None:
    """The test's own address is this machine's, which has a quota of its own: another one shows a believed header."""
    honest = proxy.asks("GET", "/v1/reports?limit=1")
    forged = proxy.asks("GET", "/v1/reports?limit=1", headers={"x-forwarded-for": "203.0.113.9"})
    assert forged.headers["ratelimit-policy"] == honest.headers["ratelimit-policy"]
    direct = {"host": NAME, "x-forwarded-for": "203.0.113.9"}  # what the gateway does with one that it believes
    behind = (proxy.folder / "site.conf").read_text().split("server 127.0.0.1:")[1].split(";")[0]
    believed = proxy.http.get(f"http://127.0.0.1:{behind}/v1/reports?limit=1", headers=direct)
    assert believed.headers["ratelimit-policy"] != honest.headers["ratelimit-policy"]


def test_no_key_and_no_token_is_in_the_log_of_the_proxy(proxy: Proxy, system: System) -> None:
    token = system.keys["channels"]["kannel"]
    query = {"token": token, "from": "+62811000001", "to": "1708", "text": f"{TAPELAN} nginx", "id": "nginx-1"}
    assert "Laporan" in proxy.asks("GET", "/channels/kannel", params=query).text
    assert proxy.asks("GET", "/v1/follow/secret-of-a-reporter").status_code == 404
    assert proxy.asks("GET", "/metrics").status_code == 404
    log = (proxy.folder / "pendapa.log").read_text()
    assert "/v1/follow/TOKEN" in log
    for private in (token, "secret-of-a-reporter", "62811000001"):
        assert private not in log


def test_the_gateways_own_limit_of_a_body_answers_not_the_proxys(proxy: Proxy, system: System) -> None:
    answer = proxy.asks("POST", "/v1/reports", content=b"x" * (3 << 20), headers=system.bearer("filing"))
    assert answer.status_code == 413
    assert answer.json()["type"].startswith("/problems/")


def test_codings_and_etags_of_the_gateway_come_through(proxy: Proxy) -> None:
    answer = proxy.asks("GET", "/v1/reports", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    again = proxy.asks(
        "GET", "/v1/reports", headers={"if-none-match": answer.headers["etag"], "accept-encoding": "gzip"}
    )
    assert again.status_code == 304


def test_while_the_gateway_is_away_a_program_is_told_to_come_again(tmp_path: Path) -> None:
    with nginx(free_port(), tmp_path) as proxy:
        answer = proxy.asks("GET", "/v1/reports")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["type"] == "/problems/service-unavailable"
