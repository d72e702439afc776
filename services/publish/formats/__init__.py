"""The formats of files: each knows fields and rows, and no dataset."""

from services.publish.formats.csv import Csv, Gzip
from services.publish.formats.format import Format
from services.publish.formats.jsonl import Jsonl
from services.publish.formats.parquet import Parquet

FORMATS: tuple[Format, ...] = (Csv(), Gzip(), Jsonl(), Parquet())
