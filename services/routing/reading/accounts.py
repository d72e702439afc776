"""Finds accounts of social media in a text: "@tini_99", "ig: tini.99", "fb: Tini Lestari"."""

import re

ACCOUNT = "[akun]"

_HANDLE = re.compile(r"(?<![\w.@/\[])@[A-Za-z_][A-Za-z0-9_.]{2,29}")
_NAMED = re.compile(
    r"(?i)(?<![^\W_])((?:ig|instagram|insta|fb|facebook|twitter|tiktok|telegram|line|akun(?:nya)?)\s?[:=]\s?)"
    r"(?!\[)(?:https?://\S{1,60}|@?[a-z_][\w.]{2,29}(?:\s[A-Z][a-z]{1,20}){0,2})"
)
_LINK = re.compile(
    r"(?i)(?<![\w.])(?:(?:www|m|web)\.)?(?:instagram|facebook|fb|tiktok|twitter|x|t)\.(?:com|me)/@?[\w.\-]{3,60}(?:/\S{0,60})?"
)
_OFFICE = re.compile(
    r"(?i)pem(?:kab|kot|prov|da|desa)|kab(?:upaten)?|kota|dinas|disduk|dishub|polres|polda|polri|polsek|kodim|kemen|bpjs|pln"
    r"|pdam|humas|lapor|infor?m?|radio|official|_?ri\Z|dprd?|kpk|rsud|bmkg|bpbd|damkar|samsat|telkom|indihome|kai"
)
"""In an account's name: it is an office's or a company's."""


def mask_accounts(text: str, kept: frozenset[str] = frozenset()) -> str:
    """`text` with `[akun]` for each account but an office's. `kept`: in small letters and without the "@".

    >>> mask_accounts("cc @pemkabbojonegoro dan @tini_99, ig: tini.99")
    'cc @pemkabbojonegoro dan [akun], ig: [akun]'
    """
    if "@" in text:
        text = _HANDLE.sub(lambda match: match[0] if _is_public(match[0], kept) else ACCOUNT, text)
    if ":" in text or "=" in text:
        text = _NAMED.sub(lambda match: match[1] + ACCOUNT, text)
    return _LINK.sub(ACCOUNT, text) if ".com" in text or ".me" in text else text


def spans(text: str) -> list[tuple[int, int]]:
    """Where accounts are, in order: a name in one is hidden with it."""
    found = [match.span() for match in _HANDLE.finditer(text)] if "@" in text else []
    if ":" in text or "=" in text:
        found += (match.span() for match in _NAMED.finditer(text))
    return sorted(found)


def _is_public(handle: str, kept: frozenset[str]) -> bool:
    name = handle.removeprefix("@").rstrip(".").casefold()
    return name in kept or _OFFICE.search(name) is not None
