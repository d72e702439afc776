"""A client that openapi-typescript makes of our document compiles as it is, and files, reads and answers."""

import json
import shutil
from pathlib import Path

import pytest

from tests.foreign.conftest import HERE, run, tool
from tests.foreign.test_clients import arguments, check
from tests.journey.system import System

pytestmark = pytest.mark.foreign


def test_a_generated_typescript_client_compiles_and_works(system: System, node: Path, tmp_path: Path) -> None:
    shutil.copy(HERE / "node" / "client.ts", tmp_path)
    shutil.copy(HERE / "node" / "package.json", tmp_path)
    (tmp_path / "node_modules").symlink_to(node / "node_modules")
    bin = node / "node_modules" / ".bin"
    document = system.http.base_url.join("/openapi.json")
    run(bin / "openapi-typescript", str(document), "-o", "schema.d.ts", folder=tmp_path)
    strict = ("--strict", "--noUncheckedIndexedAccess", "--skipLibCheck", "--target", "es2022")
    modules = ("--module", "nodenext", "--moduleResolution", "nodenext", "--outDir", ".", "--lib", "es2022,dom")
    run(bin / "tsc", *strict, *modules, "client.ts", folder=tmp_path)
    asked = arguments(system, "typed")
    output = run(tool("node", "nodejs"), "client.js", *asked, folder=tmp_path)
    check(system, output, asked[-1])
    assert json.loads(output)["releases"] >= 1
