"""CloudWatch's metric math: expressions over time series, read and evaluated; pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
What is not served is an error that names it, and never a value.
"""

from __future__ import annotations

from localaws.cloudwatch.metric_math.evaluation import Window, evaluate
from localaws.cloudwatch.metric_math.parser import parse
from localaws.cloudwatch.metric_math.values import MathError, Series, Value

__all__ = ["MathError", "Series", "Value", "Window", "evaluate", "parse"]
