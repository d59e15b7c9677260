"""Which day a run is for, and what it is called: templates that every DAG uses alike."""

from __future__ import annotations

from typing import Final

# What "today" means to every task of a run: the parameter, else the newest business date of the
# asset events that started it, else the day the run is for.
# A run without a logical date was asked for by hand: it is for the day on which it was asked for.
BUSINESS_DATE: Final = (
    "{{ params.business_date"
    " or triggering_asset_events.values() | sum(start=[])"
    " | map(attribute='extra') | map(attribute='business_date', default='') | max | default('')"
    " or (dag_run.logical_date or dag_run.run_after).strftime('%Y-%m-%d') }}"
)
# What "today" means to a run that needs its day whole: its own is not over, the one before is.
DAY_BEFORE: Final = (
    "{{ params.business_date"
    " or macros.ds_add((dag_run.logical_date or dag_run.run_after).strftime('%Y-%m-%d'), -1) }}"
)
# Hadoop takes a colon in a path for a scheme. A retry has the same name: it is the same run.
RUN_ID: Final = "{{ run_id | replace(':', '-') | replace('+', '-') }}"


def report_key(runs_prefix: str, job: str) -> str:
    """Where the job leaves the report of this run: the template of a key in the lake."""
    return f"{runs_prefix}/{job}/{RUN_ID}.json"
