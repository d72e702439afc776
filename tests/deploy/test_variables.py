from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.manifests import Manifest
from deploy.variables import Given, Names, given_to, is_migration, lost_references, names_in, names_of, variable_faults
from tests.deploy.conftest import Break

ENV = "spec.template.spec.containers.0.env"
ROUTING = ["python", "-m", "services.routing.app"]


class Kiosk(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="KIOSK_")
    secret: SecretStr
    port: int = 1


def test_every_variable_is_a_setting_and_every_setting_is_given(manifests: list[Manifest]) -> None:
    assert variable_faults(given_to(manifests)) == []
    assert lost_references(manifests) == []


def test_the_variables_of_a_class_of_settings_are_its_fields_with_its_prefix() -> None:
    assert names_in(Kiosk) == Names(frozenset({"KIOSK_SECRET"}), frozenset({"KIOSK_SECRET", "KIOSK_PORT"}))


def test_a_variable_that_no_setting_reads_is_a_fault(broken: Break) -> None:
    extra = broken("Deployment intake-app", f"{ENV}.0", {"name": "INTAKE_DATABSE_URL", "value": "x"})
    assert variable_faults(given_to(extra)) == [
        "Deployment intake-app: INTAKE_DATABASE_URL is not given",
        "Deployment intake-app: INTAKE_DATABSE_URL is read by nothing",
    ]


def test_a_variable_of_another_service_is_a_fault() -> None:
    names = names_of(ROUTING)
    given = [Given("here", ROUTING, names.known | {"PUBLISH_LOG_KEY"})]
    assert variable_faults(given) == ["here: PUBLISH_LOG_KEY is read by nothing"]


def test_a_setting_that_no_process_is_given_is_a_fault() -> None:
    names = names_of(ROUTING)
    given = [Given("app", ROUTING, names.required), Given("worker", ROUTING, names.known - {"ROUTING_KEEP_SENT_DAYS"})]
    assert variable_faults(given) == ["services.routing: its setting ROUTING_KEEP_SENT_DAYS is given to no process"]


def test_a_migration_is_given_its_database_alone(production: list[Manifest]) -> None:
    jobs = [each for each in given_to(production) if is_migration(each.command)]
    assert [each.where for each in jobs] == [f"Job {service}-migration" for service in ("intake", "publish", "routing")]
    job = next(each for each in given_to(production) if each.where == "Job intake-migration")
    assert job.variables == names_of(job.command).known == {"INTAKE_DATABASE_URL"}


def test_a_config_map_that_is_not_there_is_a_fault(broken: Break) -> None:
    lost = broken("Deployment gateway", "spec.template.spec.containers.0.envFrom.0.configMapRef.name", "gatewey")
    assert lost_references(lost) == ["Deployment gateway: the ConfigMap gatewey is not there"]
    assert "Deployment gateway: GATEWAY_KEYS_FILE is not given" in variable_faults(given_to(lost))
