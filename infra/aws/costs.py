"""What an environment costs in a month, by service: computed from its settings and its tenant.

Each line is a quantity that follows from both, times a price of `prices`. The constants here are
what was measured on one machine (README.md, bench/) or what AWS bills at least; each says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import prices
from prices import DAYS_A_MONTH, HOURS_A_MONTH
from rlm import names
from rlm.domain.serving import SERVING_TABLES
from rlm.monitoring.alarms import Thresholds, metric_alarms, page_alarms, ticket_alarms
from rlm.recommend.monitoring.span import Span

if TYPE_CHECKING:
    from environments import Environment
    from tenants import Tenant

# As the DAGs ask for them; a test holds these against the DAGs.
ENDPOINT_INSTANCES: Final = 2
ENDPOINT_INSTANCE: Final = {"dev": "ml.t2.large", "prod": "ml.c5.2xlarge"}
TRAINING_INSTANCE: Final = {"dev": "ml.m5.large", "prod": "ml.m5.4xlarge"}
MONITORING_INSTANCE: Final = {"dev": "ml.t3.medium", "prod": "ml.m5.2xlarge"}

# A job that has its machines, and Spark up, before the first row: billed by the second.
_JOB_START_MINUTES: Final = 1.5
# bench/: 10 million sales cleaned in 58 s, one more day of them put into marts in 51 s, by 2 cores.
_CORE_SECONDS_A_MILLION_ROWS: Final = 2 * (58 + 51) / 10
_CORES_A_WORKER: Final = 4
# Of all jobs, a day: ingestion, marts, reports, pictures, and a seventh of the weekly upkeep.
_JOB_RUNS_A_DAY: Final = 4 + 1 / 7
_CRAWLS_A_DAY: Final = 2
_CRAWL_DPU_HOURS: Final = 2 / 6
# A delivery of listens a day changes what `train_recommender` learns from; and it runs on Mondays.
TRAININGS_A_DAY: Final = 1 + 1 / 7
# bench/: 204 s for a million fans on 2 cores; a job brings its machine up first.
_JOB_MACHINE_MINUTES: Final = 5
_TRAINING_SECONDS_A_MILLION_FANS: Final = 204
# docs/decisions/what-a-hit-is.md: so much does `monitor_model` read on one core.
_MONITORING_MEGABYTES_A_SECOND: Final = 170
# Files of a source, and what Iceberg and gold make of them: compressed, all columns.
_LANDED_BYTES_A_ROW: Final = 120
_LAKE_BYTES_A_ROW: Final = 60
_ROW_YEARS_KEPT: Final = 3
# As data capture keeps them: a question with its answer of twenty artists and their reasons, and
# one of a hundred artists without, which each training asks for every fan.
_CAPTURED_BYTES: Final = 7_000
_CAPTURED_BYTES_A_FAN: Final = 11_000
_ANSWER_BYTES: Final = 4_000
_LOGGED_BYTES_A_REQUEST: Final = 700
_ASKS_THE_MODEL: Final = 0.6
# A run of `train_recommender`: an archive of two models and the evaluation.
_MODEL_GIGABYTES_A_MILLION_FANS: Final = 0.4
# bench/api_*: one request keeps a function's gigabyte busy for this long, waiting included.
_FUNCTION_SECONDS: Final = 0.03
_READ_UNITS_A_REQUEST: Final = 4
# Of events, artists and days of both, a day's load finds this part changed.
_ITEMS_CHANGED_A_DAY: Final = 0.2
_ITEM_KILOBYTES: Final = 2
# A hundred artists with their scores, 2.3 KB: a write is billed by whole ones.
_RECOMMENDATION_KILOBYTES: Final = 3
# A query of SPICE, of a load, of a count reads some hundredths of the lake.
_QUERIES_A_DAY: Final = 40
_SCANNED_PART: Final = 0.02
_LEAST_SCANNED_GIGABYTES: Final = 0.01
_WORKER_HOURS_A_DAY: Final = 3
_AIRFLOW_DATABASE_GIGABYTES: Final = 10
_AIRFLOW_LOGS_GIGABYTES: Final = 4
_THROUGH_NAT_GIGABYTES: Final = 20
_NOTEBOOK_HOURS: Final = 80
_IMAGE_GIGABYTES: Final = 0.7
_IMAGES_KEPT: Final = 20
_CUSTOM_METRICS: Final = 90
_KEYS: Final = 2
_SECRETS: Final = 3
_BOOKING_INSTANCE: Final = "db.t4g.micro"
_BOOKING_GIGABYTES: Final = 20
_GIGA: Final = 1e9
# Any day: a look reads the answers of as many days before each.
_WATCHED: Final = Span.of("2026-01-01")


@dataclass(frozen=True)
class Line:
    """One line of the bill; `stands` says whether it is there when nothing happens."""

    service: str
    what: str
    dollars: float
    stands: bool


def monthly_costs(environment: Environment, tenant: Tenant) -> list[Line]:
    """Every line, the services in the order in which data meets them."""
    return [
        *_airflow(environment),
        *_storage(environment, tenant),
        *_jobs(environment, tenant),
        *_queries(tenant),
        *_serving(environment, tenant),
        *_model(environment, tenant),
        *_api(tenant),
        *_dashboards(tenant),
        *_watching(environment, tenant),
    ]


def _airflow(environment: Environment) -> list[Line]:
    kind, (fewest, most) = environment.airflow_class, environment.airflow_workers
    more = (fewest - 1) * HOURS_A_MONTH + (most - fewest) * _WORKER_HOURS_A_DAY * DAYS_A_MONTH
    gateways = environment.airflow_nat_gateways
    return [
        Line("MWAA", f"{kind}, always", prices.MWAA_HOUR[kind] * HOURS_A_MONTH, stands=True),
        Line(
            "MWAA",
            f"up to {most} workers, {_WORKER_HOURS_A_DAY} h a day",
            more * prices.MWAA_WORKER_HOUR[kind],
            stands=False,
        ),
        Line(
            "MWAA",
            f"database, {_AIRFLOW_DATABASE_GIGABYTES} GB",
            _AIRFLOW_DATABASE_GIGABYTES * prices.MWAA_DATABASE_GIGABYTE,
            stands=True,
        ),
        Line(
            "VPC",
            f"{gateways} NAT gateway{'s' if gateways > 1 else ''} with their addresses",
            gateways * HOURS_A_MONTH * (prices.NAT_HOUR + prices.PUBLIC_ADDRESS_HOUR),
            stands=True,
        ),
        Line(
            "VPC",
            f"{_THROUGH_NAT_GIGABYTES} GB through them",
            _THROUGH_NAT_GIGABYTES * prices.NAT_GIGABYTE,
            stands=False,
        ),
    ]


def lake_gigabytes(tenant: Tenant) -> float:
    """Silver and gold after the years that rows are kept."""
    rows = tenant.rows_a_day * 365 * _ROW_YEARS_KEPT
    return rows * _LAKE_BYTES_A_ROW / _GIGA


def captured_gigabytes_a_day(tenant: Tenant) -> float:
    """What goes through the endpoint: callers' questions, and one a fan after each training."""
    asked = tenant.api_requests_a_day * _ASKS_THE_MODEL * _CAPTURED_BYTES
    in_advance = tenant.fans * TRAININGS_A_DAY * _CAPTURED_BYTES_A_FAN
    return (asked + in_advance) / _GIGA


def _storage(environment: Environment, tenant: Tenant) -> list[Line]:
    landed = tenant.rows_a_day * _LANDED_BYTES_A_ROW / _GIGA
    warm = landed * min(90, environment.landing_days)
    cold = landed * max(0, environment.landing_days - 90)
    captured = captured_gigabytes_a_day(tenant) * environment.endpoint_capture_days
    # Replaced files of tables are there for the days that S3 keeps them.
    replaced = lake_gigabytes(tenant) * _SCANNED_PART * environment.noncurrent_version_days
    kept = lake_gigabytes(tenant) + replaced + warm + captured
    writes = 20_000 + tenant.rows_a_day / 100
    return [
        Line(
            "S3",
            f"{kept + cold:,.0f} GB: lake, deliveries of {environment.landing_days} days,"
            f" captured answers of {environment.endpoint_capture_days}",
            kept * prices.S3_GIGABYTE + cold * prices.S3_COLD_GIGABYTE,
            stands=True,
        ),
        Line(
            "S3",
            "requests",
            writes / 1000 * DAYS_A_MONTH * (prices.S3_THOUSAND_WRITES + prices.S3_THOUSAND_READS),
            stands=False,
        ),
    ]


def _jobs(environment: Environment, tenant: Tenant) -> list[Line]:
    workers = environment.glue_workers
    cores = workers * _CORES_A_WORKER
    work = tenant.rows_a_day / 1e6 * _CORE_SECONDS_A_MILLION_ROWS / cores / 60
    minutes = _JOB_RUNS_A_DAY * _JOB_START_MINUTES + work
    dpu_hours = minutes / 60 * workers * DAYS_A_MONTH
    crawls = _CRAWLS_A_DAY * _CRAWL_DPU_HOURS * DAYS_A_MONTH
    return [
        Line(
            "Glue",
            f"jobs on {workers} workers, {minutes:.0f} minutes a day",
            dpu_hours * prices.GLUE_DPU_HOUR,
            stands=False,
        ),
        Line("Glue", "crawlers", crawls * prices.GLUE_DPU_HOUR, stands=False),
    ]


def _queries(tenant: Tenant) -> list[Line]:
    a_query = max(_LEAST_SCANNED_GIGABYTES, lake_gigabytes(tenant) * _SCANNED_PART)
    terabytes = a_query * _QUERIES_A_DAY * DAYS_A_MONTH / 1000
    what = f"{terabytes:,.2f} TB scanned by {_QUERIES_A_DAY} queries a day"
    return [Line("Athena", what, terabytes * prices.ATHENA_TERABYTE, stands=False)]


def items(tenant: Tenant) -> int:
    """In all serving tables; an event's analytics are some days of it and a summary."""
    return tenant.artists * 2 + tenant.events * 31 + tenant.fans


def _serving(environment: Environment, tenant: Tenant) -> list[Line]:
    gigabytes = items(tenant) * _ITEM_KILOBYTES * 1000 / _GIGA
    stored = Line(
        "DynamoDB",
        f"{items(tenant):,} items, with what they can be restored from",
        gigabytes * prices.DYNAMODB_GIGABYTE,
        stands=True,
    )
    # Recommendations are written anew after each training, the others where they changed.
    changed = (items(tenant) - tenant.fans) * _ITEMS_CHANGED_A_DAY * _ITEM_KILOBYTES
    recommended = tenant.fans * TRAININGS_A_DAY * _RECOMMENDATION_KILOBYTES
    writes = (changed + recommended) * DAYS_A_MONTH
    reads = tenant.api_requests_a_day * _READ_UNITS_A_REQUEST * DAYS_A_MONTH
    capacity = environment.serving_capacity
    if capacity is None:
        dollars = (
            writes / 1e6 * prices.DYNAMODB_MILLION_WRITES
            + reads / 1e6 * prices.DYNAMODB_MILLION_READS
        )
        what = f"{writes / 1e6:,.1f} million writes, {reads / 1e6:,.1f} million reads, on demand"
        return [stored, Line("DynamoDB", what, dollars, stands=False)]
    scaled = len(names.DYNAMODB_TABLES) + sum(len(table.indexes) for table in SERVING_TABLES)
    seconds = HOURS_A_MONTH * 3600
    # A table never has less than its minimum; two of them have most of the load.
    share = 100 / capacity.target_utilization_percent
    write_units = scaled * capacity.minimum + writes / seconds * share
    read_units = scaled * capacity.minimum + reads / seconds * share
    dollars = HOURS_A_MONTH * (
        write_units * prices.DYNAMODB_WRITE_UNIT_HOUR + read_units * prices.DYNAMODB_READ_UNIT_HOUR
    )
    what = f"{write_units:,.0f} units to write and {read_units:,.0f} to read, on the average"
    return [stored, Line("DynamoDB", what, dollars, stands=True)]


def _model(environment: Environment, tenant: Tenant) -> list[Line]:
    env = environment.name
    served, trained, watched = (
        kinds[env] for kinds in (ENDPOINT_INSTANCE, TRAINING_INSTANCE, MONITORING_INSTANCE)
    )
    fans = tenant.fans / 1e6
    trainings = TRAININGS_A_DAY * DAYS_A_MONTH
    hours = (_JOB_MACHINE_MINUTES * 60 + fans * _TRAINING_SECONDS_A_MILLION_FANS) / 3600
    read_megabytes = captured_gigabytes_a_day(tenant) * len(_WATCHED.captured) * 1000
    watching = _JOB_MACHINE_MINUTES / 60 + read_megabytes / _MONITORING_MEGABYTES_A_SECOND / 3600
    stored = _IMAGES_KEPT * _IMAGE_GIGABYTES * prices.ECR_GIGABYTE
    models = fans * _MODEL_GIGABYTES_A_MILLION_FANS * trainings * 12 * prices.S3_GIGABYTE
    lines = [
        Line(
            "SageMaker",
            f"endpoint, {ENDPOINT_INSTANCES} {served}, always",
            ENDPOINT_INSTANCES * prices.SAGEMAKER_HOUR[served] * HOURS_A_MONTH,
            stands=True,
        ),
        Line(
            "SageMaker",
            f"{TRAININGS_A_DAY * 7:.0f} trainings a week on {trained}, {hours * 60:.0f} minutes",
            hours * trainings * prices.SAGEMAKER_HOUR[trained],
            stands=False,
        ),
        Line(
            "SageMaker",
            f"a look at the live model a day on {watched}, {watching * 60:.0f} minutes",
            watching * DAYS_A_MONTH * prices.SAGEMAKER_HOUR[watched],
            stands=False,
        ),
        Line("ECR and S3", "images, and a year's models", stored + models, stands=True),
    ]
    if kind := environment.notebook_instance_type:
        lines.append(
            Line(
                "SageMaker",
                f"notebook {kind}, {_NOTEBOOK_HOURS} hours until somebody stops it",
                _NOTEBOOK_HOURS * prices.SAGEMAKER_HOUR[kind],
                stands=False,
            )
        )
    return lines


def _api(tenant: Tenant) -> list[Line]:
    millions = tenant.api_requests_a_day * DAYS_A_MONTH / 1e6
    seconds = millions * 1e6 * _FUNCTION_SECONDS
    sent = millions * 1e6 * _ANSWER_BYTES / _GIGA
    return [
        Line(
            "API Gateway",
            f"{millions:,.1f} million requests",
            millions * prices.API_MILLION_REQUESTS,
            stands=False,
        ),
        Line(
            "Lambda",
            "three functions",
            millions * prices.LAMBDA_MILLION_REQUESTS + seconds * prices.LAMBDA_GIGABYTE_SECOND,
            stands=False,
        ),
        Line(
            "Data transfer",
            f"{sent:,.0f} GB of answers",
            sent * prices.OUTBOUND_GIGABYTE,
            stands=False,
        ),
    ]


def _dashboards(tenant: Tenant) -> list[Line]:
    spice = max(0.1, lake_gigabytes(tenant) * 0.1)
    return [
        Line(
            "QuickSight",
            f"{tenant.authors} authors",
            tenant.authors * prices.QUICKSIGHT_AUTHOR,
            stands=True,
        ),
        Line(
            "QuickSight",
            f"{tenant.readers} readers",
            tenant.readers * prices.QUICKSIGHT_READER,
            stands=True,
        ),
        Line("QuickSight", f"SPICE, {spice:,.1f} GB", spice * prices.SPICE_GIGABYTE, stands=True),
        Line(
            "RDS",
            f"{_BOOKING_INSTANCE} of the booking database, {_BOOKING_GIGABYTES} GB",
            prices.RDS_HOUR[_BOOKING_INSTANCE] * HOURS_A_MONTH
            + _BOOKING_GIGABYTES * prices.RDS_GIGABYTE,
            stands=True,
        ),
    ]


def _watching(environment: Environment, tenant: Tenant) -> list[Line]:
    env = environment.name
    thresholds = Thresholds(
        endpoint_latency_p99_milliseconds=environment.endpoint_latency_p99_milliseconds,
        monthly_dollars=environment.monthly_budget_dollars,
    )
    alarms = metric_alarms(env, thresholds)
    composite = len(page_alarms(env, alarms)) + len(ticket_alarms(env, alarms))
    logged = _AIRFLOW_LOGS_GIGABYTES + (
        tenant.api_requests_a_day * DAYS_A_MONTH * _LOGGED_BYTES_A_REQUEST / _GIGA
    )
    kept = logged / DAYS_A_MONTH * environment.log_retention_days
    return [
        Line(
            "CloudWatch",
            f"{len(alarms)} alarms, {composite} composite ones, {_CUSTOM_METRICS} metrics",
            len(alarms) * prices.ALARM
            + composite * prices.COMPOSITE_ALARM
            + _CUSTOM_METRICS * prices.METRIC
            + prices.CLOUDWATCH_DASHBOARD,
            stands=True,
        ),
        Line(
            "CloudWatch",
            f"{logged:,.0f} GB of logs, kept {environment.log_retention_days} days",
            logged * prices.LOGS_GIGABYTE + kept * prices.LOGS_KEPT_GIGABYTE,
            stands=False,
        ),
        Line(
            "KMS, Secrets Manager",
            f"{_KEYS} keys, {_SECRETS} secrets",
            _KEYS * prices.KMS_KEY + _SECRETS * prices.SECRET,
            stands=True,
        ),
    ]
