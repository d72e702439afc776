"""Fresh secrets: for an overlay on standard output (for `kubectl apply -f -` or a vault), for compose in its files.

Run it once per installation. A second run makes other secrets: the log's key would no longer be the log's.
The keys of the public door are told once, on standard error: what is kept of them is their hashes.
"""

import argparse
import base64
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from deploy.manifests import OVERLAYS
from gateway.keys import Hashes, hash_key
from services.publish.checkpoint import generate_key

SERVICES = ("intake", "routing", "publish")
BROUGHT = {"publish-files", "pendapa-tls"}
"""Secrets that nobody here can make up: the bucket's key, the certificate."""


def secrets_for(overlay: str, origin: str, keys: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The secrets of an overlay by name, their keys and values. `origin`: the log's name, as in `PUBLISH_ORIGIN`."""
    passwords = {service: secrets.token_urlsafe(24) for service in SERVICES}
    hosts = {service: f"{service}-database-rw" if overlay == "production" else "postgresql" for service in SERVICES}
    tls = "?sslmode=require" if overlay == "production" else ""
    found = {
        service: {
            "database-url": f"postgresql+psycopg://{service}:{passwords[service]}@{hosts[service]}:5432/{service}{tls}"
        }
        for service in SERVICES
    }
    found["publish"]["log-key"] = generate_key(origin)
    found["gateway-secret"] = {"secret": secrets.token_urlsafe(32)}
    found["gateway-keys"] = {"keys.json": hashes_of(keys)}
    if overlay == "production":
        for service, password in passwords.items():
            found[f"{service}-database-owner"] = {"username": service, "password": password}
        return found
    own = {f"{service}-password": password for service, password in passwords.items()}
    return found | {"postgresql": {"password": secrets.token_urlsafe(24), **own}}


def door_keys() -> dict[str, str]:
    """The two keys that every installation has; agencies' and providers' are added to the file of hashes later."""
    return {role: secrets.token_urlsafe(32) for role in ("filing", "official")}


def hashes_of(keys: Mapping[str, str]) -> str:
    """The gateway's keys file."""
    return Hashes(filing=hash_key(keys["filing"]), official=hash_key(keys["official"])).model_dump_json()


def manifests_of(secrets: Mapping[str, Mapping[str, str]]) -> str:
    """The secrets as Kubernetes takes them."""
    return yaml.safe_dump_all(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": "pendapa"},
            "type": "kubernetes.io/basic-auth" if "username" in values else "Opaque",
            "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
        }
        for name, values in secrets.items()
    )


def environment(origin: str) -> str:
    """The `.env` of the compose file."""
    values = {
        "PENDAPA_PORT": "8000",
        "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        **{f"{service.upper()}_DATABASE_PASSWORD": secrets.token_urlsafe(24) for service in SERVICES},
        "GATEWAY_GATEWAY_SECRET": secrets.token_urlsafe(32),
        "PUBLISH_LOG_KEY": generate_key(origin),
        "PUBLISH_ORIGIN": origin,
        "PUBLISH_PUBLIC_URL": "http://localhost:8000",
    }
    return "".join(f"{name}='{value}'\n" for name, value in values.items())


def write_compose(folder: Path, origin: str, keys: Mapping[str, str]) -> None:
    """Make `.env` and `var/compose/keys.json` under `folder`; raise `FileExistsError` rather than replace either."""
    hashes = folder / "var" / "compose" / "keys.json"
    hashes.parent.mkdir(parents=True, exist_ok=True)
    for file, text, mode in ((folder / ".env", environment(origin), 0o600), (hashes, hashes_of(keys), 0o644)):
        file.touch(mode, exist_ok=False)
        file.write_text(text)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.secrets", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("footing", choices=[*OVERLAYS, "compose"])
    parser.add_argument("--origin", default="pendapa.example/bojonegoro", help="the log's name, as in PUBLISH_ORIGIN")
    asked = parser.parse_args()
    keys = door_keys()
    if asked.footing == "compose":
        try:
            write_compose(Path.cwd(), asked.origin, keys)
        except FileExistsError as there:
            sys.stderr.write(f"{there.filename} is there already; other secrets would lock out what it opened\n")
            return 1
    else:
        sys.stdout.write(manifests_of(secrets_for(asked.footing, asked.origin, keys)))
    for role, key in keys.items():
        sys.stderr.write(f"the {role} key, shown only now: {key}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
