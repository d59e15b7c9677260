"""What a month may cost, and who hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_budgets as budgets

if TYPE_CHECKING:
    import aws_cdk as cdk
    from aws_cdk import aws_sns as sns

    from rlm.monitoring.alarm import Budget


def add_budget(stack: cdk.Stack, budget: Budget, env: str, topic: sns.Topic) -> None:
    """Of all that carries the environment's tag; costs know tags that the account activated."""
    thresholds = [("ACTUAL", percent) for percent in budget.spent_percent]
    thresholds += [("FORECASTED", percent) for percent in budget.foreseen_percent]
    budgets.CfnBudget(
        stack,
        "CostBudget",
        budget=budgets.CfnBudget.BudgetDataProperty(
            budget_name=budget.name,
            budget_type="COST",
            time_unit="MONTHLY",
            budget_limit=budgets.CfnBudget.SpendProperty(amount=budget.monthly_dollars, unit="USD"),
            cost_filters={"TagKeyValue": [f"user:environment${env}"]},
        ),
        notifications_with_subscribers=[
            budgets.CfnBudget.NotificationWithSubscribersProperty(
                notification=budgets.CfnBudget.NotificationProperty(
                    notification_type=kind,
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                ),
                subscribers=[
                    budgets.CfnBudget.SubscriberProperty(
                        subscription_type="SNS", address=topic.topic_arn
                    )
                ],
            )
            for kind, percent in thresholds
        ],
    )
