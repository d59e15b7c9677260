"""What AWS asks for: list prices in dollars, of one region and one month.

They change, and other regions cost a tenth more or less: put in today's before a decision hangs on
them. Nothing here reads them from AWS.
"""

from __future__ import annotations

from typing import Final

AS_OF: Final = "2026-11"
REGION: Final = "us-east-1"
SOURCE: Final = (
    "AWS's public price pages of each service, list prices on demand, without free tiers, credits,"
    " savings plans or tax"
)

HOURS_A_MONTH: Final = 730
DAYS_A_MONTH: Final = 30.4

# An hour of an environment, its first worker, schedulers and page included; of each more worker.
MWAA_HOUR: Final = {"mw1.small": 0.49, "mw1.medium": 0.74, "mw1.large": 0.99}
MWAA_WORKER_HOUR: Final = {"mw1.small": 0.055, "mw1.medium": 0.11, "mw1.large": 0.22}
MWAA_DATABASE_GIGABYTE: Final = 0.10

NAT_HOUR: Final = 0.045
NAT_GIGABYTE: Final = 0.045
PUBLIC_ADDRESS_HOUR: Final = 0.005

GLUE_DPU_HOUR: Final = 0.44
ATHENA_TERABYTE: Final = 5.00

# Standard; what has cooled down costs about half of it.
S3_GIGABYTE: Final = 0.023
S3_COLD_GIGABYTE: Final = 0.0125
S3_THOUSAND_WRITES: Final = 0.005
S3_THOUSAND_READS: Final = 0.0004

DYNAMODB_MILLION_WRITES: Final = 0.625
DYNAMODB_MILLION_READS: Final = 0.125
DYNAMODB_WRITE_UNIT_HOUR: Final = 0.00065
DYNAMODB_READ_UNIT_HOUR: Final = 0.00013
# With the copy that it can be restored from.
DYNAMODB_GIGABYTE: Final = 0.25 + 0.20

SAGEMAKER_HOUR: Final = {
    "ml.t2.large": 0.111,
    "ml.t3.medium": 0.05,
    "ml.m5.large": 0.115,
    "ml.m5.2xlarge": 0.461,
    "ml.m5.4xlarge": 0.922,
    "ml.c5.2xlarge": 0.408,
}

API_MILLION_REQUESTS: Final = 3.50
LAMBDA_MILLION_REQUESTS: Final = 0.20
LAMBDA_GIGABYTE_SECOND: Final = 0.0000133334
OUTBOUND_GIGABYTE: Final = 0.09

QUICKSIGHT_AUTHOR: Final = 24.00
QUICKSIGHT_READER: Final = 3.00
SPICE_GIGABYTE: Final = 0.38

RDS_HOUR: Final = {"db.t4g.micro": 0.016}
RDS_GIGABYTE: Final = 0.115

ALARM: Final = 0.10
COMPOSITE_ALARM: Final = 0.50
METRIC: Final = 0.30
CLOUDWATCH_DASHBOARD: Final = 3.00
LOGS_GIGABYTE: Final = 0.50
LOGS_KEPT_GIGABYTE: Final = 0.03

KMS_KEY: Final = 1.00
SECRET: Final = 0.40
ECR_GIGABYTE: Final = 0.10
