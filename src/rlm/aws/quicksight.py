"""QuickSight through boto3: one account's resources as the deployment's values."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rlm.aws.quicksight_calls import ExistsError, InvalidError, MissingError, QuickSightCalls
from rlm.quicksight.deployment.resources import Kind, ResourceKey, Version
from rlm.quicksight.deployment.service import Ingestion, Sent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


@dataclass(frozen=True)
class _Calls:
    """How the API spells one kind of resource."""

    noun: str
    listed: str
    """Key of the list call's answer."""
    body: tuple[str, ...]
    """Keys that both the create call takes and the describe call answers."""
    not_updated: tuple[str, ...] = ()
    """Keys that the update call does not take."""

    @property
    def id(self) -> str:
        return f"{self.noun}Id"

    def operation(self, verb: str, plural: str = "") -> str:
        """`describe_data_set` for `describe`."""
        words = "".join(f"_{c.lower()}" if c.isupper() else c for c in f"{self.noun}{plural}")
        return f"{verb}{words}"


_CALLS: Final = {
    Kind.DATA_SOURCE: _Calls(
        "DataSource", "DataSources",
        ("Name", "Type", "DataSourceParameters", "VpcConnectionProperties", "SslProperties"),
        ("Type",),
    ),
    Kind.DATA_SET: _Calls(
        "DataSet", "DataSetSummaries",
        (
            "Name", "PhysicalTableMap", "LogicalTableMap", "ImportMode", "ColumnGroups",
            "FieldFolders", "RowLevelPermissionDataSet", "RowLevelPermissionTagConfiguration",
            "ColumnLevelPermissionRules", "DataSetUsageConfiguration", "DatasetParameters",
            "PerformanceConfiguration", "UseAs", "DataPrepConfiguration",
            "SemanticModelConfiguration",
        ),
        ("UseAs",),
    ),
    Kind.THEME: _Calls("Theme", "ThemeSummaryList", ("Name", "BaseThemeId", "Configuration")),
    Kind.DASHBOARD: _Calls(
        "Dashboard", "DashboardSummaryList",
        ("Name", "Definition", "ThemeArn", "DashboardPublishOptions"),
    ),
    Kind.FOLDER: _Calls(
        "Folder", "FolderSummaryList", ("Name", "FolderType", "SharingModel", "ParentFolderArn"),
        ("FolderType", "SharingModel", "ParentFolderArn"),
    ),
}  # fmt: skip

# A folder of a data set and a dashboard of a theme: `MemberType` of each kind.
_MEMBER_TYPES: Final = {
    Kind.DASHBOARD: "DASHBOARD",
    Kind.DATA_SET: "DATASET",
    Kind.DATA_SOURCE: "DATASOURCE",
}


class QuickSight(QuickSightCalls):
    """`rlm.quicksight.deployment.service.Service` on one account and region."""

    def found(self, kind: Kind) -> Iterator[tuple[str, str]]:
        """Id and ARN of every resource of that kind; of themes only our own."""
        calls = _CALLS[kind]
        options = {"Type": "CUSTOM"} if kind is Kind.THEME else {}
        for one in self.pages(calls.operation("list", "s"), calls.listed, **options):
            yield one[calls.id], one["Arn"]

    def tags(self, arn: str) -> dict[str, str]:
        found = self.ask("list_tags_for_resource", {"ResourceArn": arn})["Tags"]
        return {tag["Key"]: tag["Value"] for tag in found}

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        self.ask("tag_resource", {"ResourceArn": arn, "Tags": _tag_list(tags)})

    def described(self, kind: Kind, resource_id: str) -> dict[str, Any] | None:
        """The fields of `Deployed` but for kind, id and tags; None where there is none."""
        calls = _CALLS[kind]
        found = self.find(calls.operation("describe"), **{calls.id: resource_id})
        if found is None:
            return None
        resource = found[calls.noun]
        common = {
            "arn": resource["Arn"],
            "name": resource["Name"],
            "updated": resource.get("LastUpdatedTime"),
            **self._permissions(kind, resource_id),
        }
        body = {key: resource[key] for key in calls.body if key in resource}
        match kind:
            case Kind.DASHBOARD:
                return common | self._dashboard(resource_id)
            case Kind.THEME:
                version = resource["Version"]
                body |= {key: version[key] for key in calls.body if key in version}
                return common | {
                    "body": body,
                    "status": version["Status"],
                    "versions": self._versions(kind, resource_id),
                }
            case Kind.DATA_SET:
                return common | {"body": body} | self._data_set(resource_id)
            case Kind.FOLDER:
                path = resource.get("FolderPath") or []
                if path:
                    body["ParentFolderArn"] = path[-1]
                return common | {"body": body, "members": self._members(resource_id)}
            case _:
                return common | {"body": body, "status": resource.get("Status", "")}

    def create(
        self, kind: Kind, resource_id: str, body: Mapping[str, Any], tags: Mapping[str, str],
        description: str,
    ) -> Sent:  # fmt: skip
        return self._send("create", kind, resource_id, {**body, "Tags": _tag_list(tags)},
                          description)  # fmt: skip

    def update(
        self, kind: Kind, resource_id: str, body: Mapping[str, Any], description: str
    ) -> Sent:
        kept = {k: v for k, v in body.items() if k not in _CALLS[kind].not_updated}
        return self._send("update", kind, resource_id, kept, description)

    def delete(self, kind: Kind, resource_id: str) -> None:
        calls = _CALLS[kind]
        if kind is Kind.FOLDER:
            # QuickSight deletes empty folders only.
            self.change_members(resource_id, (), self._members(resource_id))
        self.call(calls.operation("delete"), **{calls.id: resource_id})

    def state(self, kind: Kind, resource_id: str, version: int | None) -> tuple[str, str]:
        """Status, and the service's errors in words; no status where the kind has none."""
        calls = _CALLS[kind]
        if kind in (Kind.DATA_SET, Kind.FOLDER):
            return "", ""
        chosen = {} if version is None else {"VersionNumber": version}
        found = self.call(calls.operation("describe"), **{calls.id: resource_id}, **chosen)
        resource = found[calls.noun]
        if kind is Kind.DATA_SOURCE:
            error = resource.get("ErrorInfo") or {}
            return resource.get("Status", ""), _words(error)
        of_version = resource["Version"]
        errors = "; ".join(_words(error) for error in of_version.get("Errors") or [])
        return of_version["Status"], errors

    def definition(self, dashboard_id: str, version: int | None = None) -> dict[str, Any]:
        """`DescribeDashboardDefinition`: of a version, the newest unless told."""
        chosen = {"AliasName": "$LATEST"} if version is None else {"VersionNumber": version}
        return self.call("describe_dashboard_definition", DashboardId=dashboard_id, **chosen)

    def theme(self, arn: str) -> dict[str, Any]:
        """Configuration, BaseThemeId and VersionNumber of the theme that an ARN names."""
        found = self.call("describe_theme", ThemeId=arn.rpartition("/")[2])
        version: dict[str, Any] = found["Theme"]["Version"]
        return version

    def published_definition(self, dashboard_id: str) -> dict[str, Any] | None:
        """What readers see: Name, Definition, ThemeArn, VersionNumber; None where nothing is."""
        version = self._published(dashboard_id)
        if version is None:
            return None
        return {**self.definition(dashboard_id, version), "VersionNumber": version}

    def readers(self, kind: Kind, resource_id: str) -> list[str]:
        """Principals with any right to a resource."""
        return sorted(self._permissions(kind, resource_id)["permissions"])

    @property
    def endpoint(self) -> str:
        """Where calls go."""
        return str(self._client.meta.endpoint_url)

    def data_set(self, data_set_id: str) -> dict[str, Any] | None:
        """`DescribeDataSet`'s DataSet; None where there is none."""
        found = self.find("describe_data_set", DataSetId=data_set_id)
        return found["DataSet"] if found else None

    def users(self, namespace: str = "default") -> list[str]:
        found = self.pages("list_users", "UserList", Namespace=namespace)
        return sorted(user["UserName"] for user in found)

    def groups_of(self, user: str, namespace: str = "default") -> list[str]:
        """The groups of a user; none where there is no such user."""
        try:
            found = list(
                self.pages("list_user_groups", "GroupList", Namespace=namespace, UserName=user)
            )
        except MissingError:
            return []
        return sorted(group["GroupName"] for group in found)

    def change_permissions(
        self, kind: Kind, resource_id: str, grant: Mapping[str, Iterable[str]],
        revoke: Mapping[str, Iterable[str]],
    ) -> None:  # fmt: skip
        calls = _CALLS[kind]
        changes = _changes({"GrantPermissions": grant, "RevokePermissions": revoke})
        self.call(calls.operation("update") + "_permissions", **{calls.id: resource_id}, **changes)

    def change_link_permissions(
        self, dashboard_id: str, grant: Mapping[str, Iterable[str]],
        revoke: Mapping[str, Iterable[str]],
    ) -> None:  # fmt: skip
        changes = _changes({"GrantLinkPermissions": grant, "RevokeLinkPermissions": revoke})
        self.call("update_dashboard_permissions", DashboardId=dashboard_id, **changes)

    def change_schedules(
        self, data_set_id: str, create: Sequence[Mapping[str, Any]],
        update: Sequence[Mapping[str, Any]], delete: Sequence[str],
    ) -> None:  # fmt: skip
        for schedule in create:
            self.call("create_refresh_schedule", DataSetId=data_set_id, Schedule=dict(schedule))
        for schedule in update:
            self.call("update_refresh_schedule", DataSetId=data_set_id, Schedule=dict(schedule))
        for name in delete:
            self.call("delete_refresh_schedule", DataSetId=data_set_id, ScheduleId=name)

    def put_refresh_properties(self, data_set_id: str, properties: Mapping[str, Any]) -> None:
        self.call(
            "put_data_set_refresh_properties",
            DataSetId=data_set_id,
            DataSetRefreshProperties=dict(properties),
        )

    def change_members(
        self, folder_id: str, add: Iterable[ResourceKey], remove: Iterable[ResourceKey]
    ) -> None:
        for operation, members in (
            ("create_folder_membership", add),
            ("delete_folder_membership", remove),
        ):
            for kind, name in members:
                self.call(
                    operation, FolderId=folder_id, MemberId=name, MemberType=_MEMBER_TYPES[kind]
                )

    def publish(self, dashboard_id: str, version: int) -> None:
        self.call(
            "update_dashboard_published_version", DashboardId=dashboard_id, VersionNumber=version
        )

    def start_ingestion(self, data_set_id: str, ingestion_id: str, kind: str) -> Ingestion:
        """Start it; one of that id that was started already is taken for it."""
        with contextlib.suppress(ExistsError):
            self.call(
                "create_ingestion",
                DataSetId=data_set_id,
                IngestionId=ingestion_id,
                IngestionType=kind,
            )
        return self.ingestion(data_set_id, ingestion_id)

    def ingestion(self, data_set_id: str, ingestion_id: str) -> Ingestion:
        found = self.call("describe_ingestion", DataSetId=data_set_id, IngestionId=ingestion_id)
        return _ingestion(data_set_id, found["Ingestion"])

    def newest_ingestion(self, data_set_id: str) -> Ingestion | None:
        everything = list(self.pages("list_ingestions", "Ingestions", DataSetId=data_set_id))
        if not everything:
            return None
        return _ingestion(data_set_id, max(everything, key=lambda one: one["CreatedTime"]))

    def _send(
        self, verb: str, kind: Kind, resource_id: str, body: Mapping[str, Any], description: str
    ) -> Sent:
        calls = _CALLS[kind]
        given = dict(body)
        if kind.is_versioned:
            given["VersionDescription"] = description
        answer = self.call(calls.operation(verb), **{calls.id: resource_id}, **given)
        version = str(answer.get("VersionArn", "")).rpartition("/")[2]
        return Sent(
            answer["Arn"], answer.get("IngestionId"), int(version) if version.isdecimal() else None
        )

    def _dashboard(self, dashboard_id: str) -> dict[str, Any]:
        newest = self.definition(dashboard_id)
        body = {key: newest[key] for key in _CALLS[Kind.DASHBOARD].body if key in newest}
        return {
            "body": body,
            "status": newest.get("ResourceStatus", ""),
            "versions": self._versions(Kind.DASHBOARD, dashboard_id),
            "published": self._published(dashboard_id),
        }

    def _published(self, dashboard_id: str) -> int | None:
        try:
            found = self.find(
                "describe_dashboard", DashboardId=dashboard_id, AliasName="$PUBLISHED"
            )
        except InvalidError:
            return None
        return int(found["Dashboard"]["Version"]["VersionNumber"]) if found else None

    def _versions(self, kind: Kind, resource_id: str) -> list[Version]:
        calls = _CALLS[kind]
        found = self.pages(
            calls.operation("list") + "_versions",
            f"{calls.noun}VersionSummaryList",
            **{calls.id: resource_id},
        )
        versions = [
            Version(
                number=int(one["VersionNumber"]),
                status=one["Status"],
                description=one.get("Description", ""),
                created=one.get("CreatedTime"),
                source=one.get("SourceEntityArn", ""),
            )
            for one in found
        ]
        return sorted(versions, key=lambda one: one.number)

    def _data_set(self, data_set_id: str) -> dict[str, Any]:
        schedules = self._of_spice("list_refresh_schedules", data_set_id)
        properties = self._of_spice("describe_data_set_refresh_properties", data_set_id)
        return {
            "schedules": schedules.get("RefreshSchedules") or [],
            "refresh_properties": properties.get("DataSetRefreshProperties") or {},
        }

    def _of_spice(self, operation: str, data_set_id: str) -> dict[str, Any]:
        """An answer about refreshes; empty for a data set that has none, or is not in SPICE."""
        try:
            return self.find(operation, DataSetId=data_set_id) or {}
        except InvalidError:
            return {}

    def _members(self, folder_id: str) -> list[ResourceKey]:
        members = []
        for one in self.pages("list_folder_members", "FolderMemberList", FolderId=folder_id):
            kind = one["MemberArn"].rpartition(":")[2].partition("/")[0]
            if kind in {known.value for known in _MEMBER_TYPES}:
                members.append((Kind(kind), one["MemberId"]))
        return members

    def _permissions(self, kind: Kind, resource_id: str) -> dict[str, Any]:
        """`permissions`, and of a dashboard `link_permissions`: actions by principal."""
        calls = _CALLS[kind]
        found = self.call(calls.operation("describe") + "_permissions", **{calls.id: resource_id})
        said = {"permissions": _rights(found.get("Permissions"))}
        if kind is Kind.DASHBOARD:
            links = found.get("LinkSharingConfiguration") or {}
            said["link_permissions"] = _rights(links.get("Permissions"))
        return said


def _ingestion(data_set_id: str, found: Mapping[str, Any]) -> Ingestion:
    rows = found.get("RowInfo") or {}
    return Ingestion(
        data_set_id=data_set_id,
        id=found["IngestionId"],
        status=found["IngestionStatus"],
        rows=int(rows.get("RowsIngested") or 0),
        total_rows=rows.get("TotalRowsInDataset"),
        rows_dropped=int(rows.get("RowsDropped") or 0),
        error=_words(found.get("ErrorInfo") or {}),
    )


def _changes(rights: Mapping[str, Mapping[str, Iterable[str]]]) -> dict[str, Any]:
    """Permissions as a request has them; nothing for what is empty."""
    return {
        key: [{"Principal": p, "Actions": sorted(actions)} for p, actions in given.items()]
        for key, given in rights.items()
        if given
    }


def _rights(permissions: Sequence[Mapping[str, Any]] | None) -> dict[str, frozenset[str]]:
    return {one["Principal"]: frozenset(one["Actions"]) for one in permissions or []}


def _words(error: Mapping[str, Any]) -> str:
    """`SQL_EXCEPTION: line 1:15: ...` of an error's Type and Message."""
    return ": ".join(str(error[key]) for key in ("Type", "Message") if error.get(key))


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
