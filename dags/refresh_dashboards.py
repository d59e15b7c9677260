"""Brings dashboards to QuickSight and copies into SPICE what changed in the lake."""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.sdk import DAG, AssetAny, Param, XComArg

from rlm import names
from rlm.settings import load_settings
from rlm_plugin.dashboards import (
    DeployDashboardsOperator,
    PublishDashboardsOperator,
    ReportDashboardsOperator,
)
from rlm_plugin.gold_assets import gold_asset
from rlm_plugin.quicksight_ingestion import QuickSightIngestionOperator
from rlm_plugin.run_identity import RUN_ID, report_key
from rlm_plugin.serving_assets import serving_asset
from rlm_plugin.spice_check import VerifySpiceOperator
from rlm_plugin.task_defaults import DEFAULT_ARGS

SETTINGS = load_settings(os.environ)

# The tables whose events started the run; nothing for a run that people asked for.
CHANGED_TABLES = (
    "{{ triggering_asset_events.values() | sum(start=[])"
    " | map(attribute='asset') | map(attribute='name') | unique | join(',') }}"
)

DOC = """
### Refresh dashboards

Deploys to QuickSight what changed in `dashboards/` (data sources, data sets, themes, folders, new
versions of dashboards), copies into SPICE the data sets that read a table which changed, holds
the rows of each against Athena's count, and publishes the new versions.

**Impact of failure.** Readers go on with the version and the rows that they have: a definition is
published only after its data sets were copied and counted.

**What a rerun does.** It goes on from what is there: what is deployed already is left alone, data
sets are copied anew, what is published already stays.

**On demand.** `data_sets`: copy only these, whatever changed. `full`: copy in full, also those that
refresh incrementally. `publish`: off to look at a new version before readers do. `force`: put the
files over versions that somebody made on the service.
"""

with DAG(
    dag_id="refresh_dashboards",
    description="Dashboards as the files have them, with the rows that the lake has.",
    doc_md=DOC,
    # Any of them: a mart that its checks held back must not hold back the others.
    schedule=AssetAny(
        *(gold_asset(SETTINGS.env, table) for table in names.GOLD_TABLES),
        serving_asset(SETTINGS.env),
    ),
    catchup=False,
    # Two deployments of one dashboard would make two versions.
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    tags={"tier:1", "dashboards"},
    default_args=DEFAULT_ARGS,
    params={
        "data_sets": Param(
            [],
            type="array",
            items={"type": "string"},
            uniqueItems=True,
            description="The data sets to copy. Empty: those that read what changed.",
        ),
        "full": Param(
            False,
            type="boolean",
            description="Copy in full, also those that refresh incrementally.",
        ),
        "publish": Param(
            True,
            type="boolean",
            description="Let readers see the new versions.",
        ),
        "force": Param(
            False,
            type="boolean",
            description="Put the files over versions that somebody made on the service.",
        ),
    },
) as dag:
    deploy = DeployDashboardsOperator(
        task_id="deploy",
        doc_md="brings QuickSight to what the files say, without publishing",
        env=SETTINGS.env,
        data_sets="{{ params.data_sets | join(',') }}",
        tables=CHANGED_TABLES,
        force="{{ params.force }}",
        full="{{ params.full }}",
        execution_timeout=timedelta(hours=1),
    )
    copy = QuickSightIngestionOperator.partial(
        task_id="copy",
        doc_md="copies a data set into SPICE",
        run_name=RUN_ID,
        map_index_template="{{ task.refresh['name'] }}",
        execution_timeout=timedelta(hours=3),
    ).expand(refresh=deploy.output)
    verify = VerifySpiceOperator.partial(
        task_id="verify",
        doc_md="holds the rows in SPICE against Athena's count",
        env=SETTINGS.env,
        run_name=RUN_ID,
        workgroup=names.athena_workgroup(SETTINGS.env),
        map_index_template="{{ task.copied['name'] }}",
        execution_timeout=timedelta(hours=3),
    ).expand(copied=copy.output)
    publish = PublishDashboardsOperator(
        task_id="publish",
        doc_md="lets readers see the new versions",
        env=SETTINGS.env,
        publish="{{ params.publish }}",
        # Also where there was no data set to copy; never after one that failed.
        trigger_rule="none_failed",
    )
    report = ReportDashboardsOperator(
        task_id="report",
        doc_md="writes what the run did into the lake, and fails when something is not as wanted",
        bucket=SETTINGS.lake_bucket,
        report_key=report_key(names.RUNS_PREFIX, "refresh_dashboards"),
        run_name=RUN_ID,
        plan=XComArg(deploy, key="plan"),
        refreshes=deploy.output,
        copied=copy.output,
        verified=verify.output,
        published=publish.output,
        # One data set that failed must not hide what the others did; the report fails for it.
        trigger_rule="all_done",
    )

    verify >> publish >> report
