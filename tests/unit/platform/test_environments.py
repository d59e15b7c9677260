"""What is up to date is left alone; what is missing is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bringup import environments, system_packages
from bringup.console import Console
from bringup.environments import Environment, missing_environments, set_up
from bringup.failures import PlatformError
from bringup.layout import State
from bringup.system_packages import Program, install_debian_packages

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one environment, `tools`-less, whose building is only counted."""
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(environments, "ENVIRONMENTS", tmp_path / ".venv")
    monkeypatch.setattr(environments, "RUNTIMES", (Environment("dev", "3.12", ("dev.lock",)),))
    monkeypatch.setattr(environments, "_installer", lambda _console: tmp_path / "uv")
    (tmp_path / "dev.lock").write_text("click==8.5.1\n")

    def build(runtime: Environment, _uv: Path, _console: Console) -> None:
        folder = tmp_path / ".venv" / runtime.name
        folder.mkdir(parents=True, exist_ok=True)
        environments._mark(folder, environments._wanted(runtime))
        with (tmp_path / "builds").open("a") as builds:
            builds.write("built\n")

    monkeypatch.setattr(environments, "_build", build)
    return tmp_path


def builds(checkout: Path) -> int:
    file = checkout / "builds"
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_environment_is_built_once_for_each_lock(checkout: Path) -> None:
    assert missing_environments(["dev"]) == ["dev"]
    for _time in range(2):
        set_up(Console(), ["dev"])
    assert builds(checkout) == 1
    (checkout / "dev.lock").write_text("click==8.5.2\n")
    assert missing_environments(["dev"]) == ["dev"]
    set_up(Console(), ["dev"])
    assert builds(checkout) == 2
    assert missing_environments(["dev"]) == []


def test_unknown_environment_is_named_with_those_that_exist(checkout: Path) -> None:
    with pytest.raises(PlatformError, match=r"no environment is called spark; there are dev, "):
        set_up(Console(), ["spark"])
    assert builds(checkout) == 0


def test_missing_lock_is_named(checkout: Path) -> None:
    (checkout / "dev.lock").unlink()
    with pytest.raises(PlatformError, match=r"dev\.lock is not there"):
        set_up(Console(), ["dev"])


def test_missing_program_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(system_packages.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(system_packages.shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(PlatformError) as failure:
        install_debian_packages(["maven"], "Maven", Console())
    assert "Maven missing" in str(failure.value)
    assert "sudo apt-get install -y --no-install-recommends maven" in str(failure.value)


def test_without_apt_the_program_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages.shutil, "which", lambda _name: None)
    with pytest.raises(PlatformError, match="Maven missing"):
        install_debian_packages(["maven"], "Maven", Console())


def test_program_is_looked_for_when_asked() -> None:
    assert Program("Maven", lambda: True, ("maven",)).is_present()


@pytest.mark.parametrize("value", [None, ""])
def test_state_lies_in_the_checkout_unless_told_otherwise(value: str | None) -> None:
    environ = {} if value is None else {"RLM_STATE_DIR": value}
    assert State.of(environ).folder.name == ".local"


def test_state_can_lie_elsewhere(tmp_path: Path) -> None:
    assert State.of({"RLM_STATE_DIR": str(tmp_path)}).folder == tmp_path


def test_each_folder_of_node_modules_is_installed_once_for_its_lock(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []
    for name in environments.NODE_FOLDERS:
        (checkout / name / "node_modules").mkdir(parents=True)
        (checkout / name / "package-lock.json").write_text("{}")
    monkeypatch.setattr(environments, "require_programs", lambda _console: None)
    monkeypatch.setattr(environments, "_checked", lambda *told: installed.append(told[2].name))
    for _time in range(2):
        set_up(Console(), ["node"])
    assert installed == ["aws", "web"]
    (checkout / "infra/web/package-lock.json").write_text('{"changed": true}')
    assert missing_environments(["node"]) == ["node"]
    set_up(Console(), ["node"])
    assert installed == ["aws", "web", "web"]


def test_chromium_is_installed_where_no_browser_is(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: list[str] = []
    monkeypatch.setattr(environments, "browser", lambda: there or None)
    monkeypatch.setattr(system_packages, "browser", lambda: there or None)
    monkeypatch.setattr(
        system_packages, "install_debian_packages", lambda packages, *_rest: there.extend(packages)
    )
    assert missing_environments(["browser"]) == ["browser"]
    set_up(Console(), ["browser"])
    assert there == ["chromium", "fonts-inter", "fonts-noto-color-emoji"]
    assert missing_environments(["browser"]) == []
