"""A page of another origin files a report in a real browser, and reads the answer and the errors."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.conftest import run, tool
from tests.journey.system import System

pytestmark = pytest.mark.foreign
PAGE = """<!doctype html><meta charset="utf-8"><pre id="out"></pre><script type="module">
const [server, key] = %s;
async function post(path, headers, body) {
  const answer = await fetch(server + path, {method: "POST", headers, body});
  const names = ["location", "etag", "idempotency-replayed", "x-request-id"];
  const seen = Object.fromEntries(names.map(name => [name, answer.headers.get(name)]));
  return {status: answer.status, body: await answer.text(), ...seen};
}
const json = {"content-type": "application/json"};
const mine = {...json, authorization: `Bearer ${key}`, "idempotency-key": "one"};
const report = JSON.stringify({text: "Jalan desa Tapelan rusak"});
const out = [];
for (const [path, headers, body] of [
  ["/v1/reports", mine, report],
  ["/v1/reports", mine, report],
  ["/v1/reports", json, report],
  ["/v1/reports", mine, "{}"],
  ["/v1/reports", {...mine, "idempotency-key": "two"}, "x".repeat(1100000)],
  ["/open311/v2/requests.json", {authorization: `Bearer ${key}`}, new URLSearchParams({service_code: "none"})],
  ["/agency/v1/webhook/secret", mine, ""],
]) {
  try { out.push(await post(path, headers, body)); } catch (error) { out.push(String(error)); }
}
document.getElementById("out").textContent = JSON.stringify(out);
</script>"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def elsewhere(system: System, tmp_path: Path) -> Iterator[str]:
    """The address of the page, on a port of its own and so of another origin."""
    told = json.dumps([str(system.http.base_url).rstrip("/"), system.keys["filing"]])
    (tmp_path / "index.html").write_text(PAGE % told)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_page_of_another_origin_files_once_and_reads_every_answer(elsewhere: str) -> None:
    chromium = tool("chromium", "chromium")
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--virtual-time-budget=20000")
    document = run(chromium, *flags, "--dump-dom", elsewhere)
    answers = json.loads(document.partition('<pre id="out">')[2].partition("</pre>")[0])
    first, again, nobody, other, large, open311, closed = answers
    assert (first["status"], again["status"], again["idempotency-replayed"]) == (202, 202, "true")
    assert json.loads(first["body"]) == json.loads(again["body"])
    assert first["location"] == f"/v1/reports/{json.loads(first['body'])['id']}"
    assert [each["status"] for each in (nobody, other, large)] == [401, 422, 413]
    assert json.loads(other["body"])["type"] == "/problems/invalid-request"
    assert open311["status"] in (400, 404)
    assert open311["x-request-id"]
    assert "TypeError" in closed
