"""Lambda's Python functions: each in processes of its own interpreter, with its own variables.

Functions, versions, aliases and permissions are ministack's; what runs is ours: an execution
environment answers one event after another, as on AWS, logs go to one stream an environment, and
metrics that a line carries in the embedded format reach CloudWatch.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from localaws.lambda_functions.engine import Engine
from localaws.ministack_lambda_seam import LambdaService
from localaws.telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localaws.host import Host
    from localaws.lambda_functions.function import Function


def register(host: Host) -> None:
    """Take over whatever ministack would run as Python."""
    service = LambdaService()
    telemetry = Telemetry(host.call, "lambda-telemetry")

    def variables(function: Function) -> Mapping[str, str]:
        return {
            **service.credentials(function),
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_ENDPOINT_URL": host.options.endpoint_url,
            # Keeps requests to loopback away from a proxy that the machine may have set.
            "NO_PROXY": "127.0.0.1,localhost",
        }

    # Without an interpreter of their own, functions find what the gateway has: boto3 is not in it.
    python = host.options.lambda_python or Path(sys.executable)
    engine = Engine(python, host.options.state_dir / "functions", telemetry, variables)
    service.run_with(engine)
    host.on_start.append(telemetry.start)
    host.on_stop += [engine.stop, telemetry.stop]
