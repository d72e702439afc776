"""Checkpoints: the log's signed head, as a C2SP signed note.

https://c2sp.org/signed-note and https://c2sp.org/tlog-checkpoint; the text forms of the keys are those of
golang.org/x/mod/sumdb/note. A checkpoint's origin is its key's name.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\1"
_NAME = re.compile(r"[^\s+]{1,255}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class BadKey(ValueError):
    """The text is no key of a signed note. Its message never holds the text."""


class BadCheckpoint(ValueError):
    """The text is no checkpoint, or this key did not sign it."""


@dataclass(frozen=True)
class Signer:
    """The log's first key, and those that it was turned over to: each signs each head."""

    name: str
    key: Ed25519PrivateKey = field(repr=False)
    later: "tuple[Signer, ...]" = field(default=(), kw_only=True)

    @property
    def verifier(self) -> "Verifier":
        """Of the first key, which has signed every head that the log ever had."""
        return Verifier(self.name, self.key.public_key())

    @property
    def newest(self) -> "Verifier":
        """Of the newest key, which a reader should take; it has signed the heads since it was made."""
        return self.later[-1].verifier if self.later else self.verifier


@dataclass(frozen=True)
class Verifier:
    name: str
    key: Ed25519PublicKey = field(repr=False)

    @property
    def id(self) -> bytes:
        """The four bytes that name the key in a signature line."""
        return _key_id(self.name, self.key.public_bytes_raw())

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(_ED25519 + self.key.public_bytes_raw())}"


@dataclass(frozen=True)
class Head:
    """The head that a checkpoint signs: the log, its number of leaves, its root."""

    origin: str
    size: int
    root: bytes


def generate_key(name: str) -> str:
    """A new private key in its text form, `PRIVATE+KEY+<name>+<id>+<base64>`."""
    _check_name(name)
    key = Ed25519PrivateKey.generate()
    id = _key_id(name, key.public_key().public_bytes_raw())
    return f"PRIVATE+KEY+{name}+{id.hex()}+{_base64(_ED25519 + key.private_bytes_raw())}"


def read_signer(text: str) -> Signer:
    """The private key of its text form; raise `BadKey`."""
    words = text.strip().split("+", 4)
    if len(words) != 5 or words[:2] != ["PRIVATE", "KEY"]:
        raise BadKey("a private key is PRIVATE+KEY+<name>+<id>+<base64>")
    signer = Signer(_check_name(words[2]), Ed25519PrivateKey.from_private_bytes(_key_bytes(words[4])))
    if signer.verifier.id.hex() != words[3]:
        raise BadKey("the private key's id is not that of its name and key")
    return signer


def read_signers(text: str) -> Signer:
    """The log's private keys, the first one first, with white space between; raise `BadKey`."""
    first, *later = [read_signer(word) for word in text.split()] or [read_signer("")]
    if any(each.name != first.name for each in later):
        raise BadKey("the private keys are of different logs")
    return Signer(first.name, first.key, later=tuple(later))


def read_verifier(text: str) -> Verifier:
    """The public key of its text form, `<name>+<id>+<base64>`; raise `BadKey`."""
    words = text.strip().split("+", 2)
    if len(words) != 3:
        raise BadKey("a verifier key is <name>+<id>+<base64>")
    verifier = Verifier(_check_name(words[0]), Ed25519PublicKey.from_public_bytes(_key_bytes(words[2])))
    if verifier.id.hex() != words[1]:
        raise BadKey("the verifier key's id is not that of its name and key")
    return verifier


def sign(signer: Signer, size: int, root: bytes) -> str:
    """The checkpoint of a log with `size` leaves."""
    return sign_note(signer, f"{signer.name}\n{size}\n{_base64(root)}\n")


def signed_by_all(signer: Signer, checkpoint: str) -> str:
    """A checkpoint of ours, with the signature of the newest key too if it was signed before that was made.

    Raises `BadCheckpoint` if our first key has not signed it: then it is no head of this log.
    """
    text = verify_note(signer.verifier, checkpoint)
    try:
        verify_note(signer.newest, checkpoint)
    except BadCheckpoint:
        return sign_note(signer, text)
    return checkpoint


def verify(verifier: Verifier, checkpoint: str) -> Head:
    """The head in a checkpoint, if `verifier` signed it and it is of this key's log; raise `BadCheckpoint`."""
    lines = verify_note(verifier, checkpoint).split("\n")
    if len(lines) < 4 or not _SIZE.fullmatch(lines[1]):
        raise BadCheckpoint("a checkpoint is three lines: origin, size and root")
    root = _unbase64(lines[2])
    if root is None or len(root) != 32:
        raise BadCheckpoint("the checkpoint's root is no SHA-256 in base64")
    if lines[0] != verifier.name:
        raise BadCheckpoint("the checkpoint's origin is not the key's name")
    return Head(lines[0], int(lines[1]), root)


def sign_note(signer: Signer, text: str) -> str:
    """The text, which ends with a newline, as a note with the signature of each key."""
    if not text.endswith("\n"):
        raise ValueError("a note ends with a newline")
    signatures = [(each.name, each.verifier.id + each.key.sign(text.encode())) for each in (signer, *signer.later)]
    return f"{text}\n" + "".join(f"— {name} {_base64(signature)}\n" for name, signature in signatures)


def verify_note(verifier: Verifier, note: str) -> str:
    """The note's text, if one of its signatures is of this key; raise `BadCheckpoint`."""
    text, gap, signatures = note.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise BadCheckpoint("the note has no signature")
    for line in signatures.removesuffix("\n").split("\n"):
        signed = _signed(verifier, line)
        if signed is not None:
            _check_signature(verifier, signed, text + "\n")
            return text + "\n"
    raise BadCheckpoint("the note is not signed by this key")


def _signed(verifier: Verifier, line: str) -> bytes | None:
    mark, _, rest = line.partition(" ")
    name, _, base64 = rest.partition(" ")
    if mark != "—" or name != verifier.name:
        return None
    signature = _unbase64(base64)
    return signature[4:] if signature is not None and signature[:4] == verifier.id else None


def _check_signature(verifier: Verifier, signature: bytes, text: str) -> None:
    try:
        verifier.key.verify(signature, text.encode())
    except InvalidSignature:
        raise BadCheckpoint("the note's signature does not fit its text") from None


def _key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadKey("a key's name is not empty and has no space and no plus sign")
    return name


def _key_bytes(base64: str) -> bytes:
    key = _unbase64(base64)
    if key is None or len(key) != 33 or key[:1] != _ED25519:
        raise BadKey("the key is no Ed25519 key in base64")
    return key[1:]


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _unbase64(text: str) -> bytes | None:
    try:
        data = b64decode(text, validate=True)
    except (NotBase64, ValueError):
        return None
    # Padding bits that are ignored would let one signature be written in several ways.
    return data if _base64(data) == text else None
