"""What the words before a number say that it is: somebody's account or somebody's phone."""

import re
from typing import NamedTuple

_BETWEEN = r"[^\d\[\]]{0,24}\Z"
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
    rf"(?:{_GAP}(?:bank|bri|bca|bni|bsi|btn|mandiri|jatim)){{0,2}}(?:{_GAP}no(?:mor)?)?[^\w\[\]]{{0,4}}\Z"
)


class Near(NamedTuple):
    bank: bool = False
    """A bank or an account is spoken of shortly before."""
    phone: bool = False
    beside: bool = False
    """A bank or an account is named by the very words before."""
    account: bool = False
    """Those words are "norek" or its like, and cannot mean a bill."""

    def is_account(self, digits: str) -> bool:
        """Whether these few digits are an account's.

        >>> near("norek ").is_account("6012345"), near("rekening ").is_account("150000")
        (True, False)
        """
        round_sum = digits.endswith("000") and not self.account
        return self.beside and len(digits) >= 6 and not round_sum


def near(before: str) -> Near:
    """What `before`, the text up to the number, says."""
    if not before:
        return Near()
    beside = _BESIDE.search(before)
    account = beside is not None and beside["account"] is not None
    return Near(_BANK.search(before) is not None, _PHONE.search(before) is not None, beside is not None, account)
