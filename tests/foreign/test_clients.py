"""Clients that other people's generators make of our document compile as they are; each files, reads and answers."""

import json
import shutil
import venv
from pathlib import Path

import pytest
from filelock import FileLock

from tests.foreign.conftest import BUILT, HERE, run, tool
from tests.journey.system import TAPELAN, System

pytestmark = pytest.mark.foreign
PROGRAMS = HERE / "clients"
CODE_ALONE = "--global-property=apiTests=false,modelTests=false,apiDocs=false,modelDocs=false"
QUICKLY = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


@pytest.fixture(scope="session")
def python() -> Path:
    """The Python of a virtual environment with what requirements.lock names, made once."""
    folder = BUILT / "python"
    lock = HERE / "python" / "requirements.lock"
    installed = folder / "installed"
    BUILT.mkdir(parents=True, exist_ok=True)
    with FileLock(BUILT / "python.lock"):
        if not installed.exists() or installed.read_text() != lock.read_text():
            venv.create(folder, with_pip=True, clear=True)
            pip = ("-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", lock)
            run(folder / "bin" / "python", *pip)
            installed.write_text(lock.read_text())
    return folder / "bin" / "python"


@pytest.fixture
def document(system: System, tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_bytes(system.http.get("/openapi.json").raise_for_status().content)
    return path


def generate(python: Path, document: Path, into: Path, generator: str, *options: str) -> None:
    """Make a client with openapi-generator; a warning that an operation was left out is an error."""
    java = tool("java", "default-jdk-headless")
    jar = next(python.parents[1].glob("lib/*/site-packages/openapi_generator_cli/openapi-generator.jar"))
    run(java, *QUICKLY, "-jar", jar, "generate", "-i", document, "-g", generator, "-o", into, CODE_ALONE, *options)


def arguments(system: System, name: str) -> tuple[str, str, str, str]:
    """The server, the filing key, an agency's key, and the id of a report that the agency is to answer."""
    report = system.report_of(system.sms(f"{TAPELAN} {name}", id=f"client-{name}"))
    agency = system.public(report, "disposed")["agency"]
    return f"http://127.0.0.1:{system.port}", system.keys["filing"], system.keys["agencies"][agency], report


def check(system: System, output: str, report: str) -> None:
    """What a program said is what the server has."""
    said = json.loads(output.splitlines()[-1])
    assert "Tapelan" in system.public(said["filed"])["text"]
    assert len(said["pages"]) == len(set(said["pages"])) >= 3
    assert said["status"] == "responded"
    assert said["event"] == "report.disposed"
    assert system.public(report, "responded")


def test_openapi_generator_in_python(system: System, python: Path, document: Path, tmp_path: Path) -> None:
    generate(python, document, tmp_path, "python", "--package-name", "pendapa_client")
    asked = arguments(system, "python")
    output = run(python, "-W", "error", PROGRAMS / "python" / "main.py", *asked, PYTHONPATH=str(tmp_path))
    check(system, output, asked[-1])


def test_openapi_python_client(system: System, python: Path, document: Path, tmp_path: Path) -> None:
    into = ("--output-path", tmp_path / "plain_client", "--meta", "none")
    run(python.with_name("openapi-python-client"), "generate", "--path", document, *into)
    asked = arguments(system, "plain")
    output = run(python, PROGRAMS / "python" / "plain.py", *asked, PYTHONPATH=str(tmp_path))
    check(system, output, asked[-1])
    assert json.loads(output)["requests"] >= 3


def test_openapi_generator_in_go(system: System, python: Path, document: Path, tmp_path: Path) -> None:
    go = tool("go", "golang-go")
    generate(python, document, tmp_path / "pendapa", "go", "--package-name", "pendapa")
    (tmp_path / "pendapa" / "go.mod").unlink()
    shutil.copytree(PROGRAMS / "go", tmp_path, dirs_exist_ok=True)
    asked = arguments(system, "go")
    check(system, run(go, "run", ".", *asked, folder=tmp_path, GOFLAGS="-mod=mod", GOPROXY="off"), asked[-1])


def test_openapi_generator_in_java(system: System, python: Path, document: Path, tmp_path: Path) -> None:
    javac, java = tool("javac", "default-jdk-headless"), tool("java", "default-jdk-headless")
    libraries = java_libraries()
    packages = ("--invoker-package=pendapa", "--api-package=pendapa.api", "--model-package=pendapa.model")
    single = "--additional-properties=useSingleRequestParameter=true"
    generate(python, document, tmp_path, "java", "--library=native", *packages, single)
    sources = (tmp_path / "src" / "main").rglob("*.java")
    compiled = ("-nowarn", "-d", tmp_path / "classes", "-cp", f"{libraries}/*")
    run(javac, "-J-XX:TieredStopAtLevel=1", *compiled, *sources, PROGRAMS / "java" / "Main.java")
    asked = arguments(system, "java")
    check(system, run(java, *QUICKLY, "-cp", f"{tmp_path}/classes:{libraries}/*", "Main", *asked), asked[-1])


def java_libraries() -> Path:
    """The folder of the libraries that pom.xml names, copied there once."""
    folder, pom = BUILT / "java", PROGRAMS / "java" / "pom.xml"
    installed = folder / "installed"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(BUILT / "java.lock"):
        if not installed.exists() or installed.read_text() != pom.read_text():
            goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
            scope = ("-DincludeScope=runtime", f"-DoutputDirectory={folder}")
            run(tool("mvn", "maven"), "-q", "-B", "-f", pom, goal, *scope)
            installed.write_text(pom.read_text())
    return folder


def test_openapi_generator_in_typescript(
    system: System, python: Path, node: Path, document: Path, tmp_path: Path
) -> None:
    generate(python, document, tmp_path / "client", "typescript-fetch")
    shutil.copy(PROGRAMS / "typescript" / "main.ts", tmp_path)
    target = ("--target", "es2022", "--module", "commonjs", "--lib", "es2022,dom")
    run(node / "node_modules" / ".bin" / "tsc", "--strict", "--skipLibCheck", *target, "main.ts", folder=tmp_path)
    asked = arguments(system, "typescript")
    check(system, run(tool("node", "nodejs"), tmp_path / "main.js", *asked), asked[-1])


def test_linters_find_no_error(system: System, node: Path, document: Path, tmp_path: Path) -> None:
    bin = node / "node_modules" / ".bin"
    (tmp_path / "rules.yaml").write_text('extends: ["spectral:oas"]\n')
    run(bin / "spectral", "lint", document, "--ruleset", tmp_path / "rules.yaml", "--fail-severity", "warn")
    run(bin / "redocly", "lint", document, "--extends", "recommended", REDOCLY_TELEMETRY="off", CI="true")
