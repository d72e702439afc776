"""The settings of publish, from the environment."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from kit.settings import Settings as KitSettings
from services.publish.log import checkpoint
from services.publish.log.checkpoint import BadKey
from services.publish.log.copies import KeepingSigner, LogCopy


class Settings(KitSettings):
    model_config = SettingsConfigDict(frozen=True, env_prefix="PUBLISH_")

    files_url: str
    """Where releases are kept: `file:///FOLDER` or `s3://BUCKET/PREFIX`."""
    log_key: SecretStr
    """The log's private key, C2SP signed-note form: `PRIVATE+KEY+NAME+HASH+BASE64`. Where it was turned over, the first
    key and each later one, with spaces between; all of them sign."""
    origin: str
    """The log's name on its checkpoints, such as `pendapa.example/bojonegoro`."""
    log_copy: str = ""
    """A folder, apart from the database and its backups, that always knows how far the log of each key was."""
    witnesses: str = ""
    """Others' copies of the log, asked at the start: URLs before `/checkpoint`, or folders, with spaces between."""
    public_url: str = "http://localhost:8000"
    """The address of the gateway for everyone; every absolute link begins with it."""
    open311_test_url: str = ""
    """The `/open311/v2` of a sandbox, which discovery names as the *test* endpoint; empty: there is none."""
    release_every: int = Field(default=86400, ge=1)
    """Seconds between scheduled releases."""

    def signer(self) -> KeepingSigner:
        """The log's key; raise `BadKey` if the text is no key, or the key is not that of `origin`."""
        signer = checkpoint.read_signers(self.log_key.get_secret_value())
        if signer.name != self.origin:
            raise BadKey(f"PUBLISH_ORIGIN is {self.origin}, but PUBLISH_LOG_KEY is the key of {signer.name}")
        copies = tuple(self._copies(signer.verifier.id.hex()))
        return KeepingSigner(signer.name, signer.key, copies, later=signer.later)

    def _copies(self, key: str) -> list[LogCopy]:
        """A store of files that is a folder has a copy too, so that the database alone cannot go back unnoticed."""
        files = urlsplit(self.files_url)
        beside = [Path(unquote(files.path)) / "log"] if files.scheme == "file" else []
        apart = [Path(self.log_copy)] if self.log_copy else []
        return [LogCopy(folder / key) for folder in (*apart, *beside)]
