"""`python -m pendapa.live up|down`: both servers in `.live/`, for trying things by hand."""

import sys
from pathlib import Path

import typer

from pendapa.live import LiveUnavailable
from pendapa.live.kafka import Kafka
from pendapa.live.postgres import Postgres

_FOLDER = Path(__file__).resolve().parents[2] / ".live"

app = typer.Typer(help="A real Kafka and a real PostgreSQL on loopback.", add_completion=False)


@app.command()
def up() -> None:
    """Start them and say where they are."""
    postgres, kafka = Postgres(_FOLDER / "postgres"), Kafka(_FOLDER / "kafka")
    try:
        typer.echo(f"PostgreSQL  {postgres.up()}")
        typer.echo(f"Kafka       kafka://{kafka.up()}")
    except LiveUnavailable as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


@app.command()
def down() -> None:
    """Stop them; their data stays."""
    Kafka(_FOLDER / "kafka").stop()
    Postgres(_FOLDER / "postgres").stop()


if __name__ == "__main__":
    app()
