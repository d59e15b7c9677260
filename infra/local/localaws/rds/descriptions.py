"""An instance as DescribeDBInstances shows it, made of what a request asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from localaws.errors import AwsError
from localaws.rds.programs import versions

if TYPE_CHECKING:
    from localaws.rds.programs import Version
    from localaws.scope import Scope

Document = dict[str, Any]

ENGINE = "postgres"
_IDENTIFIER = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9])*")
_MASTER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,15}")
_RESERVED = frozenset({"rdsadmin", "postgres_admin", "public", "none", "rds_superuser"})
_PASSWORD = re.compile(r"[!-.0-?A-~]{8,128}")

# Described as given; what a server on loopback can do about them is nothing, or they are nothing
# that shows: class and storage are not limits here, and nothing is backed up or maintained.
_KEPT_AS_GIVEN: dict[str, Any] = {
    "AllocatedStorage": None,
    "AutoMinorVersionUpgrade": True,
    "AvailabilityZone": None,
    "BackupRetentionPeriod": 1,
    "CACertificateIdentifier": "rds-ca-rsa2048-g1",
    "CopyTagsToSnapshot": False,
    "DBInstanceClass": None,
    "DeletionProtection": False,
    "KmsKeyId": None,
    "MaxAllocatedStorage": None,
    "MultiAZ": False,
    "NetworkType": "IPV4",
    "PreferredBackupWindow": "03:00-03:30",
    "PreferredMaintenanceWindow": "sun:04:00-sun:04:30",
    "PubliclyAccessible": False,
    "StorageEncrypted": False,
    "StorageType": "gp3",
}
_READ = frozenset(
    {
        *_KEPT_AS_GIVEN,
        "DBInstanceIdentifier",
        "DBName",
        "DBSubnetGroupName",
        "Engine",
        "EngineVersion",
        "LicenseModel",
        "MasterUsername",
        "MasterUserPassword",
        "Tags",
        "VpcSecurityGroupIds",
    }
)
_CHANGEABLE = frozenset(_KEPT_AS_GIVEN) - {"AvailabilityZone", "KmsKeyId", "StorageEncrypted"}
_ALSO_IN_A_CHANGE = frozenset(
    {"ApplyImmediately", "DBInstanceIdentifier", "MasterUserPassword", "VpcSecurityGroupIds"}
)
# Given as "no", these are what is done here anyway.
_REFUSED_WHEN_TRUE = frozenset(
    {"EnableIAMDatabaseAuthentication", "EnablePerformanceInsights", "ManageMasterUserPassword"}
)


def check_new(request: Document) -> None:
    """Refuse what RDS refuses, and what this one could only pretend to do."""
    _check_served("CreateDBInstance", request, _READ)
    for needed in ("AllocatedStorage", "MasterUsername", "MasterUserPassword"):
        if request.get(needed) is None:
            raise _invalid(f"The parameter {needed} must be provided and must not be blank.")
    if request["Engine"] != ENGINE:
        raise AwsError(
            "NotImplementedException",
            f"The local AWS runs the engine {ENGINE} and no {request['Engine']}.",
            status=501,
        )
    name = str(request["DBInstanceIdentifier"])
    if not _IDENTIFIER.fullmatch(name) or len(name) > 63:
        raise _invalid(
            "The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin"
            " with a letter; must contain only ASCII letters, digits, and hyphens; and must not end"
            " with a hyphen or contain two consecutive hyphens."
        )
    master = str(request["MasterUsername"])
    if not _MASTER.fullmatch(master) or master.lower() in _RESERVED:
        raise _invalid(f"MasterUsername {master} cannot be used as it is a reserved word.")
    check_password(request["MasterUserPassword"])


def check_password(password: str) -> None:
    if not _PASSWORD.fullmatch(password):
        raise _invalid(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII"
            " characters besides '/', '@', '\"', ' ' may be used; it has 8 to 128 of them."
        )


def check_change(request: Document) -> None:
    _check_served("ModifyDBInstance", request, _CHANGEABLE | _ALSO_IN_A_CHANGE)
    if request.get("MasterUserPassword") is not None:
        check_password(request["MasterUserPassword"])


def described(
    scope: Scope, request: Document, version: Version, port: int, resource_id: str, created: str
) -> Document:
    """A new instance, still being created."""
    name = str(request["DBInstanceIdentifier"]).lower()
    found: Document = {
        **_kept(request, _KEPT_AS_GIVEN),
        "DBInstanceIdentifier": name,
        "DBInstanceArn": f"arn:aws:rds:{scope.region}:{scope.account}:db:{name}",
        "DBInstanceStatus": "creating",
        "DbiResourceId": resource_id,
        "Engine": ENGINE,
        "EngineVersion": version.number,
        "Endpoint": {"Address": "127.0.0.1", "Port": port, "HostedZoneId": "LOCAL"},
        "MasterUsername": request["MasterUsername"],
        "InstanceCreateTime": created,
        "LicenseModel": request.get("LicenseModel", "postgresql-license"),
        "AvailabilityZone": request.get("AvailabilityZone") or f"{scope.region}a",
        "DBParameterGroups": [
            {
                "DBParameterGroupName": f"default.postgres{version.major}",
                "ParameterApplyStatus": "in-sync",
            }
        ],
        "VpcSecurityGroups": _security_groups(request),
        "TagList": [dict(tag) for tag in request.get("Tags", [])],
        "PendingModifiedValues": {},
        "IAMDatabaseAuthenticationEnabled": False,
        "PerformanceInsightsEnabled": False,
    }
    if request.get("DBName"):
        found["DBName"] = request["DBName"]
    if request.get("DBSubnetGroupName"):
        # A name: the network is not here.
        found["DBSubnetGroup"] = {"DBSubnetGroupName": request["DBSubnetGroupName"]}
    return found


def changed(found: Document, request: Document) -> Document:
    """The description after a change, all of it at once: there is no maintenance window here."""
    after = {**found, **_kept(request, dict.fromkeys(_CHANGEABLE))}
    if request.get("VpcSecurityGroupIds"):
        after["VpcSecurityGroups"] = _security_groups(request)
    return after


def no_such_version(asked: str) -> AwsError:
    known = ", ".join(version.number for version in versions())
    return AwsError(
        "InvalidParameterCombination",
        f"Cannot find version {asked} for {ENGINE}; the local AWS has {known or 'none'}.",
    )


def _kept(request: Document, names: dict[str, Any]) -> Document:
    given = {name: request.get(name, default) for name, default in names.items()}
    return {name: value for name, value in given.items() if value is not None}


def _security_groups(request: Document) -> list[Document]:
    return [
        {"VpcSecurityGroupId": group, "Status": "active"}
        for group in request.get("VpcSecurityGroupIds", [])
    ]


def _check_served(operation: str, request: Document, served: frozenset[str]) -> None:
    refused = sorted(
        name
        for name, value in request.items()
        if name not in served and not (name in _REFUSED_WHEN_TRUE and value is False)
    )
    if refused:
        raise AwsError(
            "NotImplementedException",
            f"The local AWS does not serve {', '.join(refused)} of rds:{operation}.",
            status=501,
        )


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)
