"""What a start says on the terminal: where everything is."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from pendapa.plan import Order

out = Console(highlight=False, soft_wrap=True)
err = Console(highlight=False, soft_wrap=True, stderr=True)


def say_ready(order: Order, footing: str, seconds: float, notices: Sequence[str] = ()) -> None:
    """A screenful: addresses, keys, a first call; and the `notices`, which an operator must read."""
    base = order.public_url
    name = order.region.name["id"]
    out.print(f"\n[bold]Pendapa · {name}[/bold]  ready in {seconds:.1f} s on the {footing} footing\n")
    for notice in notices:
        out.print(f"  [bold yellow]Note:[/bold yellow] {escape(notice)}\n")
    for what, where in (
        ("first page", f"{base}/"),
        ("API", f"{base}/docs"),
        ("open data", f"{base}/data"),
        ("Open311", f"{base}/open311/v2/discovery.json"),
        ("reports", f"{base}/v1/reports"),
        ("health", f"{base}/readyz"),
        ("keys", str(order.home.keys_file)),
        ("data", str(order.home.store)),
        ("log", str(order.home.store / "log")),
    ):
        out.print(f"  {what:<12}{where}", markup=False)
    if "kannel" in order.keys.channels:
        out.print("\n  An SMS arrives, as Kannel would bring it:\n")
        out.print(f"  {_sms(order)}", markup=False)
    options = f"--url {base} --data {order.home.folder} --region {order.region_path}"
    out.print(f"\n  More of them: .venv/bin/pendapa demo {options}", markup=False)
    out.print("  Stop: Ctrl-C\n")


def _sms(order: Order) -> str:
    return (
        f"curl -G {order.public_url}/channels/kannel --data-urlencode token={order.keys.channels['kannel']} \\\n"
        f"    --data-urlencode from=+62811000000 --data-urlencode id=1 \\\n"
        f"    --data-urlencode 'text={order.region.sms.prefix} lampu jalan mati'"
    )
