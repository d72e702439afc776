"""Signed notes against the example of golang.org/x/mod/sumdb/note, and what must not pass."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.publish.log import checkpoint
from services.publish.log.checkpoint import BadCheckpoint, BadKey

GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    GO_TEXT + "\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

SIGNER = checkpoint.read_signer(checkpoint.generate_key("pendapa.example/bojonegoro"))
ROOT = bytes(range(32))


def test_the_published_note_is_signed_and_verified_to_the_byte() -> None:
    signer = checkpoint.read_signer(GO_PRIVATE)
    assert str(signer.verifier) == GO_PUBLIC
    assert checkpoint.sign_note(signer, GO_TEXT) == GO_NOTE
    assert checkpoint.verify_note(checkpoint.read_verifier(GO_PUBLIC), GO_NOTE) == GO_TEXT


def test_a_checkpoint_says_origin_size_and_root() -> None:
    head = checkpoint.verify(SIGNER.verifier, checkpoint.sign(SIGNER, 17, ROOT))
    assert head == checkpoint.Head("pendapa.example/bojonegoro", 17, ROOT)


def test_a_key_goes_through_its_text_form() -> None:
    assert checkpoint.read_verifier(f"{SIGNER.verifier}\n").id == SIGNER.verifier.id


def test_another_signature_beside_ours_is_allowed() -> None:
    other = checkpoint.read_signer(checkpoint.generate_key("witness.example"))
    note = checkpoint.sign(SIGNER, 3, ROOT)
    beside = checkpoint.sign_note(other, note.rpartition("\n\n")[0] + "\n").rpartition("\n\n")[2]
    head, _, ours = note.rpartition("\n\n")
    assert checkpoint.verify(SIGNER.verifier, f"{head}\n\n{beside}{ours}").size == 3


def test_a_key_that_did_not_sign_is_refused() -> None:
    other = checkpoint.read_signer(checkpoint.generate_key("pendapa.example/bojonegoro"))
    with pytest.raises(BadCheckpoint):
        checkpoint.verify(other.verifier, checkpoint.sign(SIGNER, 3, ROOT))


@settings(deadline=None)
@given(st.data())
def test_no_changed_character_of_a_checkpoint_passes(data: st.DataObject) -> None:
    note = checkpoint.sign(SIGNER, 1234, ROOT)
    at = data.draw(st.integers(0, len(note) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda character: character != note[at]))
    with pytest.raises(BadCheckpoint):
        checkpoint.verify(SIGNER.verifier, note[:at] + other + note[at + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b",
        GO_PUBLIC,
        GO_PRIVATE.replace("c74f20a3", "c74f20a4"),
        GO_PRIVATE[:-4],
        GO_PRIVATE.replace("Peter", "P "),
    ],
)
def test_what_is_no_private_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(BadKey) as refused:
        checkpoint.read_signer(text)
    assert "AYEKFALV" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "a+b+c", GO_PRIVATE, GO_PUBLIC.replace("c74f", "c74e"), GO_PUBLIC[:-4]])
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        checkpoint.read_verifier(text)


@pytest.mark.parametrize("name", ["", "with space", "with+plus"])
def test_a_key_needs_a_name_that_a_note_can_hold(name: str) -> None:
    with pytest.raises(BadKey):
        checkpoint.generate_key(name)


def test_a_head_has_the_signature_of_each_key_that_the_log_was_turned_over_to() -> None:
    texts = [checkpoint.generate_key("pendapa.example/bojonegoro") for _ in range(3)]
    signer = checkpoint.read_signers("  ".join(texts[:2]) + "\n")
    first, newest, stranger = [checkpoint.read_signer(text).verifier for text in texts]
    note = checkpoint.sign(signer, 17, ROOT)
    assert (str(signer.verifier), str(signer.newest)) == (str(first), str(newest))
    assert checkpoint.verify(first, note) == checkpoint.verify(newest, note)
    with pytest.raises(BadCheckpoint, match="not signed by this key"):
        checkpoint.verify(stranger, note)
    with pytest.raises(BadKey, match="different logs"):
        checkpoint.read_signers(f"{texts[0]} {checkpoint.generate_key('another.example/log')}")
    with pytest.raises(BadKey, match="a private key is"):
        checkpoint.read_signers(" ")
