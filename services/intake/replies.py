"""The replies to text messages: the region's templates, filled in, in the region's language."""

from collections import defaultdict

from contracts.region import Region
from services.intake.domain import TEXT_LIMIT, Standing

_DEFAULTS = {
    "id": {
        "received": "Laporan diterima, kode {code}. Balas CEK {code} untuk tahu kabarnya.",
        "filed": "Laporan diterima, kode {code}. Tampil untuk umum setelah diverifikasi.",
        "status": "Laporan {code}: {status}.",
        "unknown_code": "Kode {code} tidak kami kenal.",
        "help": "Kirim {prefix} (spasi) isi laporan. CEK (spasi) KODE untuk kabarnya.",
        "too_long": "Pesan terlalu panjang, paling banyak {text} huruf. Kirim lagi lebih singkat.",
        "joined": "Lanjutan pesan Anda sudah digabung ke laporan {code}.",
        "again": "Laporan ini sudah kami terima, kode {code}. Balas CEK {code} untuk tahu kabarnya.",
        "amended": "Tambahan untuk laporan {code} diterima.",
        "withdrawn": "Laporan {code} ditarik.",
        "satisfied": "Terima kasih atas jawaban Anda untuk laporan {code}.",
        "reopened": "Jawaban Anda untuk laporan {code} kami teruskan.",
    },
    "en": {
        "received": "Report received, code {code}. Text CEK {code} to hear where it stands.",
        "filed": "Report received, code {code}. It is shown to the public once it is verified.",
        "status": "Report {code}: {status}.",
        "unknown_code": "We do not know the code {code}.",
        "help": "Text {prefix} (space) your report. CEK (space) CODE to hear where it stands.",
        "too_long": "The message is too long, at most {text} characters. Please send a shorter one.",
        "joined": "The rest of your message was joined to report {code}.",
        "again": "We have received this report, code {code}. Text CEK {code} to hear where it stands.",
        "amended": "Your words were added to report {code}.",
        "withdrawn": "Report {code} was withdrawn.",
        "satisfied": "Thank you for your answer about report {code}.",
        "reopened": "Your answer about report {code} was passed on.",
    },
}
"""Used where a region leaves out a template."""

_WORDS = {
    "id": {
        "received": "diterima, menunggu verifikasi",
        "verified": "sudah diverifikasi",
        "disposed": "diteruskan ke {agency}",
        "in_progress": "sedang dikerjakan {agency}",
        "responded": "sudah dijawab {agency}",
        "closed": "selesai ({closure})",
        "reopened": "dibuka kembali, di {agency}",
        "rejected": "tidak dapat diproses",
        "done": "sudah ditangani",
        "explained": "sudah dijelaskan",
        "not_our_authority": "bukan kewenangan kami",
        "duplicate": "sama dengan laporan lain",
        "cannot": "tidak dapat dipenuhi",
        "withdrawn": "ditarik pelapor",
        "silence": "tanpa tanggapan lanjutan",
    },
    "en": {
        "received": "received, waiting to be verified",
        "verified": "verified",
        "disposed": "passed to {agency}",
        "in_progress": "being worked on by {agency}",
        "responded": "answered by {agency}",
        "closed": "closed ({closure})",
        "reopened": "open again, with {agency}",
        "rejected": "cannot be taken up",
        "done": "acted on",
        "explained": "explained",
        "not_our_authority": "not in our authority",
        "duplicate": "the same as another report",
        "cannot": "cannot be met",
        "withdrawn": "withdrawn by its reporter",
        "silence": "nothing more was said",
    },
}


class Replies:
    """The replies of one region. An unknown language is answered in Indonesian."""

    def __init__(self, region: Region) -> None:
        language = region.language if region.language in _WORDS else "id"
        self._region = region
        self.prefix = region.sms.prefix
        self._words = _WORDS[language]
        self._templates = _DEFAULTS[language] | region.replies

    def say(self, name: str, code: str = "", **fields: str) -> str:
        """The reply called `name`; a placeholder without a value is left empty."""
        values = {"code": code, "prefix": self.prefix, "region": self._name(), "text": str(TEXT_LIMIT)}
        return self._templates[name].format_map(defaultdict(str, values | fields))

    def standing(self, code: str, standing: Standing | None) -> str:
        """The reply to CEK. `standing` is None until routing has decided something."""
        if standing is None:
            return self.say("status", code, status=self._words["received"])
        agency = self._region.agencies.get(standing.agency or "")
        closure = self._words.get(standing.closure or "", "")
        agency_name = agency.name if agency else standing.agency or ""
        words = self._words[standing.status].format(agency=agency_name, closure=closure)
        return self.say("status", code, status=words, agency=agency_name, closure=closure)

    def _name(self) -> str:
        return self._region.name.get("id") or next(iter(self._region.name.values()))
