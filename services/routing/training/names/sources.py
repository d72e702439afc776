"""Reads what the recogniser of names is made from: reports, news, lists of words and of names."""

import ast
import csv
import hashlib
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
WORD = re.compile(r"[^\W\d_]+(?:['’`][^\W\d_]+)*")
_REPORTS = {
    "lapor2017_routed.csv": ",",
    "lapor2021_routed.csv": ",",
    "bojonegoro_dev.csv": ",",
    "purbalingga_all.csv": ",",
    "purbalingga_annotated.csv": "\t",
    "purbalingga_tweets.csv": ",",
}
_LEXICONS = ("combined_root_words.txt", "combined_stop_words.txt")
_NEWS = {"nergrit_train.txt": "\t", "idner_train.txt": " "}

Spans = list[tuple[int, int]]


class Sentence(NamedTuple):
    """A sentence of news, with where its words of persons are."""

    text: str
    persons: Spans
    others: list[str]
    """Words that belong to no name of anything."""


def reports(data: Path) -> list[str]:
    """The texts of the reports, each once."""
    texts: dict[str, None] = {}
    for name, delimiter in _REPORTS.items():
        with (data / "reports" / name).open(encoding="utf-8", newline="") as file:
            texts |= dict.fromkeys(row["text"] for row in csv.DictReader(file, delimiter=delimiter) if row["text"])
    return list(texts)


def stemmed(data: Path) -> Iterator[list[str]]:
    """The words of the governor's complaints, which are stemmed."""
    with (data / "reports" / "laporgub_stemmed.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            yield ast.literal_eval(row["complaints"])


def marks(data: Path) -> dict[str, Spans]:
    """Where the reports have names, by the hash of the report: `sha256`, `start`, `end`; a row for each name."""
    found: dict[str, Spans] = {}
    with (data / "reports" / "names.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["sha256"], []).append((int(row["start"]), int(row["end"])))
    return found


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def news(data: Path) -> Iterator[Sentence]:
    for name, separator in _NEWS.items():
        words: list[tuple[str, str]] = []
        for line in [*(data / "ner" / name).read_text("utf-8").split("\n"), ""]:
            word, *labels = line.split(separator)
            if word and labels:
                words.append((word, labels[-1]))
            elif words:
                yield _sentence(words)
                words = []


def _sentence(words: list[tuple[str, str]]) -> Sentence:
    text, persons = "", []
    for word, label in words:
        text += " " if text else ""
        if "PER" in label:
            persons.append((len(text), len(text) + len(word)))
        text += word
    return Sentence(text, persons, [word.lower() for word, label in words if label == "O"])


def ordinary(data: Path) -> set[str]:
    """Roots, stop words and slang."""
    folder = data / "lexicons"
    words = {word for name in _LEXICONS for word in (folder / name).read_text("utf-8").split()}
    slang = json.loads((folder / "combined_slang_words.txt").read_text("utf-8"))
    words |= set(slang) | {word for meant in slang.values() for word in meant.lower().split()}
    pairs = (folder / "indocollex_informal_formal.tsv").read_text("utf-8").splitlines()[1:]
    return words | {word for pair in pairs for word in pair.lower().split()}


def listed(name: str) -> set[str]:
    """The words of one of our own lists."""
    lines = (HERE / name).read_text("utf-8").splitlines()
    return {word for line in lines if not line.startswith("#") for word in line.split()}


def faker_names() -> set[str]:
    from faker.providers.person.id_ID import Provider

    lists = (
        Provider.first_names_male,
        Provider.first_names_female,
        Provider.last_names_male,
        Provider.last_names_female,
    )
    return {word.lower() for names in lists for name in names for word in name.split()}


def faker_cities() -> set[str]:
    from faker.providers.address.id_ID import Provider

    return {word.lower() for name in (*Provider.cities, *Provider.states) for word in name.split()}


class _Tokenizer:
    word2idx: dict[str, int]


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _Tokenizer  # of the whole file only the table is read


def hashed_ranks(tokenizer: Path) -> dict[bytes, int]:
    """The rank of each name word by its hash, from `word_tokenizer.pkl` of indonamegender."""
    with tokenizer.open("rb") as file:
        table = _Reader(file).load().word2idx
    return {bytes.fromhex(key): rank for key, rank in table.items() if not key.startswith("<")}
