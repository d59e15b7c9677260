"""Trains the recommender on what fans did, and serves it if it is better than the one before."""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.providers.standard.operators.python import ShortCircuitOperator
from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable, Param

from rlm import names
from rlm.settings import load_settings
from rlm_plugin.gold_assets import gold_asset
from rlm_plugin.recommender_assets import retraining_asset
from rlm_plugin.recommender_batch import RecommendForAllFansOperator
from rlm_plugin.recommender_registry import ChooseModelOperator, RegisterModelOperator
from rlm_plugin.recommender_rollout import RollOutModelOperator, VerifyEndpointOperator
from rlm_plugin.recommender_training import TrainRecommenderOperator, UnloadChannelOperator
from rlm_plugin.run_identity import RUN_ID, report_key
from rlm_plugin.task_defaults import DEFAULT_ARGS

SETTINGS = load_settings(os.environ)
IS_PROD = SETTINGS.env == "prod"

CHANNELS = ("activity", "artists", "concerts", "fans")
# A name that SageMaker takes and that tells people when: there is one run at a time.
JOB = f"{names.endpoint(SETTINGS.env)}-{{{{ dag_run.run_after.strftime('%Y%m%d-%H%M%S') }}}}"
PREFIX = f"{names.TRAINING_PREFIX}/{RUN_ID}"

DOC = """
### Train recommender

Copies the evidence of `fan_artist_affinity` out of the lake, trains a model on all but the last
weeks, judges it and the live model on those weeks, and registers it with what was measured:
approved if it is better than the live model beyond noise, worse for no group of fans and not
narrower, rejected with the reason otherwise. An approved model takes the place of the live one
blue/green: a tenth of the traffic first, back by itself if an alarm goes off. Afterwards the
endpoint is asked what training asked, and recommendations of every fan are written to DynamoDB, for
the API to have when the endpoint is gone.

It runs when `fan_artist_affinity` changes, on Mondays, and when monitor_model asks for it; the
run's report then says why (`asked_for`).

**Impact of failure.** The live model goes on answering, and older recommendations stay in
DynamoDB. A rejected model is no failure: `choose_model` is skipped and says why.

**What a rerun does.** Trains on the lake as it is now. A run that ended while the endpoint was
updated goes on with that update.

**On demand.** `force`: serve the model although its gate rejected it. `version`: train nothing and
serve this version of the registry. `rollback`: train nothing and serve the approved model before
the live one.
"""

with DAG(
    dag_id="train_recommender",
    description="What fans did becomes a model that answers what they may like.",
    doc_md=DOC,
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("0 5 * * 1", timezone="UTC", run_immediately=False),
        # Fans did something, or monitor_model wants a better model.
        assets=gold_asset(SETTINGS.env, "fan_artist_affinity") | retraining_asset(SETTINGS.env),
    ),
    catchup=False,
    # One endpoint, one rollout at a time.
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=8),
    tags={"tier:2", "recommender"},
    default_args=DEFAULT_ARGS,
    params={
        "force": Param(
            default=False,
            type="boolean",
            description="Serve the model although its gate rejected it.",
        ),
        "version": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            description="Train nothing; serve this version of the model registry.",
        ),
        "rollback": Param(
            default=False,
            type="boolean",
            description="Train nothing; serve the approved model before the live one.",
        ),
    },
) as dag:
    is_training = ShortCircuitOperator(
        task_id="is_training",
        doc_md="goes past training where a version or the one before is asked for",
        python_callable=lambda params: not (params["rollback"] or params["version"]),
        # The tasks after training decide by themselves.
        ignore_downstream_trigger_rules=False,
    )
    channels = [
        UnloadChannelOperator(
            task_id=f"unload_{channel}",
            doc_md=f"copies the channel {channel} of the training set out of the lake",
            env=SETTINGS.env,
            channel=channel,
            prefix=PREFIX,
            deferrable=True,
            sleep_time=3,
        )
        for channel in CHANNELS
    ]
    train = TrainRecommenderOperator(
        task_id="train",
        doc_md="fits the model, judges it beside the live one, and decides",
        env=SETTINGS.env,
        prefix=PREFIX,
        job_name=JOB,
        channels=CHANNELS,
        hyperparameters={"model": "tuned", "holdout_weeks": "4"},
        instance_type="ml.m5.4xlarge" if IS_PROD else "ml.m5.large",
        deferrable=True,
        check_interval=5,
        max_attempts=3 * 720,
        print_log=False,
        execution_timeout=timedelta(hours=4),
    )
    register = RegisterModelOperator(
        task_id="register",
        doc_md="puts the model into the registry, with what was measured and decided",
        env=SETTINGS.env,
        training=train.output,
        report_key=report_key(names.RUNS_PREFIX, "train_recommender"),
    )
    choose_model = ChooseModelOperator(
        task_id="choose_model",
        doc_md="chooses the model to serve; skipped where the live one stays",
        env=SETTINGS.env,
        registered=register.output,
        version="{{ params.version }}",
        rollback="{{ params.rollback }}",
        force="{{ params.force }}",
        trigger_rule="none_failed",
    )
    roll_out = RollOutModelOperator(
        task_id="roll_out",
        doc_md="brings the model to the endpoint, a tenth of the traffic first",
        env=SETTINGS.env,
        package=choose_model.output,
        name=JOB,
        instance_type="ml.c5.2xlarge" if IS_PROD else "ml.t2.large",
        # A canary is a part of a fleet: one server has none.
        instances=2,
        canary_seconds=600 if IS_PROD else 10,
        execution_timeout=timedelta(hours=2),
    )
    verify = VerifyEndpointOperator(
        task_id="verify",
        doc_md="asks the endpoint what training asked the model",
        env=SETTINGS.env,
        package=choose_model.output,
        config=roll_out.output,
    )
    recommend = RecommendForAllFansOperator(
        task_id="recommend_for_all",
        doc_md="writes recommendations of every fan for when the endpoint is gone",
        env=SETTINGS.env,
        execution_timeout=timedelta(hours=3),
        # New fans want theirs too where the live model stayed.
        trigger_rule="none_failed",
    )

    is_training >> channels >> train >> register >> choose_model >> roll_out >> verify >> recommend
