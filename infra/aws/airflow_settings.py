"""How MWAA's Airflow is set up: its options, and the settings of rlm in its environment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from rlm import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from environments import Environment

# The newest that MWAA runs; requirements.txt and its constraints are of this one.
AIRFLOW_VERSION: Final = "3.3.1"
_SECRETS: Final = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"


def startup_script(environment: Environment) -> str:
    """What each component of MWAA runs before Airflow: it exports the settings of rlm.

    MWAA itself sets the region, and takes options of Airflow, but no variables, from its template.
    """
    variables = {
        **rlm_settings(environment),
        # Tasks act as the execution role: there is no connection to look up.
        "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
    }
    lines = [f"export {name}='{value}'" for name, value in variables.items()]
    head = (
        "#!/bin/sh\n# Settings of rlm, as src/rlm/settings.py lists them, and the AWS connection.\n"
    )
    return head + "".join(f"{line}\n" for line in lines)


def rlm_settings(environment: Environment) -> dict[str, str]:
    """Variables of `rlm.settings`, less the region."""
    return {"RLM_ENV": environment.name}


def airflow_options(environment: Environment) -> Mapping[str, str]:
    """Options as MWAA takes them, `section.option`; all others stay as MWAA has them."""
    prefix = names.airflow_secrets_prefix(environment.name)
    return {
        "api.instance_name": f"RLM {environment.name}",
        # What .airflowignore is written in, whatever MWAA's default becomes.
        "core.dag_ignore_file_syntax": "glob",
        "secrets.backend": _SECRETS,
        "secrets.backend_kwargs": json.dumps(
            {
                "connections_prefix": f"{prefix}/connections",
                # The startup script has it: asking for it before each task would cost money.
                "connections_lookup_pattern": "^(?!aws_default$).*",
                "variables_prefix": f"{prefix}/variables",
                "config_prefix": f"{prefix}/config",
            }
        ),
    }
