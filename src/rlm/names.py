"""The name of every resource, in one place: infra, DAGs, jobs and Lambdas read it from here.

Pure: a name depends on the environment (`dev`, `prod`) and on nothing else.
An unknown environment or resource raises `UnknownNameError`, so that a typing mistake
fails at once and not as an access denied error of a bucket that never existed.
"""

from __future__ import annotations

from typing import Final

ENVIRONMENTS: Final = ("dev", "prod")

SOURCES: Final = (
    "artists",
    "venues",
    "events",
    "ticket_sales",
    "listens",
    "artist_popularity",
)

GOLD_TABLES: Final = (
    "ticket_sales_daily",
    "event_performance",
    "artist_popularity_daily",
    "venue_utilisation",
    "trending_artists",
    "fan_artist_affinity",
)

BUCKETS: Final = ("landing", "lake", "artist-data", "event-reports", "access-logs")
DATABASES: Final = ("landing", "silver", "quarantine", "gold")
DYNAMODB_TABLES: Final = ("Artists", "Venues", "Events", "EventAnalytics", "Trends")
GLUE_JOBS: Final = (
    "clean_sources",
    "build_marts",
    "process_artist_images",
    "publish_event_reports",
    "maintain_lake",
)
CRAWLERS: Final = ("landing", "quarantine")

# What Spark, Athena and the CDK call the Iceberg catalog.
ICEBERG_CATALOG: Final = "glue_catalog"

# Where Glue logs unless told otherwise; every environment of an account shares these.
# Our jobs log under `glue_log_prefix` instead, so that each environment has its own retention.
GLUE_OUTPUT_LOG_GROUP: Final = "/aws-glue/jobs/output"
GLUE_ERROR_LOG_GROUP: Final = "/aws-glue/jobs/error"
CRAWLER_LOG_GROUP: Final = "/aws-glue/crawlers"

# The lake bucket's folders, one a purpose: IAM policies grant them one by one.
SILVER_PREFIX: Final = "silver"
QUARANTINE_PREFIX: Final = "quarantine"
# Which quarantined rows a later delivery made good.
RELEASED_PREFIX: Final = "released"
LEDGER_PREFIX: Final = "ledger"
RUNS_PREFIX: Final = "runs"
GOLD_PREFIX: Final = "gold"
ATHENA_RESULTS_PREFIX: Final = "athena-results"


class UnknownNameError(ValueError):
    """The caller asked for the name of something that the platform does not have."""


def bucket(env: str, purpose: str) -> str:
    """`rlm-dev-landing` for `("dev", "landing")`."""
    return f"rlm-{_environment(env)}-{_known('bucket', purpose, BUCKETS)}"


def database(env: str, layer: str) -> str:
    """`rlm_dev_silver` for `("dev", "silver")`: Glue and Athena take no hyphens."""
    return f"rlm_{_environment(env)}_{_known('database', layer, DATABASES)}"


def dynamodb_table(env: str, entity: str) -> str:
    """`rlm-dev-Artists` for `("dev", "Artists")`."""
    return f"rlm-{_environment(env)}-{_known('DynamoDB table', entity, DYNAMODB_TABLES)}"


def glue_job(env: str, job: str) -> str:
    """`rlm-dev-clean-sources` for `("dev", "clean_sources")`, the job's script's stem."""
    return f"rlm-{_environment(env)}-{_known('Glue job', job, GLUE_JOBS).replace('_', '-')}"


def crawler(env: str, layer: str) -> str:
    """`rlm-dev-landing` for `("dev", "landing")`."""
    return f"rlm-{_environment(env)}-{_known('crawler', layer, CRAWLERS)}"


def glue_log_prefix(env: str) -> str:
    """`/rlm/dev/glue`: our jobs log to `/rlm/dev/glue/output` and `/rlm/dev/glue/error`."""
    return f"/rlm/{_environment(env)}/glue"


def stack(env: str, subject: str) -> str:
    """`rlm-dev-storage` for `("dev", "storage")`: one CloudFormation stack a subject."""
    return f"rlm-{_environment(env)}-{subject}"


def silver_table(env: str, source: str) -> str:
    """`glue_catalog.rlm_dev_silver.artists`, as Spark SQL names it."""
    return f"{ICEBERG_CATALOG}.{database(env, 'silver')}.{_known('source', source, SOURCES)}"


def gold_table(env: str, table: str) -> str:
    """`glue_catalog.rlm_dev_gold.event_performance`, as Spark SQL names it."""
    return f"{ICEBERG_CATALOG}.{database(env, 'gold')}.{_known('gold table', table, GOLD_TABLES)}"


def athena_workgroup(env: str) -> str:
    """`rlm-dev`: every query of the platform runs in it."""
    return f"rlm-{_environment(env)}"


def _environment(env: str) -> str:
    return _known("environment", env, ENVIRONMENTS)


def _known(kind: str, name: str, names: tuple[str, ...]) -> str:
    if name not in names:
        raise UnknownNameError(f"no {kind} named {name!r}; there are {', '.join(names)}")
    return name
