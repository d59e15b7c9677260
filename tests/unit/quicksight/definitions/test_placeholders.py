from __future__ import annotations

import pytest

from rlm.quicksight.definitions.findings import DefinitionError
from rlm.quicksight.definitions.placeholders import asset_id, placeholders

KNOWN = placeholders(
    "dev",
    "123456789012",
    "eu-central-1",
    data_sources=["lake"],
    data_sets=["ticket_sales"],
    extra={"user": "arn:aws:quicksight:eu-central-1:123456789012:user/default/ann"},
)


def test_what_differs_between_environments_is_filled_in() -> None:
    filled = KNOWN.fill_tree(
        {
            "Name": "Sales in ${env}",
            "DataSourceArn": "${data_source.lake.arn}",
            "Sql": "SELECT * FROM ${database.gold}.sales -- ${ env }",
            "Columns": [{"Type": "STRING", "Size": 3}, "${data_set.ticket_sales.id}"],
        },
        file="data_sets/ticket_sales.yaml",
    )
    assert filled == {
        "Name": "Sales in dev",
        "DataSourceArn": "arn:aws:quicksight:eu-central-1:123456789012:datasource/rlm-dev-lake",
        "Sql": "SELECT * FROM rlm_dev_gold.sales -- dev",
        "Columns": [{"Type": "STRING", "Size": 3}, "rlm-dev-ticket-sales"],
    }


def test_in_formulas_it_is_a_parameter() -> None:
    formulas = {"Expression": "{city} = ${env}", "ConditionExpression": "${Unknown} = 1"}
    assert KNOWN.fill_tree(formulas, file="any.yaml") == formulas


def test_an_unknown_placeholder_is_named_with_file_path_and_the_nearest() -> None:
    with pytest.raises(DefinitionError) as caught:
        KNOWN.fill_tree({"A": [{"B": "${data_source.lke.arn}"}]}, file="data_sets/x.yaml")
    assert str(caught.value).startswith(
        "data_sets/x.yaml: A[0].B: nothing is known as `${data_source.lke.arn}`; "
        "did you mean `${data_source.lake.arn}`? known are account, bucket.access-logs, "
    )


def test_ids_on_aws() -> None:
    assert asset_id("prod", "ticket_sales") == "rlm-prod-ticket-sales"
