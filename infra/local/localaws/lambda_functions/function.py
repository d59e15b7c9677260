"""A function's version as the runtime needs it, read from what the Lambda service keeps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Function:
    """One version of a function. Equal identities may share execution environments."""

    identity: str
    scope: Scope
    name: str
    version: str
    runtime: str
    handler: str
    timeout_seconds: float
    memory_megabytes: int
    log_group: str
    has_json_logs: bool
    logs_platform_events: bool
    variables: Mapping[str, str]
    code: bytes
    code_digest: str

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Function:
        """From the service's record of `$LATEST` or of a published version."""
        config = record["config"]
        # arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]
        parts = config["FunctionArn"].split(":")
        scope = Scope(parts[4], parts[3])
        code = record["code_zip"] or b""
        digest = str(config.get("CodeSha256") or hashlib.sha256(code).hexdigest())
        logging = config.get("LoggingConfig") or {}
        name, version = config["FunctionName"], config.get("Version", "$LATEST")
        variables = (config.get("Environment") or {}).get("Variables") or {}
        # A changed configuration is another environment; RevisionId changes with any of it.
        identity = "\n".join(
            (*(scope.account, scope.region, name, version), digest, str(config.get("RevisionId")))
        )
        return cls(
            identity=identity,
            scope=scope,
            name=name,
            version=version,
            runtime=config.get("Runtime", ""),
            handler=config.get("Handler", ""),
            timeout_seconds=float(config.get("Timeout", 3)),
            memory_megabytes=int(config.get("MemorySize", 128)),
            log_group=logging.get("LogGroup") or f"/aws/lambda/{name}",
            has_json_logs=logging.get("LogFormat") == "JSON",
            logs_platform_events=logging.get("SystemLogLevel") != "WARN",
            variables={str(key): str(value) for key, value in variables.items()},
            code=code,
            code_digest=digest,
        )
