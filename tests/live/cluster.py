"""Three brokers on loopback, as production has them; each can be killed and come back."""

import base64
import signal
import subprocess
import uuid
from pathlib import Path

from pendapa.live.kafka import fetch
from pendapa.live.process import Process, free_port, listens

_PROPERTIES = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=3
offsets.topic.num.partitions=2
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.segment.bytes=16777216
log.cleaner.dedupe.buffer.size=16777216
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2000
"""


class Cluster:
    """`servers`: the addresses of all three, whether they are up or not."""

    def __init__(self, folder: Path) -> None:
        self._ports = [free_port() for _ in range(3)]
        controllers = [free_port() for _ in range(3)]
        voters = ",".join(f"{node}@127.0.0.1:{port}" for node, port in enumerate(controllers, 1))
        name = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        self._java = ["java", "-Xms128m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"]
        self._java.append(f"{fetch().resolve()}/*")
        self._settings: list[Path] = []
        self._processes: list[Process] = []
        for node, (port, controller) in enumerate(zip(self._ports, controllers, strict=True), 1):
            home = folder / str(node)
            home.mkdir()
            settings = home / "server.properties"
            values = {"node": node, "voters": voters, "port": port, "controller": controller, "data": home / "data"}
            settings.write_text(_PROPERTIES.format(**values))
            command = [*self._java, "kafka.tools.StorageTool", "format", f"--cluster-id={name}", f"--config={settings}"]
            subprocess.run(command, check=True, capture_output=True)
            self._settings.append(settings)
            self._processes.append(Process(home))

    @property
    def servers(self) -> str:
        return ",".join(f"127.0.0.1:{port}" for port in self._ports)

    def start(self, broker: int) -> None:
        """Begin to start one, 0 to 2."""
        self._processes[broker].start([*self._java, "kafka.Kafka", str(self._settings[broker])], tied=signal.SIGTERM)

    def wait(self, broker: int) -> None:
        process = self._processes[broker]
        assert process.wait(lambda: listens(self._ports[broker]), 90), process.last_lines()

    def kill(self, broker: int) -> None:
        self._processes[broker].end(signal.SIGKILL)

    def close(self) -> None:
        for broker in range(3):
            self.kill(broker)
