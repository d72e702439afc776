"""One Apache Kafka broker (KRaft, no ZooKeeper) on loopback, from its Maven Central jars."""

import base64
import fcntl
import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path

from pendapa.live import LiveUnavailable
from pendapa.live.process import Process, free_port, listens
from pendapa.screen import err

LIBS = Path(__file__).resolve().parents[2] / ".live" / "kafka-libs"
_POM = Path(__file__).with_name("pom.xml")
_LOGGING = Path(__file__).with_name("log4j2.properties")
_INSTALL = "Kafka needs Java 17 and Maven: apt-get install default-jre-headless maven"
# In a short run the second compiler costs more time than it saves.
_JVM = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
num.partitions=6
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.segment.bytes=16777216
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=2
background.threads=2
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2000
"""


def fetch(libs: Path = LIBS) -> Path:
    """The folder with the broker's jars, brought by Maven if they are not there; two at once fetch once."""
    if not shutil.which("java"):
        raise LiveUnavailable(_INSTALL)
    libs.parent.mkdir(parents=True, exist_ok=True)
    with open(libs.parent / "kafka-libs.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not libs.exists():
            _fetch(libs)
    return libs


def _fetch(libs: Path) -> None:
    if not shutil.which("mvn"):
        raise LiveUnavailable(_INSTALL)
    with tempfile.TemporaryDirectory(dir=libs.parent) as work:
        part = Path(work) / "libs"
        goal = ("dependency:copy-dependencies", f"-DoutputDirectory={part}", "-DincludeScope=runtime")
        command = ("mvn", "-q", "-B", "-f", str(_POM), *goal)
        with err.status("Fetching Kafka's jars with Maven, once"):
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode != 0 or not part.exists():
            words = (done.stdout + done.stderr).strip().splitlines()
            raise LiveUnavailable(f"Maven could not fetch Kafka's jars: {words[0] if words else 'it said nothing'}")
        part.rename(libs)  # whole or not at all


class Kafka:
    """A broker whose data, log and pid live in `folder`; `up` after `stop` or `kill` is a restart with its data."""

    def __init__(self, folder: Path, libs: Path = LIBS) -> None:
        self._folder = folder.resolve()
        self._libs = libs.resolve()
        self._process = Process(self._folder)

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def up(self, *, tied: bool = False) -> str:
        """Start it if it does not run; return `127.0.0.1:PORT`. `tied`: it ends when this process does."""
        self.start(tied=tied)
        address = (self._folder / "address").read_text()
        if not self._process.wait(lambda: listens(_port(address)), 90):
            self.kill()
            raise LiveUnavailable(f"Kafka did not start:\n{self._process.last_lines()}")
        return address

    def start(self, *, tied: bool = False) -> None:
        """As `up`, without waiting until it answers."""
        if self.pid is not None:
            return
        address = self._folder / "address"
        fetch(self._libs)
        self._folder.mkdir(parents=True, exist_ok=True)
        port = free_port(_port(address.read_text()) if address.exists() else None)
        self._configure(port)
        address.write_text(f"127.0.0.1:{port}")
        settings = str(self._folder / "server.properties")
        self._process.start(
            ["java", *self._class_path(), *_JVM, "kafka.Kafka", settings], tied=signal.SIGTERM if tied else None
        )

    def stop(self) -> None:
        """End it cleanly."""
        self._process.end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.end(signal.SIGKILL)

    def _configure(self, port: int) -> None:
        settings = self._folder / "server.properties"
        data = self._folder / "data"
        settings.write_text(_PROPERTIES.format(port=port, controller=free_port(), data=data))
        if (data / "meta.properties").exists():
            return
        # A random id can begin with `-`: only with the equals sign is it a value.
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        storage = ("-Xmx128m", "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}")
        command = ("java", *self._class_path(), *storage, f"--config={settings}")
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode != 0:
            raise LiveUnavailable(f"Kafka's storage could not be formatted:\n{done.stdout}{done.stderr}")

    def _class_path(self) -> tuple[str, ...]:
        return ("-cp", f"{self._libs}/*", f"-Dlog4j2.configurationFile={_LOGGING}")


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])
