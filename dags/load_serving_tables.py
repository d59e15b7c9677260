"""Loads what changed in the marts into the DynamoDB tables that the API reads."""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.sdk import DAG, AssetAny, Param, XComArg

from rlm import names
from rlm.settings import load_settings
from rlm_plugin.gold_assets import gold_asset
from rlm_plugin.run_identity import RUN_ID, report_key
from rlm_plugin.serving import (
    FindServingChangesOperator,
    LoadServingFeedOperator,
    ReportServingLoadsOperator,
)
from rlm_plugin.serving_assets import serving_asset
from rlm_plugin.silver_assets import silver_asset
from rlm_plugin.task_defaults import DEFAULT_ARGS

SETTINGS = load_settings(os.environ)

# What the queries in include/sql/serving read.
GOLD_INPUTS = (
    "artist_popularity_daily",
    "artist_profiles",
    "event_performance",
    "ticket_sales_daily",
    "trending_artists",
    "venue_utilisation",
)
SILVER_INPUTS = ("artists", "events", "venues")

DOC = """
### Load serving tables

Finds out which tables of the lake changed since they were loaded, asks Athena one query a feed on
snapshots of one moment, compares the answer with what was loaded last, and writes to the DynamoDB
tables Artists, Venues, Events, EventAnalytics and Trends only what differs; what vanished is
deleted.

**Impact of failure.** The API answers with the items of the last load: sales, sell-outs and trends
of yesterday. The lake and the dashboards are not touched.

**What a rerun does.** It loads what is missing, whatever the run before it wrote, and writes
nothing where nothing changed. It always loads the lake as it is now: an older state is never
written over a newer one.

**On demand.** `tables`: only these. `force`: compare with the DynamoDB tables themselves, item by
item, and put right what others changed there. `accept_deletions`: believe that more than half of
the items of a table are to be deleted.
"""

with DAG(
    dag_id="load_serving_tables",
    description="What changed in the marts becomes items in DynamoDB, for the API.",
    doc_md=DOC,
    # Any of them: a mart that its checks held back must not hold back the others. A run that finds
    # nothing new ends after a look.
    schedule=AssetAny(
        *(gold_asset(SETTINGS.env, table) for table in GOLD_INPUTS),
        *(silver_asset(SETTINGS.env, source) for source in SILVER_INPUTS),
    ),
    catchup=False,
    # Loads of one feed take turns anyway; a second run would only wait.
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    tags={"tier:1", "serving"},
    default_args=DEFAULT_ARGS,
    params={
        "tables": Param(
            list(names.SERVING_TABLES),
            type="array",
            items={"type": "string", "enum": list(names.SERVING_TABLES)},
            minItems=1,
            uniqueItems=True,
            description="The DynamoDB tables to load.",
        ),
        "force": Param(
            False,
            type="boolean",
            description="Compare with the tables' own items, not with what was loaded last.",
        ),
        "accept_deletions": Param(
            False,
            type="boolean",
            description="Delete even more than half of a table's items.",
        ),
    },
) as dag:
    find_changes = FindServingChangesOperator(
        task_id="find_changes",
        doc_md="compares the lake's tables with what was loaded last, without reading a row",
        env=SETTINGS.env,
        tables="{{ params.tables | join(',') }}",
        force="{{ params.force }}",
    )
    load = LoadServingFeedOperator.partial(
        task_id="load",
        doc_md="asks Athena for a feed's items and writes those that differ",
        env=SETTINGS.env,
        run_name=RUN_ID,
        force="{{ params.force }}",
        accept_deletions="{{ params.accept_deletions }}",
        workgroup=names.athena_workgroup(SETTINGS.env),
        map_index_template="{{ task.feed }}",
        # The first load of a large table, at the pace of its write capacity.
        execution_timeout=timedelta(hours=3),
    ).expand(feed=find_changes.output)
    report = ReportServingLoadsOperator(
        task_id="report",
        doc_md="writes what each feed came to into the lake, and fails when one was not loaded",
        bucket=SETTINGS.lake_bucket,
        asset=serving_asset(SETTINGS.env),
        report_key=report_key(names.RUNS_PREFIX, "load_serving_tables"),
        run_name=RUN_ID,
        feeds=find_changes.output,
        states=XComArg(find_changes, key="states"),
        results=load.output,
        # One feed that failed must not hide what the others did; the report fails for it.
        trigger_rule="all_done",
    )
    load >> report
