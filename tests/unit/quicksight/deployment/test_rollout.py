"""Plans carried out: what is done, that nothing is done twice, and that a kill does no harm."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from rlm.quicksight.deployment.plan import Action, Options, Plan, make_plan
from rlm.quicksight.deployment.resources import Kind, Wanted
from rlm.quicksight.deployment.rollout import survey
from rlm.quicksight.deployment.service import ServiceError


def _beside() -> Any:
    """The module beside this one: tests are no package, so it is loaded by its path."""
    spec = importlib.util.spec_from_file_location(
        "deployment_world", Path(__file__).with_name("deployment_world.py")
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


W = _beside()


def plan_for(service: Any, wanted: list[Wanted], **options: Any) -> Plan:
    return make_plan(wanted, survey(service, wanted, "dev"), "dev", Options(**options))


def deploy(service: Any, wanted: list[Wanted], **options: Any) -> Plan:
    plan = plan_for(service, wanted, **options)
    W.rollout(service).apply(plan, wanted)
    return plan


def said(plan: Plan) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(s.action.value, f"{s.kind.label} {s.name}", s.keys) for s in plan.steps]


@pytest.fixture
def service() -> Any:
    return W.InMemory()


def test_first_deployment_makes_what_others_need_first(service: Any) -> None:
    plan = deploy(service, W.world())
    assert said(plan) == [
        ("create", "data source lake", ()),
        ("create", "data set ticket_sales", ()),
        ("create", "theme stage", ()),
        ("create", "dashboard ticket_sales", ()),
        ("create", "folder sales", ()),
    ]
    assert [change for change in service.changes if not change.startswith("tag")] == [
        "create rlm-dev-lake",
        "create rlm-dev-ticket-sales",
        "properties rlm-dev-ticket-sales",
        "schedules rlm-dev-ticket-sales",
        "create rlm-dev-stage",
        "create rlm-dev-ticket-sales",
        "permissions rlm-dev-ticket-sales",
        "create rlm-dev-sales",
        "members rlm-dev-sales",
    ]
    version = service.resources[Kind.DASHBOARD, "rlm-dev-ticket-sales"]["versions"][0]
    assert version.description.endswith(" rev abc1234")


def test_nothing_is_done_where_nothing_changed(service: Any) -> None:
    deploy(service, W.world())
    done = len(service.changes)
    plan = deploy(service, W.world(), publish=True)
    assert {step.action for step in plan.steps} == {Action.UNCHANGED}
    assert plan.to_json()["is_empty"] is True
    assert len(service.changes) == done


def test_a_changed_definition_becomes_a_version_that_is_not_published(service: Any) -> None:
    deploy(service, W.world())
    plan = deploy(service, W.world(title="Sales by day"))
    assert [(s.action, s.name, s.keys) for s in plan.changes] == [
        (Action.UPDATE, "ticket_sales", ("Definition.Sheets",))
    ]
    dashboard = service.resources[Kind.DASHBOARD, "rlm-dev-ticket-sales"]
    assert (len(dashboard["versions"]), dashboard["published"]) == (2, 1)
    plan = plan_for(service, W.world(title="Sales by day"))
    assert not plan.changes
    assert [step.note for step in plan.steps if step.note] == [
        "version 2 is not published, 1 is: `rlm dashboards promote ticket_sales`"
    ]
    plan = deploy(service, W.world(title="Sales by day"), publish=True)
    assert [(step.action, step.version) for step in plan.changes] == [(Action.PUBLISH, 2)]
    assert dashboard["published"] == 2


def test_a_changed_query_updates_the_data_set_in_place_and_waits_for_its_rows(service: Any) -> None:
    deploy(service, W.world())
    before = len(service.ingestions["rlm-dev-ticket-sales"])
    plan = deploy(service, W.world(sql="SELECT 2 AS price_cents"))
    assert [(s.action, s.kind, s.keys) for s in plan.changes] == [
        (Action.UPDATE, Kind.DATA_SET, ("PhysicalTableMap",))
    ]
    assert plan.changes[0].differences[0].path == "PhysicalTableMap.t.CustomSql.SqlQuery"
    assert len(service.ingestions["rlm-dev-ticket-sales"]) == before + 1


def test_an_ingestion_that_fails_fails_the_deployment_with_its_error(service: Any) -> None:
    service.ingestion_error = "SQL_EXCEPTION: line 1:15: Column 'x' cannot be resolved"
    with pytest.raises(ServiceError, match="line 1:15: Column 'x' cannot be resolved"):
        deploy(service, W.world())
    # Not taken for done: the next deployment tries again.
    service.ingestion_error = ""
    again = deploy(service, W.world()).changes
    assert [step.kind for step in again] == [
        Kind.DATA_SET,
        Kind.THEME,
        Kind.DASHBOARD,
        Kind.FOLDER,
    ]
    assert not plan_for(service, W.world()).changes


def test_a_version_that_quicksight_refuses_is_told_and_tried_again(service: Any) -> None:
    deploy(service, W.world())
    service.refuses["rlm-dev-ticket-sales"] = "COLUMN_NOT_FOUND: gross"
    changed = W.world(title="Gross")
    with pytest.raises(ServiceError, match="ticket_sales: CREATION_FAILED: COLUMN_NOT_FOUND"):
        deploy(service, changed, publish=True)
    assert service.resources[Kind.DASHBOARD, "rlm-dev-ticket-sales"]["published"] == 1
    service.refuses.clear()
    plan = deploy(service, changed, publish=True)
    assert [(s.action, s.note) for s in plan.changes] == [
        (Action.UPDATE, "version 2 failed"),
        (Action.PUBLISH, ""),
    ]
    assert service.resources[Kind.DASHBOARD, "rlm-dev-ticket-sales"]["published"] == 3


def test_what_others_own_is_neither_changed_nor_deleted(service: Any) -> None:
    lake = next(one for one in W.world() if one.kind is Kind.DATA_SOURCE)
    foreign = Wanted(Kind.DASHBOARD, "rlm-dev-board-of-others", "x", {"Name": "Theirs"})
    service.create(*lake.key, {"Name": "Made by the template"}, {"stack": "rlm-dev"}, "")
    service.create(*foreign.key, foreign.body, {"team": "finance"}, "")
    plan = deploy(service, W.world(), prune=True)
    assert said(plan)[0] == ("unchanged", "data source lake", ())
    assert service.resources[lake.key]["body"]["Name"] == "Made by the template"
    assert foreign.key in service.resources
    blocked = plan_for(service, [*W.world(), foreign])
    assert [step.name for step in blocked.blocked] == ["x"]
    assert "do not say that it is ours" in blocked.blocked[0].note
    with pytest.raises(ServiceError, match="do not say that it is ours"):
        W.rollout(service).apply(blocked, [*W.world(), foreign])


def test_what_the_template_has_to_make_must_be_there(service: Any) -> None:
    source = Wanted(Kind.DATA_SOURCE, "rlm-dev-lake", "lake", {}, is_owned=False)
    plan = plan_for(service, [source])
    assert [(s.action, "deploy the stacks first" in s.note) for s in plan.steps] == [
        (Action.BLOCKED, True)
    ]


def test_what_files_no_longer_have_is_named_and_deleted_only_when_asked(service: Any) -> None:
    deploy(service, W.world())
    left = [one for one in W.world() if one.kind not in (Kind.FOLDER, Kind.DASHBOARD)]
    plan = deploy(service, left)
    # What refers to others goes first.
    assert [s.kind for s in plan.steps if s.action is Action.ORPHANED] == [
        Kind.FOLDER,
        Kind.DASHBOARD,
    ]
    assert "deploy --prune` deletes it" in plan.steps[-1].note
    assert (Kind.DASHBOARD, "rlm-dev-ticket-sales") in service.resources
    deploy(service, left, prune=True)
    assert set(service.resources) == {one.key for one in left}


def test_an_edit_on_the_service_is_not_overwritten_unasked(service: Any) -> None:
    deploy(service, W.world())
    dashboard = next(one for one in W.world() if one.kind is Kind.DASHBOARD)
    edited = {**dashboard.body, "Name": "Edited by hand"}
    service.update(*dashboard.key, edited, "")
    plan = plan_for(service, W.world(), publish=True)
    (blocked,) = plan.blocked
    assert blocked.keys == ("Name",)
    assert "version 2 was made on the service, not from files" in blocked.note
    assert "`rlm dashboards pull ticket_sales`" in blocked.note
    deploy(service, W.world(), publish=True, overwrite=True)
    found = service.resources[dashboard.key]
    assert (found["published"], found["body"]["Name"]) == (3, "Ticket sales")


def test_a_data_set_that_somebody_edited_is_brought_back(service: Any) -> None:
    deploy(service, W.world())
    found = service.resources[Kind.DATA_SET, "rlm-dev-ticket-sales"]
    found["body"]["FieldFolders"] = {"Money": {"columns": ["price_cents"]}}
    plan = deploy(service, W.world())
    assert [(s.action, s.keys) for s in plan.changes] == [
        # All that the service has on top is told now: its own defaults too.
        (Action.UPDATE, ("FieldFolders", "LogicalTableMap"))
    ]
    assert not plan_for(service, W.world()).changes


def test_rights_follow_the_files_and_those_of_others_stay_without_prune(service: Any) -> None:
    deploy(service, W.world())
    rights = service.resources[Kind.DASHBOARD, "rlm-dev-ticket-sales"]["permissions"]
    rights["user/guest"] = frozenset({"quicksight:QueryDashboard"})
    rights["group/bookers"] = frozenset({"quicksight:DeleteDashboard"})
    plan = deploy(service, W.world())
    assert [(s.action, s.keys) for s in plan.changes] == [(Action.UPDATE, ("Permissions",))]
    assert rights == {
        "user/guest": frozenset({"quicksight:QueryDashboard"}),
        "group/bookers": frozenset({"quicksight:DescribeDashboard"}),
    }
    assert len(service.resources[Kind.DASHBOARD, "rlm-dev-ticket-sales"]["versions"]) == 1
    deploy(service, W.world(), prune=True)
    assert set(rights) == {"group/bookers"}


def test_links_and_tags_follow_the_files(service: Any) -> None:
    deploy(service, W.world())
    wanted = [
        dataclasses.replace(
            one,
            tags={"team": "booking"},
            link_permissions={"namespace/default": frozenset({"quicksight:QueryDashboard"})},
        )
        if one.kind is Kind.DASHBOARD
        else one
        for one in W.world()
    ]
    plan = deploy(service, wanted)
    assert [(s.action, s.keys) for s in plan.changes] == [
        (Action.UPDATE, ("LinkSharingConfiguration", "Tags"))
    ]
    found = service.resources[Kind.DASHBOARD, "rlm-dev-ticket-sales"]
    assert service.tags(found["arn"])["team"] == "booking"
    assert set(found["link_permissions"]) == {"namespace/default"}
    assert not plan_for(service, wanted).changes


def test_schedules_of_others_stay(service: Any) -> None:
    deploy(service, W.world())
    found = service.resources[Kind.DATA_SET, "rlm-dev-ticket-sales"]
    found["schedules"] += [{"ScheduleId": "by-hand"}]
    assert not plan_for(service, W.world()).changes
    wanted = [
        dataclasses.replace(one, schedules=({"ScheduleId": "hourly", "RefreshType": "x"},))
        if one.kind is Kind.DATA_SET
        else one
        for one in W.world()
    ]
    plan = deploy(service, wanted)
    assert [step.keys for step in plan.changes] == [("RefreshSchedules",)]
    assert [one["ScheduleId"] for one in found["schedules"]] == ["by-hand", "hourly"]


def test_what_others_put_into_a_folder_stays_without_prune(service: Any) -> None:
    deploy(service, W.world())
    folder = service.resources[Kind.FOLDER, "rlm-dev-sales"]
    folder["members"].append((Kind.DASHBOARD, "theirs"))
    assert not plan_for(service, W.world()).changes
    plan = deploy(service, W.world(), prune=True)
    assert [step.keys for step in plan.changes] == [("Members",)]
    assert folder["members"] == [(Kind.DASHBOARD, "rlm-dev-ticket-sales")]


def test_only_some_are_deployed_where_some_are_named(service: Any) -> None:
    deploy(service, W.world())
    changed = W.world(title="Other", sql="SELECT 3 AS price_cents")
    only = frozenset({(Kind.DATA_SET, "rlm-dev-ticket-sales")})
    plan = deploy(service, changed, only=only, prune=True)
    assert [step.kind for step in plan.steps] == [Kind.DATA_SET]


def changes_of(first: list[Wanted], second: list[Wanted], **options: Any) -> int:
    service = W.InMemory()
    deploy(service, first)
    before = len(service.changes)
    deploy(service, second, **options)
    return len(service.changes) - before


CASES = {
    "first deployment": ([], W.world(), {"publish": True}),
    "all changes": (W.world(), W.world("Other", "SELECT 4 AS price_cents"), {"publish": True}),
    "files go": (W.world(), W.world()[2:], {"prune": True}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("moment", ["cut_before", "cut_after"])
def test_a_kill_anywhere_leaves_what_a_second_run_finishes(case: str, moment: str) -> None:
    first, second, options = CASES[case]
    straight = W.InMemory()
    deploy(straight, first)
    deploy(straight, second, **options)
    total = changes_of(first, second, **options)
    assert total >= 2
    for nth in range(total):
        service = W.InMemory()
        deploy(service, first)
        done = len(service.changes)
        setattr(service, moment, done + nth + (moment == "cut_after"))
        with pytest.raises(W.CutOffError):
            deploy(service, second, **options)
        setattr(service, moment, None)
        deploy(service, second, **options)
        assert service.end_state() == straight.end_state(), (case, moment, nth)
        assert not plan_for(service, second, **options).changes, (case, moment, nth)
