"""QuickSight's errors, with the HTTP statuses that its model gives them."""

from __future__ import annotations

from localaws.errors import AwsError

# The only kinds of which its errors say a ResourceType.
_TYPES = {"DataSource": "DATA_SOURCE", "DataSet": "DATA_SET", "Ingestion": "INGESTION",
          "User": "USER", "Group": "GROUP", "Namespace": "NAMESPACE"}  # fmt: skip


def not_found(noun: str, name: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"{noun} {name} is not found", 404, _details(noun))


def exists(noun: str, name: str) -> AwsError:
    return AwsError("ResourceExistsException", f"{noun} {name} already exists", 409, _details(noun))


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)


def conflict(message: str) -> AwsError:
    return AwsError("ConflictException", message, 409)


def limit_exceeded(message: str) -> AwsError:
    return AwsError("LimitExceededException", message, 409)


def not_served(what: str) -> AwsError:
    """For a part of a request that would be dropped here: it is named instead."""
    return invalid(f"The local AWS does not serve {what}.")


def _details(noun: str) -> dict[str, str]:
    return {"ResourceType": _TYPES[noun]} if noun in _TYPES else {}
