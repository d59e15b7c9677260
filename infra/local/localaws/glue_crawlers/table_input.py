"""Tables and partitions as Glue's crawlers write them: SerDes, parameters, statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.glue_crawlers.hive_types import hive

if TYPE_CHECKING:
    from localaws.glue_crawlers.files import FileSchema
    from localaws.glue_crawlers.layout import FoundTable, StoredFile
    from localaws.operations import Document

TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
OWNER_PARAMETER = "UPDATED_BY_CRAWLER"
DEPRECATED_PARAMETER = "DEPRECATED_BY_CRAWLER"


def table_input(
    table: FoundTable, name: str, bucket: str, crawler: str, columns: list[Document]
) -> Document:
    """What CreateTable and UpdateTable get. `columns` may be more than were found now."""
    files = [file for partition in table.partitions for file in partition.files]
    parameters = _parameters(table, files) | {OWNER_PARAMETER: crawler}
    descriptor = _descriptor(table, files, f"s3://{bucket}/{table.location}", columns)
    return {
        "Name": name,
        "Owner": "owner",
        "Retention": 0,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
        "StorageDescriptor": descriptor | {"Parameters": parameters},
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in table.partition_keys],
    }


def partition_inputs(table: FoundTable, bucket: str, columns: list[Document]) -> list[Document]:
    """One for each combination of values; a partition has its table's columns."""
    return [
        {
            "Values": list(partition.values),
            "Parameters": _parameters(table, partition.files),
            "StorageDescriptor": _descriptor(
                table, partition.files, f"s3://{bucket}/{partition.location}", columns
            )
            | {"Parameters": _parameters(table, partition.files)},
        }
        for partition in table.partitions
    ]


def column_inputs(table: FoundTable) -> list[Document]:
    """The columns that files hold; one that is a partition key too is read from the folder."""
    return [
        {"Name": name, "Type": hive(kind)}
        for name, kind in table.columns.items()
        if name.lower() not in table.partition_keys
    ]


def _descriptor(
    table: FoundTable, files: list[StoredFile], location: str, columns: list[Document]
) -> Document:
    schema = _example(table, files)
    formats = {
        "csv": (TEXT_INPUT, TEXT_OUTPUT, "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"),
        "json": (TEXT_INPUT, TEXT_OUTPUT, "org.openx.data.jsonserde.JsonSerDe"),
        "parquet": (
            f"{PARQUET}.MapredParquetInputFormat",
            f"{PARQUET}.MapredParquetOutputFormat",
            f"{PARQUET}.serde.ParquetHiveSerDe",
        ),
    }
    serde_parameters = {
        "csv": {"field.delim": schema.delimiter},
        "json": {"paths": ",".join(sorted(column["Name"] for column in columns))},
        "parquet": {"serialization.format": "1"},
    }
    input_format, output_format, serde = formats[table.classification]
    return {
        "Columns": columns,
        "Location": location,
        "InputFormat": input_format,
        "OutputFormat": output_format,
        "Compressed": _compression(files) != "none",
        "NumberOfBuckets": -1,
        "SerdeInfo": {
            "SerializationLibrary": serde,
            "Parameters": serde_parameters[table.classification],
        },
        "BucketColumns": [],
        "SortColumns": [],
        "StoredAsSubDirectories": False,
    }


def _parameters(table: FoundTable, files: list[StoredFile]) -> dict[str, str]:
    schema = _example(table, files)
    known = [file.schema for file in files if file.schema]
    records = sum(one.record_count for one in known)
    average = round(
        sum(one.average_record_bytes * one.record_count for one in known) / records
        if records
        else schema.average_record_bytes
    )
    # Files that were not read are taken to be like their neighbours.
    read_bytes = sum(file.size for file in files if file.schema)
    all_bytes = sum(file.size for file in files)
    if read_bytes:
        records = round(records * all_bytes / read_bytes)
    parameters = {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "averageRecordSize": str(average),
        "classification": table.classification,
        "compressionType": _compression(files),
        "objectCount": str(len(files)),
        "recordCount": str(records),
        "sizeKey": str(all_bytes),
        "typeOfData": "file",
    }
    if table.classification == "csv":
        parameters |= {
            "areColumnsQuoted": "false",
            "columnsOrdered": "true",
            "delimiter": schema.delimiter,
        }
        if schema.has_header:
            parameters["skip.header.line.count"] = "1"
    return parameters


def _compression(files: list[StoredFile]) -> str:
    """That of most files; readers look at each file's name anyway."""
    found = [file.schema.compression for file in files if file.schema]
    return max(sorted(set(found)), key=found.count) if found else "none"


def _example(table: FoundTable, files: list[StoredFile]) -> FileSchema:
    """A file of the table that was read, best one of `files`."""
    inside = [file for partition in table.partitions for file in partition.files]
    return next(file.schema for file in [*files, *inside] if file.schema)
