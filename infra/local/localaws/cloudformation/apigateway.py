"""What ministack leaves out of API Gateway's types: endpoint types, and validators altogether."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localaws.cloudformation.services import ResourceError, Services, only

if TYPE_CHECKING:
    from localaws.cloudformation.providers import Complete
    from localaws.ministack_cloudformation_seam import Made, Properties, Provider

_VALIDATOR = "AWS::ApiGateway::RequestValidator"
_VALIDATOR_PROPERTIES = frozenset(
    {"Name", "RestApiId", "ValidateRequestBody", "ValidateRequestParameters"}
)
_GONE = ("NotFoundException",)


class RestApis:
    """As ministack makes them, of properties in the service's own words."""

    def __init__(self, made_by_ministack: Provider) -> None:
        self._ministack = made_by_ministack

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        return self._ministack.create(logical_id, _Worded(properties), stack_name)

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        return self._ministack.update(
            physical_id, _Worded(old), _Worded(new), stack_name, logical_id
        )

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._ministack.delete(physical_id, properties)


class _Worded(dict[str, Any]):
    """Properties that still tell which of them were read."""

    def __init__(self, properties: Properties) -> None:
        # Not `properties` itself: to copy it would be to read all of it.
        super().__init__(dict.items(properties))
        self._properties = properties

    def get(self, key: str, default: Any = None) -> Any:
        value = self._properties.get(key, default)
        if key == "EndpointConfiguration" and isinstance(value, dict):
            return {name[:1].lower() + name[1:]: one for name, one in value.items()}
        return value


class RequestValidators:
    """The type's operations, by API Gateway's own."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        only(_VALIDATOR, properties, _VALIDATOR_PROPERTIES)
        made = self._services(
            "apigateway",
            "CreateRequestValidator",
            {
                "restApiId": properties["RestApiId"],
                "name": properties.get("Name") or logical_id,
                "validateRequestBody": _flag(properties, "ValidateRequestBody"),
                "validateRequestParameters": _flag(properties, "ValidateRequestParameters"),
            },
        )
        return made["id"], {"RequestValidatorId": made["id"]}

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        """Name and API make another one; the engine sees to that."""
        only(_VALIDATOR, new, _VALIDATOR_PROPERTIES)
        if any(old.get(key) != new.get(key) for key in ("Name", "RestApiId")):
            return self.create(logical_id, new, stack_name)
        self._services(
            "apigateway",
            "UpdateRequestValidator",
            {
                "restApiId": new["RestApiId"],
                "requestValidatorId": physical_id,
                "patchOperations": [
                    {"op": "replace", "path": f"/{member}", "value": str(value).lower()}
                    for member, value in (
                        ("validateRequestBody", _flag(new, "ValidateRequestBody")),
                        ("validateRequestParameters", _flag(new, "ValidateRequestParameters")),
                    )
                ],
            },
        )
        return physical_id, {"RequestValidatorId": physical_id}

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._services.call_unless_gone(
            "apigateway",
            "DeleteRequestValidator",
            {"restApiId": properties["RestApiId"], "requestValidatorId": physical_id},
            _GONE,
        )


def method_completion(services: Services) -> Complete:
    """Gives a method the validator that it names."""

    def complete(_physical_id: str, _old: Properties, new: Properties) -> None:
        validator = new.get("RequestValidatorId")
        if not validator:
            # Made anew with each change, a method has none by itself.
            return
        found = services("apigateway", "GetRequestValidators", {"restApiId": new["RestApiId"]}).get(
            "items", []
        )
        if validator not in {one["id"] for one in found}:
            raise ResourceError(f"there is no request validator {validator}")
        services(
            "apigateway",
            "UpdateMethod",
            {
                "restApiId": new["RestApiId"],
                "resourceId": new["ResourceId"],
                "httpMethod": new["HttpMethod"],
                "patchOperations": [
                    {"op": "replace", "path": "/requestValidatorId", "value": validator}
                ],
            },
        )

    return complete


def _flag(properties: Properties, name: str) -> bool:
    return str(properties.get(name)).lower() == "true"
