"""The Glue catalog as Iceberg, Spark, Athena and Airflow use it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def glue(gateway):
    client = gateway.client("glue")
    client.create_database(DatabaseInput={"Name": "lake"})
    return client


@pytest.fixture
def table(glue, request):
    """A table partitioned by year (text) and day (number), with four partitions."""
    name = request.node.name.partition("[")[0][-60:]
    glue.create_table(
        DatabaseName="lake",
        TableInput={
            "Name": name,
            "PartitionKeys": [{"Name": "year", "Type": "string"}, {"Name": "day", "Type": "int"}],
            "Parameters": {"metadata_location": "v0"},
        },
    )
    for year, day in (("2025", "9"), ("2025", "10"), ("2026", "9"), ("2026", "100")):
        glue.create_partition(
            DatabaseName="lake",
            TableName=name,
            PartitionInput={
                "Values": [year, day],
                "StorageDescriptor": {
                    "Location": f"s3://b/{year}/{day}",
                    "Columns": [{"Name": "a", "Type": "int"}],
                },
            },
        )
    yield name
    glue.delete_table(DatabaseName="lake", Name=name)


def _code(error):
    return error.value.response["Error"]["Code"]


def _location(glue, name, new, **more):
    return glue.update_table(
        DatabaseName="lake",
        TableInput={"Name": name, "Parameters": {"metadata_location": new}},
        **more,
    )


class TestVersions:
    def test_update_archives_what_it_replaces(self, glue, table):
        """AWS: GetTableVersions has the old versions and the current one, newest first."""
        _location(glue, table, "v1")
        _location(glue, table, "v2")
        versions = glue.get_table_versions(DatabaseName="lake", TableName=table)["TableVersions"]
        places = [v["Table"]["Parameters"]["metadata_location"] for v in versions]
        assert places == ["v2", "v1", "v0"]
        assert [v["VersionId"] for v in versions] == ["3", "2", "1"]

    def test_skip_archive_keeps_no_version(self, glue, table):
        """AWS: Iceberg commits with SkipArchive, and no version is kept."""
        _location(glue, table, "v1", SkipArchive=True)
        versions = glue.get_table_versions(DatabaseName="lake", TableName=table)["TableVersions"]
        assert [v["Table"]["Parameters"]["metadata_location"] for v in versions] == ["v1"]

    def test_one_version_is_read_and_deleted(self, glue, table):
        """AWS: EntityNotFoundException once it is deleted."""
        _location(glue, table, "v1")
        asked = {"DatabaseName": "lake", "TableName": table, "VersionId": "1"}
        kept = glue.get_table_version(**asked)["TableVersion"]["Table"]
        assert kept["Parameters"]["metadata_location"] == "v0"
        glue.delete_table_version(**asked)
        with pytest.raises(ClientError) as missing:
            glue.get_table_version(**asked)
        assert _code(missing) == "EntityNotFoundException"

    def test_a_new_table_of_the_name_has_no_old_versions(self, glue, table):
        """AWS deletes a table's versions with it."""
        _location(glue, table, "v1")
        glue.delete_table(DatabaseName="lake", Name=table)
        glue.create_table(DatabaseName="lake", TableInput={"Name": table})
        versions = glue.get_table_versions(DatabaseName="lake", TableName=table)["TableVersions"]
        assert len(versions) == 1

    def test_stale_version_is_refused(self, glue, table):
        """AWS: ConcurrentModificationException, which Iceberg answers by trying again."""
        read = glue.get_table(DatabaseName="lake", Name=table)["Table"]["VersionId"]
        _location(glue, table, "first", VersionId=read, SkipArchive=True)
        with pytest.raises(ClientError) as conflict:
            _location(glue, table, "second", VersionId=read, SkipArchive=True)
        assert _code(conflict) == "ConcurrentModificationException"
        now = glue.get_table(DatabaseName="lake", Name=table)["Table"]
        assert now["Parameters"]["metadata_location"] == "first"

    def test_of_racing_commits_one_wins(self, glue, table):
        """AWS: exactly one of the updates that name the same version succeeds."""
        read = glue.get_table(DatabaseName="lake", Name=table)["Table"]["VersionId"]

        def commit(writer):
            try:
                _location(glue, table, f"w{writer}", VersionId=read, SkipArchive=True)
            except ClientError as error:
                return error.response["Error"]["Code"]
            return "committed"

        with ThreadPoolExecutor(12) as writers:
            outcomes = list(writers.map(commit, range(24)))
        assert outcomes.count("committed") == 1
        assert outcomes.count("ConcurrentModificationException") == 23

    def test_update_replaces_the_whole_definition(self, glue, table):
        """AWS: what TableInput leaves out is gone."""
        glue.update_table(DatabaseName="lake", TableInput={"Name": table})
        now = glue.get_table(DatabaseName="lake", Name=table)["Table"]
        assert (now["Parameters"], now["PartitionKeys"]) == ({}, [])


class TestTables:
    def test_tables_are_named_by_regular_expression(self, glue, table):
        """AWS: Expression is matched against names."""
        asked = {"DatabaseName": "lake", "Expression": f"{table[:-1]}."}
        assert [t["Name"] for t in glue.get_tables(**asked)["TableList"]] == [table]
        asked["Expression"] = "nothing.*"
        assert glue.get_tables(**asked)["TableList"] == []

    def test_tables_come_in_pages(self, glue):
        """AWS: at most MaxResults a page."""
        glue.create_database(DatabaseInput={"Name": "paged"})
        for number in range(5):
            glue.create_table(DatabaseName="paged", TableInput={"Name": f"t{number}"})
        pages = list(
            glue.get_paginator("get_tables").paginate(
                DatabaseName="paged", PaginationConfig={"PageSize": 2}
            )
        )
        assert [len(page["TableList"]) for page in pages] == [2, 2, 1]

    def test_tables_of_no_database(self, glue):
        """AWS: EntityNotFoundException."""
        with pytest.raises(ClientError) as missing:
            glue.get_tables(DatabaseName="nowhere")
        assert _code(missing) == "EntityNotFoundException"

    def test_tags_are_kept(self, glue):
        """AWS: GetTags answers what TagResource was given."""
        arn = "arn:aws:glue:us-east-1:000000000000:database/lake"
        glue.tag_resource(ResourceArn=arn, TagsToAdd={"owner": "rlm"})
        assert glue.get_tags(ResourceArn=arn)["Tags"] == {"owner": "rlm"}


class TestPartitions:
    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("year = '2026'", {"2026/9", "2026/100"}),
            ("year='2025' AND day > 9", {"2025/10"}),
            ("day between 9 and 10", {"2025/9", "2025/10", "2026/9"}),
            ("day IN (100, 10)", {"2025/10", "2026/100"}),
            ("NOT (year = '2025' OR day = 100)", {"2026/9"}),
            ("year LIKE '%25'", {"2025/9", "2025/10"}),
            ("day != 9", {"2025/10", "2026/100"}),
            ("day is null", set()),
        ],
    )
    def test_expression_filters(self, glue, table, expression, expected):
        """AWS: text keys compare as text, number keys as numbers."""
        found = glue.get_partitions(DatabaseName="lake", TableName=table, Expression=expression)[
            "Partitions"
        ]
        assert {"/".join(partition["Values"]) for partition in found} == expected

    @pytest.mark.parametrize("expression", ["month = '1'", "year =", "day = 'x'", "year ? '1'"])
    def test_expression_that_cannot_be_read(self, glue, table, expression):
        """AWS: InvalidInputException."""
        with pytest.raises(ClientError) as invalid:
            glue.get_partitions(DatabaseName="lake", TableName=table, Expression=expression)
        assert _code(invalid) == "InvalidInputException"

    def test_pages_and_segments_cover_all(self, glue, table):
        """AWS: segments are disjoint and together the whole; so are pages."""
        asked = {"DatabaseName": "lake", "TableName": table}
        pages = glue.get_paginator("get_partitions").paginate(
            **asked, PaginationConfig={"PageSize": 3}
        )
        assert [len(page["Partitions"]) for page in pages] == [3, 1]
        segments = [
            glue.get_partitions(**asked, Segment={"SegmentNumber": n, "TotalSegments": 3})
            for n in range(3)
        ]
        found = [tuple(p["Values"]) for segment in segments for p in segment["Partitions"]]
        assert len(found) == len(set(found)) == 4

    def test_column_schema_can_be_left_out(self, glue, table):
        """AWS: ExcludeColumnSchema leaves the location and drops the columns."""
        found = glue.get_partitions(DatabaseName="lake", TableName=table, ExcludeColumnSchema=True)[
            "Partitions"
        ]
        assert all("Columns" not in p["StorageDescriptor"] for p in found)
        assert all(p["StorageDescriptor"]["Location"] for p in found)

    def test_update_moves_a_partition(self, glue, table):
        """AWS: UpdatePartition may change values; of no partition it is EntityNotFoundException."""
        asked = {"DatabaseName": "lake", "TableName": table}
        new = {"Values": ["2027", "1"]}
        glue.update_partition(**asked, PartitionValueList=["2025", "9"], PartitionInput=new)
        assert glue.get_partition(**asked, PartitionValues=["2027", "1"])
        with pytest.raises(ClientError) as missing:
            glue.update_partition(**asked, PartitionValueList=["2025", "9"], PartitionInput=new)
        assert _code(missing) == "EntityNotFoundException"

    def test_batch_delete_says_what_was_not_there(self, glue, table):
        """AWS: Errors lists what could not be deleted; the rest is deleted."""
        answer = glue.batch_delete_partition(
            DatabaseName="lake",
            TableName=table,
            PartitionsToDelete=[{"Values": ["2025", "9"]}, {"Values": ["1999", "1"]}],
        )
        assert [error["PartitionValues"] for error in answer["Errors"]] == [["1999", "1"]]
        left = glue.get_partitions(DatabaseName="lake", TableName=table)["Partitions"]
        assert len(left) == 3

    def test_batch_get_leaves_out_what_is_not_there(self, glue, table):
        """AWS: missing partitions are left out; UnprocessedKeys are for limits."""
        answer = glue.batch_get_partition(
            DatabaseName="lake",
            TableName=table,
            PartitionsToGet=[{"Values": ["2025", "9"]}, {"Values": ["1999", "1"]}],
        )
        assert [p["Values"] for p in answer["Partitions"]] == [["2025", "9"]]
        assert answer["UnprocessedKeys"] == []

    def test_wrong_number_of_values(self, glue, table):
        """AWS: InvalidInputException."""
        with pytest.raises(ClientError) as invalid:
            glue.create_partition(
                DatabaseName="lake", TableName=table, PartitionInput={"Values": ["2026"]}
            )
        assert _code(invalid) == "InvalidInputException"

    def test_partition_of_no_table(self, glue):
        """AWS: EntityNotFoundException."""
        with pytest.raises(ClientError) as missing:
            glue.create_partition(
                DatabaseName="lake", TableName="no", PartitionInput={"Values": []}
            )
        assert _code(missing) == "EntityNotFoundException"
