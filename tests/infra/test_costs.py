"""The table of costs: as the settings and the templates are, and never stale."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from templates import environment, resources

import costs
import prices
from costs import ENDPOINT_INSTANCE, MONITORING_INSTANCE, TRAINING_INSTANCE, monthly_costs
from costs_page import PAGE, SHOWN, costs_page, total
from environments import ENVIRONMENTS, ProvisionedCapacity
from rlm.recommend.monitoring.span import Span
from tenants import LARGE, SMALL

REPOSITORY = Path(__file__).parents[2]


def test_page_is_what_the_settings_come_to():
    assert PAGE.read_text(encoding="utf-8") == costs_page(), "run `make costs`"


@pytest.mark.parametrize(("env", "tenant"), SHOWN, ids=lambda one: getattr(one, "name", one))
def test_budget_is_not_spent_by_what_is_expected(env, tenant):
    """A ticket comes at four fifths: each month's would be read by nobody."""
    environment = ENVIRONMENTS[env]
    assert total(monthly_costs(environment, tenant)) < 0.8 * environment.monthly_budget_dollars


def test_a_larger_tenant_costs_no_less_anywhere():
    prod = ENVIRONMENTS["prod"]
    small, large = monthly_costs(prod, SMALL), monthly_costs(prod, LARGE)
    assert [line.service for line in small] == [line.service for line in large]
    assert [a.what for a, b in zip(small, large, strict=True) if a.dollars > b.dollars] == []
    assert all(line.dollars > 0 for line in (*small, *large))


@pytest.mark.parametrize(
    ("dag", "instances"),
    [
        ("train_recommender", [TRAINING_INSTANCE, ENDPOINT_INSTANCE]),
        ("monitor_model", [MONITORING_INSTANCE]),
    ],
)
def test_instances_are_those_that_the_dags_ask_for(dag, instances):
    text = (REPOSITORY / "dags" / f"{dag}.py").read_text(encoding="utf-8")
    asked = re.findall(r'instance_type="([\w.]+)" if IS_PROD else "([\w.]+)"', text)
    assert [{"prod": prod, "dev": dev} for prod, dev in asked] == instances
    for kinds in instances:
        assert kinds.keys() <= ENVIRONMENTS.keys()
        assert set(kinds.values()) <= prices.SAGEMAKER_HOUR.keys()
    if dag == "train_recommender":
        assert f"instances={costs.ENDPOINT_INSTANCES}," in text


def test_trainings_are_as_many_as_the_dag_asks_for():
    text = (REPOSITORY / "dags" / "train_recommender.py").read_text(encoding="utf-8")
    # With each day's deliveries, and once a week whatever came.
    assert 'assets=gold_asset(SETTINGS.env, "fan_artist_affinity")' in text
    (cron,) = re.findall(r'CronTriggerTimetable\("\d+ \d+ ([^"]+)"', text)
    assert cron == "* * 1"
    assert costs.TRAININGS_A_DAY == 1 + 1 / 7


def test_what_every_training_writes_and_captures_is_paid_for():
    """A million fans: each is recommended to anew, and the endpoint asked for each."""
    prod = ENVIRONMENTS["prod"]
    nobody = dataclasses.replace(LARGE, fans=0)
    (without, written), (kept_without, kept) = (
        [
            sum(line.dollars for line in monthly_costs(prod, tenant) if line.service == service)
            for tenant in (nobody, LARGE)
        ]
        for service in ("DynamoDB", "S3")
    )
    trainings = (1 + 1 / 7) * prices.DAYS_A_MONTH
    writes = 3 * trainings * prices.DYNAMODB_MILLION_WRITES
    stored = 2 * prices.DYNAMODB_GIGABYTE
    assert written - without == pytest.approx(writes + stored)
    captured = 11 * (1 + 1 / 7) * prod.endpoint_capture_days
    assert kept - kept_without == pytest.approx(captured * prices.S3_GIGABYTE)


@pytest.mark.parametrize(("env", "tenant"), SHOWN, ids=lambda one: getattr(one, "name", one))
def test_what_monitor_model_reads_fits_on_its_disk(env, tenant):
    text = (REPOSITORY / "dags" / "monitor_model.py").read_text(encoding="utf-8")
    ((prod, dev),) = re.findall(r"volume_gigabytes=(\d+) if IS_PROD else (\d+)", text)
    days = len(Span.of("2026-01-01").captured)
    needed = days * costs.captured_gigabytes_a_day(tenant)
    assert 1.3 * needed < int({"prod": prod, "dev": dev}[env])


def test_provisioned_tables_are_paid_for_when_nothing_happens():
    prod = ENVIRONMENTS["prod"]
    capacity = ProvisionedCapacity(minimum=5, maximum=200)
    scaled = dataclasses.replace(prod, serving_capacity=capacity)
    (stored, on_demand), (_, standing) = (
        [line for line in monthly_costs(settings, SMALL) if line.service == "DynamoDB"]
        for settings in (prod, scaled)
    )
    assert stored.stands
    assert not on_demand.stands
    assert standing.stands
    # Six tables and five indexes, at five units each.
    assert standing.dollars > 5 * on_demand.dollars


@pytest.mark.slow
def test_what_is_counted_is_what_the_templates_have(assembly):
    settings = ENVIRONMENTS[environment(assembly)]
    (told,) = (
        line.what
        for line in monthly_costs(settings, SMALL)
        if line.service == "CloudWatch" and "alarms" in line.what
    )
    alarms = len(resources(assembly, "AWS::CloudWatch::Alarm"))
    composite = len(resources(assembly, "AWS::CloudWatch::CompositeAlarm"))
    assert told.startswith(f"{alarms} alarms, {composite} composite ones")
    assert len(resources(assembly, "AWS::KMS::Key")) == costs._KEYS
    assert len(resources(assembly, "AWS::EC2::NatGateway")) == settings.airflow_nat_gateways
    ((_, database),) = resources(assembly, "AWS::RDS::DBInstance")
    assert database["DBInstanceClass"] == costs._BOOKING_INSTANCE
    assert database["AllocatedStorage"] == str(costs._BOOKING_GIGABYTES)
    units = [
        table["ProvisionedThroughput"]
        for _, table in resources(assembly, "AWS::DynamoDB::Table")
        if "ProvisionedThroughput" in table
    ]
    assert bool(units) == (settings.serving_capacity is not None)
