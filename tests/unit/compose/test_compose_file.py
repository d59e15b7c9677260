"""docker-compose.yaml: who may do what, and that it is `make run` and nothing of its own."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bringup import environments, ports, serving
from bringup.platform import platform_for

ROOT = Path(__file__).resolve().parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# They do their work and end: what others wait for is how.
ONCE = ("airflow-database", "fill")
DOCKERFILE = (ROOT / "infra/compose/Dockerfile").read_text()


def test_every_server_of_the_platform_has_a_service() -> None:
    served = {service["command"][0] for service in SERVICES.values() if "command" in service}
    assert set(serving.SERVERS) <= served
    assert set(SERVICES) == {
        *("door", "postgres", "aws", "airflow-database", "fill", "dashboards"),
        *("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"),
    }


@pytest.mark.parametrize("name", sorted(set(SERVICES) - set(ONCE)))
def test_server_is_watched_and_started_again(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    health = service["healthcheck"]
    assert health["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries", "start_period"} <= set(health)


@pytest.mark.parametrize("name", ONCE)
def test_what_ends_is_not_started_again(name: str) -> None:
    assert SERVICES[name]["restart"] == "no"
    assert "healthcheck" not in SERVICES[name]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_service_has_no_rights_and_sees_nothing_of_the_host(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "pid", "ipc"} & set(service)
    mounted = [volume.partition(":")[0] for volume in service.get("volumes", [])]
    assert set(mounted) <= set(COMPOSE["volumes"])
    assert "docker.sock" not in str(service)
    if "build" in service:
        assert service["build"]["context"] == "."
        assert _user_of(service["build"]["target"]) == "10001:10001"
    else:
        assert service["user"] == "postgres"


def test_every_volume_is_used() -> None:
    mounted = {
        volume.partition(":")[0] for one in SERVICES.values() for volume in one.get("volumes", [])
    }
    assert mounted == set(COMPOSE["volumes"])


def test_only_the_door_is_published_and_on_loopback_only() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["door"]
    published = [f"{ports.LOOPBACK}:{_port(one)}:{outer}" for one, outer in _doors()]
    assert SERVICES["door"]["ports"] == published
    assert SERVICES["door"]["command"] == [f"{outer}:{_port(one)}" for one, outer in _doors()]
    for name, service in SERVICES.items():
        network = {"door": None, "postgres": "none"}.get(name, "service:door")
        assert service.get("network_mode") == network
        assert "networks" not in service


def test_services_and_the_door_agree_about_the_ports() -> None:
    for name in (*serving.SERVERS, *ONCE):
        service = next(one for key, one in SERVICES.items() if name in (key, *one["command"]))
        for port in ports.PORTS:
            assert service["environment"][port.variable] == _port(port)


def test_database_of_airflow_is_reached_over_a_socket_alone() -> None:
    postgres = SERVICES["postgres"]
    assert postgres["command"] == ["postgres", "-c", "listen_addresses="]
    socket = "postgres-socket:/run/postgresql"
    using = {name for name, one in SERVICES.items() if socket in one.get("volumes", [])}
    assert using == {"postgres", *(name for name in SERVICES if name.startswith("airflow-"))}
    for name in using - {"postgres"}:
        url = SERVICES[name]["environment"]["RLM_AIRFLOW_DATABASE"]
        assert url == "postgresql+psycopg2://airflow@/airflow?host=/run/postgresql"


def test_pipeline_starts_when_every_server_is_healthy() -> None:
    waited_for = SERVICES["fill"]["depends_on"]
    expected = {*(name for name in serving.SERVERS if name != "local-aws"), "aws"}
    assert waited_for == {name: {"condition": "service_healthy"} for name in expected}


def test_images_build_on_pinned_versions() -> None:
    pinned = re.compile(r"docker\.io/library/\w+:\d+\.\d+(\.\d+)?-[a-z-]+@sha256:[0-9a-f]{64}")
    bases = dict(re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))
    assert set(bases) == {"PYTHON", "NODE"}
    for base in (*bases.values(), SERVICES["postgres"]["image"]):
        assert pinned.fullmatch(base), base
    stages = re.findall(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, re.MULTILINE)
    known = {*(f"${{{name}}}" for name in bases)}
    for base, stage in stages:
        assert base in known, base
        known.add(stage)
    assert len(stages) == len(re.findall(r"^FROM ", DOCKERFILE, re.MULTILINE)) > 4


def test_everything_is_installed_from_locks() -> None:
    """By the code that installs it for `make run`, npm's strict command, Maven's pinned file.

    Debian's packages are those of the release that the base image is of.
    """
    runs = re.findall(r"^RUN (.*)$", DOCKERFILE.replace("\\\n", ""), re.MULTILINE)
    commands = [re.sub(r"^--mount=type=cache,target=\S+ +", "", run) for run in runs]
    environments_built = re.compile(r"python3 -m bringup setup ([\w-]+)")
    built = [found[1] for one in commands if (found := environments_built.fullmatch(one))]
    required = [one.name for one in environments.RUNTIMES if not one.is_optional]
    assert sorted(built) == sorted(required)
    others = (
        r"apt-get update +&& apt-get install --yes --no-install-recommends [a-z0-9. -]+"
        r" +&& rm -rf /var/lib/apt/lists/\*",
        r"npm ci --no-audit --no-fund --prefix infra/(aws|web)",
        r"mvn -q -B -f infra/local/glue/pom.xml dependency:copy-dependencies .*",
        r"python3 -m compileall -q [a-z/ ]+",
        # Folders and the user: nothing is installed.
        r"(mkdir|groupadd|install --directory) .*",
    )
    for one in commands:
        assert any(re.fullmatch(known, one) for known in (environments_built, *others)), one


def test_environments_are_built_before_sources_are_copied() -> None:
    for stage in _stages():
        if "bringup setup" in stage or "npm ci" in stage or "mvn " in stage:
            copied = re.findall(r"^COPY (?!--from)(.*?)$", stage.replace("\\\n", ""), re.MULTILINE)
            files = [name for line in copied for name in line.split()[:-1]]
            assert files
            allowed = re.compile(
                r".*(\.lock|\.json|pom\.xml|pyproject\.toml)|infra/platform/bringup/.*"
            )
            assert [name for name in files if not allowed.fullmatch(name)] == []


def test_nothing_but_the_repository_is_copied() -> None:
    assert "ADD " not in DOCKERFILE
    for line in re.findall(r"^COPY (?!--from)(.*?)$", DOCKERFILE.replace("\\\n", ""), re.MULTILINE):
        for name in line.split()[:-1]:
            assert (ROOT / name).exists(), name


def test_every_page_that_the_local_aws_serves_is_in_its_image() -> None:
    command = list(platform_for({}).aws.process.command)
    told = [one for option, one in itertools.pairwise(command) if option == "--pages"]
    assert told
    copied = re.findall(r"^COPY (?:--from=\S+ )?.* (\S+)$", _stage("aws"), re.MULTILINE)
    for folder in (Path(one.rpartition("=")[2]).relative_to(ROOT) for one in told):
        assert any(folder.is_relative_to(place) for place in copied), folder


def test_builds_see_sources_only() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    shown = [line[1:] for line in rules if line.startswith("!")]
    assert shown
    assert all((ROOT / name).exists() for name in shown)
    assert not {".venv", ".local", ".git", "build", "tests"} & set(shown)
    assert "**/node_modules" in rules


def _doors() -> list[tuple[ports.Port, int]]:
    return [(ports.AWS, 14566), (ports.AIRFLOW, 18080), (ports.DASHBOARDS, 18090)]


def _port(port: ports.Port) -> str:
    return f"${{{port.variable}:-{port.default}}}"


def _stages() -> list[str]:
    return re.split(r"^(?=FROM )", DOCKERFILE, flags=re.MULTILINE)[1:]


def _stage(target: str) -> str:
    (stage,) = [one for one in _stages() if one.splitlines()[0].endswith(f" AS {target}")]
    return stage


def _user_of(target: str) -> str:
    return re.findall(r"^USER (\S+)$", _stage(target), re.MULTILINE)[-1]
