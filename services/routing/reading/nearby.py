"""Tells by the words before a number whether it is an account, a customer's or a phone number."""

import re
from typing import NamedTuple

_BETWEEN = r"[^\d\[\]]{0,24}+\Z"
_BANK = re.compile(
    r"(?i)(?<![^\W\d])(?<!\[)(?:no)?(?:rek|rekening|norek|rekg|acc|account|bri|bca|bni|bsi|btn|mandiri|bank|jatim|ovo|gopay"
    r"|va|briva)\b" + _BETWEEN
)
_PHONE = re.compile(
    r"(?i)(?<![^\W\d])(?<!\[)(?:no)?(?:telp?|telpo?n|telepon|tlpn?|phone|hp|wa|whatsapp|hub|hubungi|sms|fax)\b"
    + _BETWEEN
)

_GAP = r"[^\w\[\]]{1,3}"
# "Mandiri" (by oneself) and "Jatim" (the province) are banks only after "bank" or "rekening".
_BESIDE = re.compile(
    rf"(?i)(?<![^\W\d])(?<!\[)(?:(?P<account>no(?:mor)?(?:{_GAP})?rek(?:ening|g)?(?:nya)?)|rek(?:ening|g)?(?:nya)?"
    rf"|bank{_GAP}(?:mandiri|jatim)|bank|bri|bca|bni|bsi|btn|briva)"
    rf"(?:{_GAP}(?:bank|bri|bca|bni|bsi|btn|mandiri|jatim)){{0,2}}(?:{_GAP}no(?:mor)?)?[^\w\[\]]{{0,4}}+\Z"
)

_NO = r"(?:(?:no|nmr|nomor|nomer|kode|id)\b[.\s:]{0,3})"
_CUSTOMER = re.compile(
    rf"(?i)(?<![^\W\d])(?<!\[)(?:id[\s.\-]?pel(?:anggan)?|{_NO}(?:pel(?:anggan)?|meter(?:an)?|sambungan|kwh"
    rf"|peserta|kartu|polis|kis|jkn|bpjs|pdam|pln|token|rekam medis|rm|registrasi|pendaftaran)|npwp|nisn|nop)"
    rf"(?:{_GAP}(?:pln|pdam|bpjs|kis|listrik|air|saya|sy|ini|kesehatan|jkn|nya|adalah)){{0,2}}[^\w\[\]]{{0,6}}+\Z"
)


class Near(NamedTuple):
    bank: bool = False
    """A bank or an account is named shortly before the number."""
    phone: bool = False
    beside: bool = False
    """The words right before the number name a bank or an account."""
    account: bool = False
    """Those words mean an account number, as "norek" does, and not a bill."""

    customer: bool = False
    """The words right before the number mean the number of a customer, as of the power company or an insurance."""

    def is_account(self, digits: str) -> bool:
        """Whether these digits are an account number.

        >>> near("norek ").is_account("6012345"), near("rekening ").is_account("150000")
        (True, False)
        """
        round_sum = digits.endswith("000") and not self.account
        return self.beside and len(digits) >= 6 and not round_sum


def near(before: str) -> Near:
    """The signs of an account or a phone in `before`, the text up to the number."""
    if not before:
        return Near()
    beside = _BESIDE.search(before)
    account = beside is not None and beside["account"] is not None
    customer = _CUSTOMER.search(before) is not None
    bank, phone = _BANK.search(before) is not None, _PHONE.search(before) is not None
    return Near(bank, phone, beside is not None, account, customer)
