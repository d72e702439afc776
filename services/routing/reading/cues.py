"""Words beside which a name of a person stands, or a name of a place that looks like one."""

import re


def _words(listed: str) -> frozenset[str]:
    return frozenset(re.findall(r"\S+", listed))


HONORIFICS = _words(
    """
    pak bu bpk bapak ibu bp pk mas mbak mbk mba mbah kang ust ustad ustadz kyai kiai gus haji hj h om tante bang bng
    cak yu mbok dr drs ir dik dek adik kakak sdr sdri saudara saudari sodara almarhum alm almarhumah tuan nyonya ny tn
    bidan mudin modin carik kasun kamituwo bayan jogoboyo sekdes kades kadus lurah camat dokter perawat bupati wabup
    gubernur presiden walikota menteri
    """
)
"""Titles and offices that stand before a name."""
TELLING = _words("nama bernama namanya an n atasnama sdr sdri saudara saudari inisial")
"""A name follows right after one of these; `an` and `n` are of "a.n."."""
PLACE_CUES = _words(
    """
    jl jln jalan jlan gg gang desa ds kec kel kecamatan kelurahan dusun dsn kampung kp perum perumahan komplek kompleks
    komp rs rsud rsu rsup rsia sd sdn smp smpn sma sman smk smkn mi mts ma tk masjid musholla mushola mushalla pasar
    hotel toko univ universitas pt cv bandara stasiun terminal simpang jembatan kab kabupaten kota provinsi prov
    propinsi pondok ponpes pesantren bank stadion taman gedung blok cluster apartemen pulau sungai kali gunung pantai
    tpu tps perempatan pertigaan bundaran wilayah dukuh yayasan radio spbu gor puskesmas klinik klenteng gereja museum
    makam lapangan warung kedai minimarket apotek kantor dinas rusun waduk bendungan imigrasi bus danau
    """
)
RANKS = _words(
    """
    kolonel letjen jend jenderal jendral kapten kapt mayor mayjen mayjend brigjen sultan panglima pangeran raden prof
    sersan kh kyai kiai haji h hj dr ir raya st santo letda letkol marsekal laksamana s a r mt di bung sunan
    """
)
"""Words between "jalan" and the person that a street is called after."""
OF_HISTORY = _words("letjen letjend jend jenderal jendral mayjen mayjend brigjen panglima sultan pangeran sunan")
"""Who has such a rank in a report is long dead, and a street or a field is called after them."""
TITLES = HONORIFICS | _words("s m se sh mm si pd spd sip ip sos st ag msi amd prof")
"""What stands before or behind a name and is not part of it."""
