"""Fresh secrets: for an overlay on standard output (for `kubectl apply -f -` or a vault), for compose in its files.

Run it once per installation. A second run makes other secrets: the log's key would no longer be the log's.
The keys of the public door stay in a file of their own, the same as every footing's; their hashes go further.
"""

import argparse
import base64
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from contracts.region import Region, load_region
from deploy.manifests import OVERLAYS
from pendapa.home import Keys
from services.publish.log.checkpoint import generate_key

SERVICES = ("intake", "routing", "publish")
BROUGHT = {"publish-files", "pendapa-tls"}
"""Secrets that the installer must bring: the bucket's key and the certificate."""


def secrets_for(overlay: str, origin: str, hashes: str) -> dict[str, dict[str, str]]:
    """The secrets of an overlay by name, their keys and values.

    `origin`: the log's name, as in `PUBLISH_ORIGIN`; `hashes`: the gateway's keys file.
    """
    passwords = {service: secrets.token_urlsafe(24) for service in SERVICES}
    hosts = {service: f"{service}-database-rw" if overlay == "production" else "postgresql" for service in SERVICES}
    tls = "?sslmode=require" if overlay == "production" else ""
    contents = {
        service: {
            "database-url": f"postgresql+psycopg://{service}:{passwords[service]}@{hosts[service]}:5432/{service}{tls}"
        }
        for service in SERVICES
    }
    contents["publish"]["log-key"] = generate_key(origin)
    contents["intake"]["follow-secret"] = secrets.token_urlsafe(32)
    contents["gateway-secret"] = {"secret": secrets.token_urlsafe(32)}
    contents["gateway-keys"] = {"keys.json": hashes}
    if overlay == "production":
        for service, password in passwords.items():
            contents[f"{service}-database-owner"] = {"username": service, "password": password}
        return contents
    own = {f"{service}-password": password for service, password in passwords.items()}
    return contents | {"postgresql": {"password": secrets.token_urlsafe(24), **own}}


def door_keys(file: Path, region: Region) -> Keys:
    """The keys in `file`, mode 600; made there for the filing and official roles, each agency and each channel."""
    keys = (Keys.model_validate_json(file.read_bytes()) if file.exists() else Keys()).complete(region)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(0o600)
    file.write_text(keys.model_dump_json(indent=2) + "\n")
    return keys


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
        "INTAKE_FOLLOW_SECRET": secrets.token_urlsafe(32),
        "PUBLISH_LOG_KEY": generate_key(origin),
        "PUBLISH_ORIGIN": origin,
        "PUBLISH_PUBLIC_URL": "http://localhost:8000",
    }
    return "".join(f"{name}='{value}'\n" for name, value in values.items())


def write_compose(folder: Path, origin: str, hashes: str) -> None:
    """Make `.env` and `var/compose/keys.json` under `folder`; raise `FileExistsError` rather than replace either."""
    keys_file = folder / "var" / "compose" / "keys.json"
    keys_file.parent.mkdir(parents=True, exist_ok=True)
    for file, text, mode in ((folder / ".env", environment(origin), 0o600), (keys_file, hashes, 0o644)):
        file.touch(0o600, exist_ok=False)
        file.write_text(text)
        file.chmod(mode)  # whatever the umask: the container's user has to read the second
    keys_file.parent.chmod(0o755)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.secrets", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("footing", choices=[*OVERLAYS, "compose"])
    parser.add_argument("--origin", default="pendapa.example/bojonegoro", help="the log's name, as in PUBLISH_ORIGIN")
    parser.add_argument("--region", type=Path, default=Path("regions/bojonegoro"), help="whose agencies get a key")
    parser.add_argument("--keys", type=Path, default=Path("var/keys.json"), help="where the keys themselves are kept")
    options = parser.parse_args()
    hashes = door_keys(options.keys, load_region(options.region)).hashes().model_dump_json()
    sys.stderr.write(
        f"The keys of the door are in {options.keys}: keep the file, and give each holder only its own key.\n"
    )
    if options.footing != "compose":
        sys.stdout.write(manifests_of(secrets_for(options.footing, options.origin, hashes)))
        return 0
    try:
        write_compose(Path.cwd(), options.origin, hashes)
    except FileExistsError as error:
        sys.stderr.write(f"{error.filename} exists already; new secrets would not fit the data made with it.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
