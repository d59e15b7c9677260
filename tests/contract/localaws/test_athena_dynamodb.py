"""Athena's DynamoDB connector: tables of DynamoDB in SQL, beside the lake's."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

APPLICATION = "arn:aws:serverlessrepo:us-east-1:292517598671:applications/AthenaDynamoDBConnector"
CATALOG = "serving"
FUNCTION = "serving-connector"
# Of which the connector looks at the first four: `late` is in none of them.
ITEMS = [
    {
        "id": {"S": f"{number}"},
        "Price": {"N": "12.5"},
        "is_open": {"BOOL": number % 2 == 0},
        "tags": {"L": [{"S": "a"}, {"S": "b"}]},
        "sizes": {"NS": ["1", "2"]},
        "mixed": {"L": [{"S": "a"}, {"N": "1"}]},
        "place": {"M": {"city": {"S": "Köln"}, "seats": {"N": "7"}}},
        "nothing": {"NULL": True},
        **({"late": {"S": "seen"}} if number >= 50 else {}),
    }
    for number in range(60)
]


def template(**resources: Any) -> str:
    return json.dumps(
        {
            "Transform": "AWS::Serverless-2016-10-31",
            "Resources": {
                "Connector": {
                    "Type": "AWS::Serverless::Application",
                    "Properties": {
                        "Location": {"ApplicationId": APPLICATION, "SemanticVersion": "2026.33.1"},
                        "Parameters": {"AthenaCatalogName": FUNCTION, "SpillBucket": "spilled"},
                    },
                },
                "Catalog": {
                    "Type": "AWS::Athena::DataCatalog",
                    "DependsOn": "Connector",
                    "Properties": {
                        "Name": CATALOG,
                        "Type": "LAMBDA",
                        "Description": "What the API reads",
                        "Parameters": {
                            "function": {
                                "Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}"
                                f":function:{FUNCTION}"
                            }
                        },
                        "Tags": [{"Key": "team", "Value": "booking"}],
                    },
                },
                **resources,
            },
        }
    )


def deploy(gateway: Any, name: str, body: str) -> tuple[str, str]:
    """The stack's last status, and why a resource failed."""
    cloudformation = gateway.client("cloudformation")
    cloudformation.create_stack(
        StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_AUTO_EXPAND"]
    )
    give_up = time.monotonic() + 120
    while time.monotonic() < give_up:
        status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        if not status.endswith("_IN_PROGRESS"):
            break
        time.sleep(0.1)
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    reasons = [
        event.get("ResourceStatusReason", "")
        for event in events
        if event["ResourceStatus"] == "CREATE_FAILED"
    ]
    return status, " ".join(reasons)


@pytest.fixture(scope="module")
def world(gateway: Any) -> Any:
    """A table with 60 items, an empty one, and the connector in a stack."""
    dynamodb = gateway.client("dynamodb")
    for name in ("Prod-Events", "Empty"):
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    for item in ITEMS:
        dynamodb.put_item(TableName="Prod-Events", Item=item)
    gateway.client("s3").create_bucket(Bucket="results")
    glue = gateway.client("glue")
    glue.create_database(DatabaseInput={"Name": "described", "LocationUri": "dynamo-db-flag"})
    glue.create_table(
        DatabaseName="described",
        TableInput={
            "Name": "events",
            "Parameters": {
                "classification": "dynamodb",
                "sourceTable": "Prod-Events",
                "columnMapping": "costs=Price",
            },
            "StorageDescriptor": {
                "Columns": [
                    {"Name": "id", "Type": "string"},
                    {"Name": "costs", "Type": "double"},
                    {"Name": "late", "Type": "string"},
                    {"Name": "never", "Type": "bigint"},
                ]
            },
        },
    )
    # A table of the lake's, in which the connector has no part.
    glue.create_table(
        DatabaseName="described",
        TableInput={
            "Name": "of_the_lake",
            "StorageDescriptor": {"Columns": [], "Location": "s3://elsewhere/"},
        },
    )
    assert deploy(gateway, "connector", template()) == ("CREATE_COMPLETE", "")
    return gateway


def query(gateway: Any, sql: str, **context: str) -> list[list[str | None]]:
    """Its rows, without the header; the reason when it fails."""
    athena = gateway.client("athena")
    name = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext=context,
        ResultConfiguration={"OutputLocation": "s3://results/"},
    )["QueryExecutionId"]
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        execution = athena.get_query_execution(QueryExecutionId=name)["QueryExecution"]
        if execution["Status"]["State"] in ("SUCCEEDED", "FAILED"):
            break
        time.sleep(0.05)
    if execution["Status"]["State"] != "SUCCEEDED":
        raise AssertionError(execution["Status"]["StateChangeReason"])
    rows = athena.get_query_results(QueryExecutionId=name)["ResultSet"]["Rows"][1:]
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]


def test_table_is_found_in_lower_case_with_inferred_types(world: Any) -> None:
    assert query(
        world,
        "SELECT id, price, is_open, tags, sizes, mixed, place.city, place.seats"
        ' FROM "serving"."default"."prod-events" WHERE id = \'4\'',
    ) == [
        [
            "4", "12.500000000", "true", "[a, b]",
            "[1.000000000, 2.000000000]", "[a, 1]", "Köln", "7.000000000",
        ]
    ]  # fmt: skip


def test_every_item_is_read(world: Any) -> None:
    assert query(world, 'SELECT count(*), sum(price) FROM "serving".default."prod-events"') == [
        ["60", "750.000000000"]
    ]


def test_attribute_that_the_first_items_lack_is_no_column(world: Any) -> None:
    """AWS: the connector infers columns from four items; the Data Catalog says more."""
    with pytest.raises(AssertionError, match="COLUMN_NOT_FOUND"):
        query(world, 'SELECT late FROM "serving"."default"."prod-events"')


def test_described_table_has_the_columns_of_its_description(world: Any) -> None:
    assert query(
        world,
        'SELECT count(late), count(never), max(costs) FROM "serving"."described"."events"',
    ) == [["10", "0", "12.5"]]


def test_tables_of_dynamodb_and_of_the_lake_are_joined(world: Any) -> None:
    world.client("s3").put_object(Bucket="results", Key="names/x.csv", Body=b"4,four\n5,five\n")
    query(
        world,
        "CREATE EXTERNAL TABLE described.names (id string, name string)"
        " ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://results/names/'",
    )
    assert query(
        world,
        "WITH open AS (SELECT id FROM serving.described.events WHERE costs > 0)"
        " SELECT n.name, e.is_open FROM described.names AS n"
        " JOIN open ON open.id = n.id"
        ' JOIN "serving"."default"."prod-events" AS e ON e.id = n.id ORDER BY 1',
    ) == [["five", "false"], ["four", "true"]]


def test_catalog_of_the_request_is_the_one_that_is_meant(world: Any) -> None:
    assert query(world, "SELECT count(*) FROM events", Catalog=CATALOG, Database="described") == [
        ["60"]
    ]


def test_empty_table_has_the_columns_of_its_keys(world: Any) -> None:
    assert query(world, "SELECT count(id) FROM serving.default.empty") == [["0"]]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT 1 FROM nowhere.default.empty", "Catalog 'nowhere' not found"),
        ("SELECT 1 FROM serving.lake.empty", "Schema 'lake' does not exist"),
        ("SELECT 1 FROM serving.default.missing", "Table 'serving.default.missing' does not exist"),
        ("SELECT 1 FROM serving.described.of_the_lake", "TABLE_NOT_FOUND"),
        ("CREATE TABLE serving.default.other AS SELECT 1 AS a", "CATALOG_NOT_FOUND"),
    ],
)
def test_query_fails(world: Any, sql: str, reason: str) -> None:
    with pytest.raises(AssertionError) as failed:
        query(world, sql)
    assert reason in str(failed.value)


def test_statement_that_would_change_the_catalog_is_refused(world: Any) -> None:
    with pytest.raises(AssertionError, match=r"NOT_SUPPORTED.*in the catalog serving"):
        query(world, "SHOW TABLES", Catalog=CATALOG, Database="default")


def test_value_that_does_not_fit_its_column_fails_the_query(world: Any) -> None:
    world.client("glue").create_table(
        DatabaseName="described",
        TableInput={
            "Name": "misfit",
            "Parameters": {"classification": "dynamodb", "sourceTable": "Prod-Events"},
            "StorageDescriptor": {"Columns": [{"Name": "is_open", "Type": "double"}]},
        },
    )
    with pytest.raises(AssertionError, match="the attribute is_open has a value of type BOOL"):
        query(world, "SELECT * FROM serving.described.misfit")


def test_catalog_is_described_and_lists_its_tables(world: Any) -> None:
    athena = world.client("athena")
    found = athena.get_data_catalog(Name=CATALOG)["DataCatalog"]
    assert found["Type"] == "LAMBDA"
    assert found["Parameters"] == {
        "function": f"arn:aws:lambda:us-east-1:000000000000:function:{FUNCTION}"
    }
    names = [one["CatalogName"] for one in athena.list_data_catalogs()["DataCatalogsSummary"]]
    assert names == ["AwsDataCatalog", CATALOG]
    databases = athena.list_databases(CatalogName=CATALOG)["DatabaseList"]
    assert [one["Name"] for one in databases] == ["default", "described"]
    tables = athena.list_table_metadata(CatalogName=CATALOG, DatabaseName="default")
    assert [one["Name"] for one in tables["TableMetadataList"]] == ["empty", "prod-events"]
    columns = tables["TableMetadataList"][1]["Columns"]
    assert {one["Name"]: one["Type"] for one in columns} == {
        "id": "string",
        "price": "decimal(38,9)",
        "is_open": "boolean",
        "tags": "array<string>",
        "sizes": "array<decimal(38,9)>",
        "mixed": "array<string>",
        "place": "struct<city:string,seats:decimal(38,9)>",
    }
    arn = f"arn:aws:athena:us-east-1:000000000000:datacatalog/{CATALOG}"
    assert athena.list_tags_for_resource(ResourceARN=arn)["Tags"] == [
        {"Key": "team", "Value": "booking"}
    ]


def test_catalog_of_a_function_of_ones_own_cannot_be_asked(world: Any) -> None:
    world.client("athena").create_data_catalog(
        Name="own", Type="LAMBDA", Parameters={"function": "arn:aws:lambda:a:1:function:mine"}
    )
    with pytest.raises(AssertionError, match="Function not found: mine"):
        query(world, "SELECT 1 FROM own.default.empty")
    world.client("athena").delete_data_catalog(Name="own")


def test_catalog_of_another_type_is_refused(world: Any) -> None:
    with pytest.raises(ClientError, match="data catalogs of type HIVE"):
        world.client("athena").create_data_catalog(
            Name="hive", Type="HIVE", Parameters={"metadata-function": "arn:aws:lambda:a:1:f"}
        )


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"Location": {"ApplicationId": "a/Unknown", "SemanticVersion": "1.0.0"}},
            "the local AWS has AthenaDynamoDBConnector and no Unknown",
        ),
        (
            {"Parameters": {"AthenaCatalogName": "x", "SpillBucket": "y", "Colour": "red"}},
            "AthenaDynamoDBConnector has no parameter Colour",
        ),
        ({"Parameters": {"AthenaCatalogName": "x"}}, "needs the parameters SpillBucket"),
        ({"TimeoutInMinutes": 5}, "does not serve TimeoutInMinutes"),
    ],
)
def test_application_that_could_only_be_pretended_fails_its_stack(
    world: Any, changed: dict[str, Any], reason: str
) -> None:
    body = json.loads(template())
    del body["Resources"]["Catalog"]
    body["Resources"]["Connector"]["Properties"] |= changed
    status, reasons = deploy(world, f"pretended-{len(reason)}", json.dumps(body))
    assert status == "ROLLBACK_COMPLETE"
    assert reason in reasons
