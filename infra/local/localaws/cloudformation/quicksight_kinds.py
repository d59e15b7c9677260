"""QuickSight's resource types as tables: which properties each has, and which can change."""

from __future__ import annotations

from dataclasses import dataclass, field

_ALL = frozenset({"AwsAccountId", "Name", "Permissions", "Tags"})


@dataclass(frozen=True)
class Kind:
    """One resource type: its operations, its properties, and what Fn::GetAtt reads of it."""

    noun: str
    """As in `AWS::QuickSight::<noun>`, `Create<noun>` and `<noun>Id`."""
    word: str
    """In ARNs."""
    own: frozenset[str]
    """Properties beside those that all of them have."""
    attributes: tuple[str, ...] = ("Arn", "CreatedTime", "LastUpdatedTime")
    fixed: frozenset[str] = field(default_factory=frozenset)
    """Properties that, changed, make it another resource, beside its id and account."""
    member_type: str | None = None
    """How folders call it."""

    @property
    def type(self) -> str:
        return f"AWS::QuickSight::{self.noun}"

    @property
    def id(self) -> str:
        return f"{self.noun}Id"

    @property
    def properties(self) -> frozenset[str]:
        return _ALL | self.own | {self.id}

    @property
    def replaced_with(self) -> tuple[str, ...]:
        return tuple(sorted({self.id, "AwsAccountId"} | self.fixed))


DATA_SOURCES = Kind(
    "DataSource",
    "datasource",
    frozenset(
        {
            "Credentials",
            "DataSourceParameters",
            "FolderArns",
            "SslProperties",
            "Type",
            "VpcConnectionProperties",
        }
    ),
    ("Arn", "CreatedTime", "LastUpdatedTime", "Status"),
    frozenset({"Type"}),
    "DATASOURCE",
)
DATA_SETS = Kind(
    "DataSet",
    "dataset",
    frozenset(
        {
            "ColumnGroups",
            "DataPrepConfiguration",
            "DataSetRefreshProperties",
            "DataSetUsageConfiguration",
            "FieldFolders",
            "FolderArns",
            "ImportMode",
            "IngestionWaitPolicy",
            "LogicalTableMap",
            "PerformanceConfiguration",
            "PhysicalTableMap",
            "RowLevelPermissionDataSet",
            "SemanticModelConfiguration",
            "UseAs",
        }
    ),
    ("Arn", "ConsumedSpiceCapacityInBytes", "CreatedTime", "LastUpdatedTime", "OutputColumns"),
    frozenset({"UseAs"}),
    "DATASET",
)
THEMES = Kind(
    "Theme",
    "theme",
    frozenset({"BaseThemeId", "Configuration", "VersionDescription"}),
    ("Arn", "CreatedTime", "LastUpdatedTime", "Type"),
)
TEMPLATES = Kind(
    "Template",
    "template",
    frozenset({"Definition", "SourceEntity", "ValidationStrategy", "VersionDescription"}),
)
FOLDERS = Kind(
    "Folder",
    "folder",
    frozenset({"FolderType", "ParentFolderArn", "SharingModel"}),
    fixed=frozenset({"FolderType", "ParentFolderArn", "SharingModel"}),
)
ANALYSES = Kind(
    "Analysis",
    "analysis",
    frozenset(
        {
            "Definition",
            "FolderArns",
            "Parameters",
            "SourceEntity",
            "ThemeArn",
            "ValidationStrategy",
        }
    ),
    ("Arn", "CreatedTime", "LastUpdatedTime", "DataSetArns", "Status"),
    member_type="ANALYSIS",
)
DASHBOARDS = Kind(
    "Dashboard",
    "dashboard",
    frozenset(
        {
            "DashboardPublishOptions",
            "Definition",
            "FolderArns",
            "LinkEntities",
            "LinkSharingConfiguration",
            "Parameters",
            "SourceEntity",
            "ThemeArn",
            "ValidationStrategy",
            "VersionDescription",
        }
    ),
    ("Arn", "CreatedTime", "LastUpdatedTime", "LastPublishedTime"),
    member_type="DASHBOARD",
)
