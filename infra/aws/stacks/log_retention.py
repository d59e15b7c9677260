"""How long log groups remember, in the words of the CDK."""

from __future__ import annotations

from aws_cdk import aws_logs as logs

_BY_DAYS = {
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}


def retention(days: int) -> logs.RetentionDays:
    """CloudWatch Logs knows some numbers of days and no others: raises ValueError for those."""
    if days not in _BY_DAYS:
        raise ValueError(f"log_retention_days is {days}, expected one of {sorted(_BY_DAYS)}")
    return _BY_DAYS[days]
