"""What differs between dev and prod, in one place; everything else is the same template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class ProvisionedCapacity:
    """Bounds of DynamoDB auto scaling, in capacity units a second, for a table and each index.

    Cheaper than on demand when the load is steady; throttles when it jumps past the target, as
    each load of the serving tables does.
    """

    minimum: int
    maximum: int
    target_utilization_percent: int = 70


@dataclass(frozen=True)
class Environment:
    """One deployment of the platform.

    `serving_capacity` None means on demand.
    `keeps_data` decides what deleting a stack does: prod keeps buckets and tables.
    `athena_scan_limit_gigabytes` stops a query that reads more: somebody forgot a WHERE.
    `..._days` say when S3 deletes: a delivery, a rejected row, a run's report, a query's result,
    what a training read, what went through the endpoint.
    `endpoint_latency_p99_milliseconds`: a new model that is slower is rolled back.
    `public_requests_a_second`: what one key of the public plan may ask, and all keys together.
    `staff_requests_a_second`: what one key of the staff's plan may ask.
    `staff_key_ids`: keys of the staff's plan beside its first one, which the template makes.
    `airflow_class` and `airflow_workers` (fewest, most): what MWAA runs Airflow on.
    `airflow_nat_gateways`: its ways to the internet; with one, a zone that fails takes it along.
    `booking_backup_days`: so far back the booking database can be restored.
    `notebook_instance_type` None means no notebook: it runs, and costs, until somebody stops it.
    `monthly_budget_dollars`: a ticket when four fifths are spent, and when it will not last.
    `page_emails` get what wakes people, `ticket_emails` what can wait; each must be confirmed.
    """

    name: str
    keeps_data: bool
    serving_capacity: ProvisionedCapacity | None
    glue_workers: int
    glue_timeout_minutes: int
    log_retention_days: int
    noncurrent_version_days: int
    athena_scan_limit_gigabytes: int
    landing_days: int
    quarantine_days: int
    run_report_days: int
    query_result_days: int
    training_days: int
    endpoint_capture_days: int
    endpoint_latency_p99_milliseconds: int
    public_requests_a_second: int
    staff_requests_a_second: int
    airflow_class: str
    airflow_workers: tuple[int, int]
    airflow_nat_gateways: int
    booking_backup_days: int
    notebook_instance_type: str | None
    monthly_budget_dollars: int
    staff_key_ids: tuple[str, ...] = ()
    page_emails: tuple[str, ...] = ()
    ticket_emails: tuple[str, ...] = ()


ENVIRONMENTS: Final = {
    "dev": Environment(
        name="dev",
        keeps_data=False,
        serving_capacity=None,
        glue_workers=2,
        glue_timeout_minutes=60,
        log_retention_days=14,
        noncurrent_version_days=7,
        athena_scan_limit_gigabytes=10,
        landing_days=180,
        quarantine_days=90,
        run_report_days=90,
        query_result_days=7,
        training_days=30,
        # A week of answers, a week for fans to follow them, and two to run monitor_model again.
        endpoint_capture_days=28,
        # What a caller waits for before it falls back: a machine that everything shares is slow.
        endpoint_latency_p99_milliseconds=400,
        # More than this machine can answer: load tests measure it and not the throttle.
        public_requests_a_second=5000,
        staff_requests_a_second=5000,
        airflow_class="mw1.small",
        airflow_workers=(1, 2),
        airflow_nat_gateways=1,
        booking_backup_days=1,
        notebook_instance_type="ml.t3.medium",
        # Airflow and the endpoint are most of it, and both never sleep.
        monthly_budget_dollars=1000,
    ),
    "prod": Environment(
        name="prod",
        keeps_data=True,
        # A load comes at once and then nothing for hours: capacity would follow when it is over.
        serving_capacity=None,
        glue_workers=10,
        glue_timeout_minutes=180,
        log_retention_days=180,
        noncurrent_version_days=30,
        athena_scan_limit_gigabytes=1000,
        # Three seasons: a rebuild from the sources can compare with the year before last.
        landing_days=1095,
        quarantine_days=365,
        run_report_days=400,
        query_result_days=30,
        training_days=180,
        endpoint_capture_days=90,
        endpoint_latency_p99_milliseconds=100,
        public_requests_a_second=100,
        staff_requests_a_second=10,
        airflow_class="mw1.medium",
        airflow_workers=(1, 5),
        airflow_nat_gateways=2,
        booking_backup_days=14,
        # Fans' listening is not for an instance that the internet can reach.
        notebook_instance_type=None,
        monthly_budget_dollars=4500,
    ),
}
