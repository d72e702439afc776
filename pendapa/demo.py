"""`pendapa demo`: messages of invented people, filed through the public doors of a running server, and verified."""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from contracts.region import Region
from pendapa.fault import Fault
from pendapa.home import Keys
from pendapa.screen import out

Door = Literal["sms", "rest", "open311"]

_PUBLIC_SECONDS = 30
_LOOKS, _LOOK_SECONDS = 20, 0.5
_MERELY_UNSURE = {"unsure", "policy"}

# The words are like residents' own, the people and the faults are invented; {place} is one of the region's.
_WORDS: tuple[tuple[Door, str], ...] = (
    ("sms", "jalan rusak parah di desa {place} banyak lubang, kapan diperbaiki pak"),
    ("sms", "lampu jalan mati sudah seminggu dekat pasar {place}, gelap sekali"),
    ("sms", "sampah menumpuk di pinggir sungai {place} baunya menyengat"),
    ("sms", "dalan nang {place} rusak kabeh, akeh sing tiba, tulung didandani"),
    ("sms", "banyu PDAM {place} mati wis telung dina, piye iki pak"),
    ("sms", "selokan mampet di {place}, tiap hujan banjir masuk rumah"),
    ("sms", "mau tanya syarat bikin KTP baru untuk anak 17 th di {place} apa saja"),
    ("sms", "puskesmas {place} antri dari subuh dokter baru datang jam 10"),
    ("sms", "jembatan kecil di {place} ambrol kena hujan kemarin, anak sekolah mutar jauh"),
    ("sms", "pupuk subsidi di {place} langka, harganya naik terus"),
    ("rest", "Usul: tolong dibangun taman bermain kecil di lapangan desa {place}."),
    ("rest", "Saluran irigasi di {place} jebol, sawah kami tidak dapat air sejak dua minggu lalu."),
    ("rest", "Atap ruang kelas SD di {place} bocor, murid belajar di teras kalau hujan."),
    ("rest", "Bantuan sosial di {place} belum cair padahal tetangga desa sudah menerima."),
    ("rest", "Lampu lalu lintas di perempatan {place} mati, rawan kecelakaan pagi hari."),
    ("rest", "Apakah posyandu di {place} bulan ini tetap buka hari Rabu?"),
    ("rest", "Petugas loket minta uang tambahan untuk urus surat, tidak ada kuitansi."),
    ("rest", "Harga beras di pasar {place} naik, mohon operasi pasar."),
    ("open311", "Tiang listrik miring di tepi jalan {place}, takut roboh kena angin."),
    ("open311", "Pohon besar tumbang menutup separuh jalan di {place}."),
    ("open311", "Limbah pabrik tahu dibuang ke kali {place}, ikan mati."),
    ("open311", "Trotoar di {place} rusak, kursi roda tidak bisa lewat."),
    ("open311", "Sinyal internet balai desa {place} mati, layanan surat terhenti."),
    ("open311", "Rumah warga lansia di {place} hampir roboh, mohon bantuan rumah layak huni."),
    ("open311", "Jalan poros {place} berlubang dekat sekolah, sudah dua orang jatuh."),
)


@dataclass(frozen=True)
class DemoMessage:
    """One message; `number` makes its sender and its id, so that a repeat by SMS or REST is no second report."""

    number: int
    door: Door
    text: str
    place: str | None
    lat: float | None
    long: float | None

    @property
    def phone(self) -> str:
        return f"+62811000{self.number:03}"


def messages(region: Region) -> Iterator[DemoMessage]:
    """The messages, each about another place of the region."""
    places = [place for place in region.places.values() if place.lat is not None]
    for number, (door, words) in enumerate(_WORDS, start=1):
        place = places[number * 17 % len(places)] if places else None
        name = place.name if place else region.name["id"]
        at = (place.code, place.lat, place.long) if place else (None, None, None)
        yield DemoMessage(number, door, words.format(place=name), *at)


def file_demo(url: str, keys: Keys, region: Region) -> None:
    """File them all, and verify as an official those that the desk holds and nothing is against. Raises `Fault`."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise Fault(f"{url} is not the address of a server: http://HOST:PORT")
    with httpx.Client(base_url=url.rstrip("/"), timeout=30) as client, _progress() as progress:
        task = progress.add_task("filing", total=len(_WORDS))
        for message in messages(region):
            _file(client, message, keys, region)
            progress.advance(task)
        verified = _verify_held(client, keys, {message.text for message in messages(region)})
        shown = _wait_until_public(client, progress)
    out.print(f"Filed {len(_WORDS)} messages; as an official, gave {verified} of them to their first candidate.")
    out.print(f"{shown} reports are public; the others wait for an official, as some are sensitive or private.")
    out.print(f"See {url}/v1/reports and {url}/open311/v2/requests.json")


def _file(client: httpx.Client, message: DemoMessage, keys: Keys, region: Region) -> None:
    # A region need not have Kannel.
    door: Door = "rest" if message.door == "sms" and "kannel" not in keys.channels else message.door
    try:
        answer = _FILE[door](client, message, keys, region)
    except httpx.TransportError as error:
        raise Fault(f"{client.base_url} does not answer: is the server running? (make run)", 1) from error
    if answer.is_error:
        raise Fault(f"{answer.request.url.path} answers {answer.status_code}: {answer.text[:300]}", 1)


def _by_sms(client: httpx.Client, message: DemoMessage, keys: Keys, region: Region) -> httpx.Response:
    query = {
        "token": keys.channels["kannel"],
        "from": message.phone,
        "to": "1708",
        "id": f"demo-{message.number}",
        "text": f"{region.sms.prefix} {message.text}",
        "charset": "UTF-8",
    }
    return client.get("/channels/kannel", params=query)


def _by_rest(client: httpx.Client, message: DemoMessage, keys: Keys, _: Region) -> httpx.Response:
    body = {
        "text": message.text,
        "place": message.place,
        "lat": message.lat,
        "long": message.long,
        "contact": {"phone": message.phone, "name": f"Warga {message.number}"},
        "source": {"name": "demo", "id": str(message.number)},
    }
    members = {name: value for name, value in body.items() if value is not None}
    return client.post("/v1/reports", json=members, headers={"authorization": f"Bearer {keys.filing}"})


def _by_open311(client: httpx.Client, message: DemoMessage, keys: Keys, region: Region) -> httpx.Response:
    form = {
        "api_key": keys.filing,
        "service_code": region.default_category,
        "description": message.text,
        "address_string": region.places[message.place].name if message.place else region.name["id"],
        "phone": message.phone,
        "first_name": "Warga",
        "last_name": str(message.number),
    }
    return client.post("/open311/v2/requests.json", data=form)


_FILE = {"sms": _by_sms, "rest": _by_rest, "open311": _by_open311}


def _verify_held(client: httpx.Client, keys: Keys, ours: Collection[str]) -> int:
    """Give the held reports with these words to their first candidates; how many those are."""
    official = {"authorization": f"Bearer {keys.official}"}
    found = {}
    for _ in range(_LOOKS):  # the worker takes a moment to read what was filed
        held = client.get("/agency/v1/reports?status=held&limit=1000", headers=official).json().get("reports", [])
        found = {report["id"]: report for report in held if report["text"] in ours}
        if len(found) >= len(ours) // 2:
            break
        time.sleep(_LOOK_SECONDS)
    return sum(_verify(client, report, official) for report in found.values())


def _verify(client: httpx.Client, report: dict[str, Any], official: dict[str, str]) -> bool:
    """Verify a report for its first candidate; false if it has none, or if a person would have to read it."""
    candidates = report["reading"]["candidates"] if report["reading"] else []
    if not candidates or candidates[0]["agency"] is None or set(report["held_because"]) - _MERELY_UNSURE:
        return False
    first = {name: candidates[0][name] for name in ("agency", "category")}
    return client.post(f"/agency/v1/reports/{report['id']}/verify", json=first, headers=official).is_success


def _wait_until_public(client: httpx.Client, progress: Progress) -> int:
    """How many reports are public once their number has stood still for two seconds."""
    task = progress.add_task("public", total=len(_WORDS))
    shown, still, end = 0, time.monotonic(), time.monotonic() + _PUBLIC_SECONDS
    while time.monotonic() < end and (shown == 0 or time.monotonic() < still + 2):
        count = len(client.get("/v1/reports", params={"limit": 1000}).json().get("reports", []))
        if count != shown:
            shown, still = count, time.monotonic()
            progress.update(task, completed=min(shown, len(_WORDS)))
        time.sleep(0.2)
    return shown


def _progress() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), transient=True)
