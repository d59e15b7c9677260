"""AWS::Serverless::Application: applications of the Serverless Application Repository.

On AWS the SAM transform makes a nested stack of the application's own template. That template and
its code are not here; what is here is Athena's connectors, by the work that they do.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from localaws.cloudformation.services import ResourceError, Services, only, tags_of
from localaws.connectors import APPLICATIONS, Connectors

if TYPE_CHECKING:
    from localaws.ministack_cloudformation_seam import Made, Properties
    from localaws.scope import Scope

TYPE = "AWS::Serverless::Application"
_PROPERTIES = frozenset({"Location", "Parameters", "Tags"})
# What the connectors' template takes. Rows are not spilled here, and no function has a limit.
_PARAMETERS = frozenset(
    {
        "AthenaCatalogName",
        "DisableSpillEncryption",
        "KMSKeyId",
        "LambdaMemory",
        "LambdaRole",
        "LambdaTimeout",
        "PermissionsBoundaryARN",
        "SpillBucket",
        "SpillPrefix",
    }
)
_NEEDED = ("AthenaCatalogName", "SpillBucket")


class Applications:
    """A connector under the name of its function, `AthenaCatalogName`."""

    def __init__(self, services: Services, connectors: Connectors) -> None:
        self._services = services
        self._connectors = connectors

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        application, settings = _checked(properties)
        function = settings["AthenaCatalogName"]
        if self._connectors.get(self._scope(), function) is not None:
            raise ResourceError(f"{TYPE}: the function {function} already exists")
        self._connectors.deploy(self._scope(), function, application, settings)
        nested = f"stack/{stack_name}-{logical_id}/{uuid.uuid4()}"
        return self._services.arn("cloudformation", nested), {}

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        _stack_name: str,
        _logical_id: str,
    ) -> Made:
        application, settings = _checked(new)
        before = _function(old)
        self._connectors.deploy(self._scope(), settings["AthenaCatalogName"], application, settings)
        if before != settings["AthenaCatalogName"]:
            self._connectors.remove(self._scope(), before)
        return physical_id, {}

    def delete(self, _physical_id: str, properties: Properties) -> None:
        self._connectors.remove(self._scope(), _function(properties))

    def _scope(self) -> Scope:
        return self._services.scope()


def _checked(properties: Properties) -> tuple[str, dict[str, str]]:
    """The application's name and its parameters; another application is an error."""
    only(TYPE, properties, _PROPERTIES)
    tags_of(properties.get("Tags"))
    location = properties["Location"]
    if not isinstance(location, dict) or set(location) != {"ApplicationId", "SemanticVersion"}:
        raise ResourceError(f"{TYPE}: Location needs ApplicationId and SemanticVersion here")
    application = str(location["ApplicationId"]).rpartition("/")[2]
    if application not in APPLICATIONS:
        known = ", ".join(APPLICATIONS)
        raise ResourceError(f"{TYPE}: the local AWS has {known} and no {application}")
    given = {str(key): str(value) for key, value in (properties.get("Parameters") or {}).items()}
    if unknown := sorted(given.keys() - _PARAMETERS):
        raise ResourceError(f"{TYPE}: {application} has no parameter {', '.join(unknown)}")
    if missing := [name for name in _NEEDED if not given.get(name)]:
        raise ResourceError(f"{TYPE}: {application} needs the parameters {', '.join(missing)}")
    return application, given


def _function(properties: Properties) -> str:
    return str((properties.get("Parameters") or {}).get("AthenaCatalogName", ""))
