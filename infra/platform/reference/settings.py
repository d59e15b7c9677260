"""docs/reference/settings.md: every variable, and what differs between dev and prod."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from .checkout import ROOT, environments, environments_module
from .markdown import code, codes, page, sentences, table

if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS: Final = re.compile(r"(?:RLM|LOCALAWS)_[A-Z_]+")
_OF_MAKE: Final = re.compile(r"^([a-z-]+):[^#]*## (.*)$", re.MULTILINE)
_MAKE_VARIABLE: Final = re.compile(r"\$\(([A-Z_]+)\)")
_NOT_SETTINGS: Final = frozenset({"BRINGUP", "MAKEFILE_LIST", "MAKE", "SHELL"})
_CODE: Final = ("src", "plugins", "dags", "lambdas", "include", "infra/aws", "infra/platform",
                "infra/local/localaws")  # fmt: skip
# What Python, Java, AWS's tools and Lambda, CGI and SageMaker read and set.
_OF_OTHERS: Final = re.compile(
    r"(?:AWS_|HTTP_|wsgi|no_proxy|CONTENT_|_|SM_|CDK_)|(?:PATH|PATH_INFO|REQUEST_METHOD|NO_PROXY|JAVA_HOME"
    r"|PYENV_ROOT|PYTHONPATH|LAMBDA_TASK_ROOT|QUERY_STRING|HOME)$"
)


@dataclass(frozen=True)
class Variable:
    """A variable that somebody may set."""

    says: str
    default: str = ""


# What each says; the code says where it is read, and a variable that is not here fails the page.
VARIABLES: Final = {
    "RLM_ENV": Variable(
        "the environment whose resources are meant: `dev` or `prod`",
        "`dev` for `rlm`, none elsewhere",
    ),
    "RLM_DASHBOARDS_URL": Variable(
        "where people look at dashboards; Airflow's menu leads there",
        "QuickSight's own page in the region",
    ),
    "RLM_API_PAGE_URL": Variable(
        "where the API is described for people; Airflow's menu leads there", "no such page"
    ),
    "RLM_STAFF_KEY_IDS": Variable(
        "ids of API keys whose holders may ask what only our own people may; the template sets it",
        "none",
    ),
    "RLM_AWS_PORT": Variable("port of the local AWS", "4566"),
    "RLM_AIRFLOW_PORT": Variable("port of Airflow's UI", "8080"),
    "RLM_DASHBOARDS_PORT": Variable("port of the dashboards page", "8090"),
    "RLM_STATE_DIR": Variable("folder of everything that one running platform knows", "`.local`"),
    "RLM_SIZE": Variable("how much is generated: `small`, `medium`, `large`", "`small`"),
    "RLM_TICKET_SALES": Variable("how many sales are generated, in place of a size", "by the size"),
    "RLM_SEED": Variable("seed of what is generated: the same seed gives the same files", "1"),
    "RLM_MONITORING_SPEED": Variable(
        "how many times faster the periods of alarms pass in the local AWS", "1"
    ),
    "RLM_FAULTS": Variable(
        "1: the local AWS takes orders to fail on its admin path, for `make chaos`", "off"
    ),
    "RLM_AIRFLOW_DATABASE": Variable(
        "SQLAlchemy URL of Airflow's database", "SQLite in the state folder"
    ),
    "RLM_STARTED_AT": Variable("set by `make` for itself: when the command began"),
    "RLM_SETUP_SECONDS": Variable("set by `make` for itself: how long the environments took"),
    "RLM_PROCESS": Variable("set by the platform: marks the processes that are its own"),
    "LOCALAWS_LOG_LEVEL": Variable("what the local AWS logs: `DEBUG`, `INFO`, `WARNING`", "`INFO`"),
    "LOCALAWS_RDS_FOLDER": Variable("set by the local AWS: whose server a PostgreSQL process is"),
    "SOURCE": Variable(
        "where source files come from: `generated`, `tickit-lastfm`, `broadway`", "`generated`"
    ),
    "DATA_DIR": Variable("folder of the data sets that are imported", "none: imports need it"),
    "TESTS": Variable("suites that `make test` runs, by name", "all of them"),
    "FAULTS": Variable("how many faults `make chaos` injects", "200"),
    "SEED": Variable("seed of the faults of `make chaos`", "1"),
    "REUSE": Variable("1: `make chaos` compares with the undisturbed run of before", "a new one"),
    "KEEP": Variable("1: `make chaos` leaves the disturbed platform's state to be looked at", "no"),
    "ENVS": Variable("environments that `make setup` installs, by name", "all of them"),
    "ENV": Variable("the environment that is packaged, deployed or destroyed", "`dev`"),
    "YES": Variable("1: `make deploy` and `make destroy` do not ask", "they ask"),
    "DEPLOY_OPTIONS": Variable("more options of `make deploy`, as `--without mwaa`", "none"),
    "STEPS": Variable("parts of `make compose-check`, by name", "all that can be done here"),
    "AUDIT_MAY_SKIP": Variable(
        "1: `make audit` succeeds, and says SKIPPED, where nobody answers who knows of advisories",
        "it fails",
    ),
    "RLM_ADVISORIES_URL": Variable("where `make audit` asks about advisories", "OSV's own API"),
    "PYTHON": Variable("the Python 3.10 or newer that starts `make`", "`python3`"),
}


def settings_page() -> str:
    """Variables with who reads them, commands of make, and the environments."""
    return page(
        "Settings",
        "## Variables",
        sentences(
            "Given to `make`, or in the environment of a process. "
            "AWS is found as by every AWS tool: `AWS_REGION` or `AWS_DEFAULT_REGION`, "
            "`AWS_PROFILE` or keys, and `AWS_ENDPOINT_URL` for the local one."
        ),
        table(["variable", "says", "default", "read by"], _variables()),
        "## Commands",
        table(["command", "does"], [[code(f"make {name}"), says] for name, says in commands()]),
        "## Environments",
        "What differs between `dev` and `prod`, in [environments.py]"
        "(../../infra/aws/environments.py); everything else is the same template.",
        table(["setting", *environments(), "says"], _environments()),
        _said_of_several(),
    )


def _variables() -> Iterator[list[str]]:
    readers = variable_readers()
    unknown = sorted(readers.keys() - VARIABLES.keys())
    gone = sorted(VARIABLES.keys() - readers.keys())
    if unknown or gone:
        raise ValueError(
            f"infra/platform/reference/settings.py: nothing is said of {unknown};"
            f" nothing reads {gone}"
        )
    for name, one in VARIABLES.items():
        yield [code(name), one.says, one.default, codes(readers[name])]


def variable_readers() -> dict[str, list[str]]:
    """Files that name a variable, by variable: Python files, and the Makefile."""
    found: dict[str, set[str]] = {}
    for folder in _CODE:
        for file in sorted((ROOT / folder).rglob("*.py")):
            if (
                "node_modules" in file.parts
                or file == ROOT / "infra/platform/reference/settings.py"
            ):
                continue
            for name in _named(file.read_text("utf-8")):
                if not _OF_OTHERS.match(name):
                    found.setdefault(name, set()).add(str(file.relative_to(ROOT)))
    for name in set(_MAKE_VARIABLE.findall((ROOT / "Makefile").read_text("utf-8"))):
        if name not in _NOT_SETTINGS:
            found.setdefault(name, set()).add("Makefile")
    return {name: sorted(files) for name, files in found.items()}


def _named(text: str) -> Iterator[str]:
    """Names of ours, and whatever is taken from the environment."""
    if "environ" not in text and not _OURS.search(text):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if _OURS.fullmatch(node.value):
                yield node.value
            continue
        taken: ast.expr | None = None
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("environ.get"):
            taken = node.args[0]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
            taken = node.slice
        if isinstance(taken, ast.Constant) and isinstance(taken.value, str):
            yield taken.value


def commands() -> list[tuple[str, str]]:
    """The targets of the Makefile, with what it says of them."""
    return _OF_MAKE.findall((ROOT / "Makefile").read_text("utf-8"))


def _environments() -> Iterator[list[str]]:
    claims = _claims()
    kinds = environments()
    for name in _fields():
        values = [_value(getattr(kind, name)) for kind in kinds.values()]
        said = [one.removeprefix(f"`{name}`").lstrip(": ") for one in claims if f"`{name}`" in one]
        yield [code(name), *values, " ".join(said)]


def _said_of_several() -> str:
    """What the class says of fields that it names by their ending."""
    return "\n".join(f"- {one}" for one in _claims() if one.startswith("`..."))


def _fields() -> list[str]:
    names = [one.name for one in fields(environments_module().Environment)]
    return [name for name in names if name != "name"]


def _claims() -> list[str]:
    """The sentences of the class's docstring that begin with a field."""
    doc = inspect.getdoc(environments_module().Environment) or ""
    return [" ".join(one.split()) for one in re.split(r"\n(?=`)", doc) if one.startswith("`")]


def _value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"`{value}`" if isinstance(value, str) else str(value)
