"""The name of every resource, in one place: infra, DAGs, jobs and Lambdas read it from here.

Pure: a name depends on the environment (`dev`, `prod`) and on nothing else.
An unknown environment or resource raises `UnknownNameError`, so that a typing mistake
fails at once and not as an access denied error of a bucket that never existed.
"""

from __future__ import annotations

from typing import Final

ENVIRONMENTS: Final = ("dev", "prod")

SOURCES: Final = (
    "artists",
    "venues",
    "events",
    "ticket_sales",
    "listens",
    "artist_popularity",
)

GOLD_TABLES: Final = (
    "ticket_sales_daily",
    "event_performance",
    "artist_popularity_daily",
    "venue_utilisation",
    "trending_artists",
    "fan_artist_affinity",
)

# Ends the name of every bucket, as "-acme" would: no two accounts of the world can have buckets of
# one name. Set before the first deployment; another suffix later means other, empty buckets.
BUCKET_SUFFIX: Final = ""
BUCKETS: Final = ("landing", "lake", "artist-data", "event-reports", "airflow", "access-logs")
DATABASES: Final = ("landing", "silver", "quarantine", "gold")
# What load_serving_tables fills from the marts.
SERVING_TABLES: Final = ("Artists", "Venues", "Events", "EventAnalytics", "Trends")
# And what train_recommender fills: answers for when the endpoint is gone.
DYNAMODB_TABLES: Final = (*SERVING_TABLES, "Recommendations")
GLUE_JOBS: Final = (
    "clean_sources",
    "build_marts",
    "process_artist_images",
    "publish_event_reports",
    "maintain_lake",
)
CRAWLERS: Final = ("landing", "quarantine")
LAMBDA_FUNCTIONS: Final = ("RecommendArtist", "FetchEventAnalytics", "FetchTrends")
# The API's only stage: the first part of its paths, and a dimension of its metrics.
API_STAGE: Final = "v1"
# Who holds keys of the API: anybody's pages and apps, and our own people.
API_PLANS: Final = ("public", "staff")

# What Spark, Athena and the CDK call the Iceberg catalog.
ICEBERG_CATALOG: Final = "glue_catalog"

# Where Glue logs unless told otherwise; every environment of an account shares these.
# Our jobs log under `glue_log_prefix` instead, so that each environment has its own retention.
GLUE_OUTPUT_LOG_GROUP: Final = "/aws-glue/jobs/output"
GLUE_ERROR_LOG_GROUP: Final = "/aws-glue/jobs/error"
CRAWLER_LOG_GROUP: Final = "/aws-glue/crawlers"

# SageMaker's groups cannot be chosen. Those of jobs are one for the whole account;
# an endpoint has its own, `<prefix>/<endpoint>`.
TRAINING_LOG_GROUP: Final = "/aws/sagemaker/TrainingJobs"
PROCESSING_LOG_GROUP: Final = "/aws/sagemaker/ProcessingJobs"
NOTEBOOK_LOG_GROUP: Final = "/aws/sagemaker/NotebookInstances"
ENDPOINT_LOG_PREFIX: Final = "/aws/sagemaker/Endpoints"

# The lake bucket's folders, one a purpose: IAM policies grant them one by one.
SILVER_PREFIX: Final = "silver"
QUARANTINE_PREFIX: Final = "quarantine"
# Which quarantined rows a later delivery made good.
RELEASED_PREFIX: Final = "released"
LEDGER_PREFIX: Final = "ledger"
RUNS_PREFIX: Final = "runs"
GOLD_PREFIX: Final = "gold"
ATHENA_RESULTS_PREFIX: Final = "athena-results"
# What Athena's connector puts aside when an answer is too long for its function.
ATHENA_SPILL_PREFIX: Final = "athena-spill"
# Books and journals of the loads into DynamoDB, a folder a feed.
SERVING_PREFIX: Final = "serving"
# What a training job reads: a copy of its features, a folder a run.
TRAINING_PREFIX: Final = "training"
# What training made: model.tar.gz and the evaluation beside it.
MODELS_PREFIX: Final = "models"
# Recommendations for all fans, on their way into DynamoDB.
RECOMMENDATIONS_PREFIX: Final = "recommendations"
# Requests and answers of the endpoint, as SageMaker's data capture lays them out.
ENDPOINT_CAPTURE_PREFIX: Final = "endpoint-capture"
# What monitor_model reads and finds: a folder a run, and a page a business date.
MONITORING_PREFIX: Final = "monitoring"

# The inference id of questions whose answers no fan gets to see: data capture keeps it.
UNATTENDED_INFERENCE: Final = "unattended"

# What bookers and finance keep by hand: the database of the instance, and its schema.
BOOKING_DATABASE: Final = "booking"
BOOKING_SCHEMA: Final = "booking"

# The books of all deliveries, a file a source, and the manifest by which QuickSight finds them.
DELIVERY_BOOKS_PREFIX: Final = f"{LEDGER_PREFIX}/deliveries"
DELIVERY_BOOKS_MANIFEST_KEY: Final = f"{LEDGER_PREFIX}/deliveries.manifest.json"

# What MWAA runs on, in the bucket `airflow`: a folder a release, never changed but for its DAGs.
RELEASES_PREFIX: Final = "releases"
# MWAA logs of each of these; it makes the names of the groups.
AIRFLOW_LOGS: Final = ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker")

# The endpoint has one variant: a rollout replaces what is behind it.
ENDPOINT_VARIANT: Final = "live"
# Metrics of the endpoint whose alarm rolls a rollout back.
ENDPOINT_ALARMS: Final = ("5xx", "latency")

# Whom an alarm reaches: those on duty at once, or a queue that is read on working days.
ALARM_TOPICS: Final = ("page", "ticket")


class UnknownNameError(ValueError):
    """The caller asked for the name of something that the platform does not have."""


def bucket(env: str, purpose: str) -> str:
    """`rlm-dev-landing` for `("dev", "landing")`, and BUCKET_SUFFIX."""
    return f"rlm-{_environment(env)}-{_known('bucket', purpose, BUCKETS)}{BUCKET_SUFFIX}"


def database(env: str, layer: str) -> str:
    """`rlm_dev_silver` for `("dev", "silver")`: Glue and Athena take no hyphens."""
    return f"rlm_{_environment(env)}_{_known('database', layer, DATABASES)}"


def dynamodb_table(env: str, entity: str) -> str:
    """`rlm-dev-Artists` for `("dev", "Artists")`."""
    return f"rlm-{_environment(env)}-{_known('DynamoDB table', entity, DYNAMODB_TABLES)}"


def glue_job(env: str, job: str) -> str:
    """`rlm-dev-clean-sources` for `("dev", "clean_sources")`, the job's script's stem."""
    return f"rlm-{_environment(env)}-{_known('Glue job', job, GLUE_JOBS).replace('_', '-')}"


def crawler(env: str, layer: str) -> str:
    """`rlm-dev-landing` for `("dev", "landing")`."""
    return f"rlm-{_environment(env)}-{_known('crawler', layer, CRAWLERS)}"


def glue_log_prefix(env: str) -> str:
    """`/rlm/dev/glue`: our jobs log to `/rlm/dev/glue/output` and `/rlm/dev/glue/error`."""
    return f"/rlm/{_environment(env)}/glue"


def stack(env: str, subject: str) -> str:
    """`rlm-dev-storage` for `("dev", "storage")`: one CloudFormation stack a subject."""
    return f"rlm-{_environment(env)}-{subject}"


def silver_table(env: str, source: str) -> str:
    """`glue_catalog.rlm_dev_silver.artists`, as Spark SQL names it."""
    return f"{ICEBERG_CATALOG}.{database(env, 'silver')}.{_known('source', source, SOURCES)}"


def gold_table(env: str, table: str) -> str:
    """`glue_catalog.rlm_dev_gold.event_performance`, as Spark SQL names it."""
    return f"{ICEBERG_CATALOG}.{database(env, 'gold')}.{_known('gold table', table, GOLD_TABLES)}"


def athena_workgroup(env: str) -> str:
    """`rlm-dev`: every query of the platform runs in it."""
    return f"rlm-{_environment(env)}"


def dynamodb_catalog(env: str) -> str:
    """`rlm_dev_dynamodb`: Athena's catalog of the serving tables, as SQL names it."""
    return f"rlm_{_environment(env)}_dynamodb"


def dynamodb_connector(env: str) -> str:
    """`rlm-dev-dynamodb`: the function that answers for that catalog."""
    return f"rlm-{_environment(env)}-dynamodb"


def serving_database(env: str) -> str:
    """`rlm_dev_serving`: describes the serving tables' columns to the connector."""
    return f"rlm_{_environment(env)}_serving"


def booking_instance(env: str) -> str:
    """`rlm-dev-booking`: the PostgreSQL instance with sales targets and access rules."""
    return f"rlm-{_environment(env)}-booking"


def booking_secret(env: str) -> str:
    """`rlm-dev-booking`: user, password and address of that instance, as JSON."""
    return f"rlm-{_environment(env)}-booking"


def booking_network(env: str) -> str:
    """`rlm-dev-booking`: the subnets that the instance stands in, and QuickSight's way there."""
    return f"rlm-{_environment(env)}-booking"


def network_log_group(env: str) -> str:
    """`/rlm/dev/network`: what was refused on its way into the network."""
    return f"/rlm/{_environment(env)}/network"


def connector_log_group(env: str) -> str:
    """`/aws/lambda/rlm-dev-dynamodb`, where Lambda looks for it."""
    return f"/aws/lambda/{dynamodb_connector(env)}"


def quicksight_prefix(env: str) -> str:
    """`rlm-dev-`: the ids of an environment's data sets, dashboards and folders begin with it."""
    return f"rlm-{_environment(env)}-"


def quicksight_role(env: str) -> str:
    """`rlm-dev-quicksight`: what QuickSight reads the lake as."""
    return f"rlm-{_environment(env)}-quicksight"


def recommender_image(env: str) -> str:
    """`rlm-dev-recommender`: the ECR repository of the image that trains and serves."""
    return f"rlm-{_environment(env)}-recommender"


def model_package_group(env: str) -> str:
    """`rlm-dev-recommender`: one version in it for every model that was trained."""
    return f"rlm-{_environment(env)}-recommender"


def endpoint(env: str) -> str:
    """`rlm-dev-recommender`: made and updated by train_recommender."""
    return f"rlm-{_environment(env)}-recommender"


def endpoint_alarm(env: str, metric: str) -> str:
    """`rlm-dev-recommender-5xx` for `("dev", "5xx")`."""
    return f"{endpoint(env)}-{_known('endpoint alarm', metric, ENDPOINT_ALARMS)}"


def endpoint_log_group(env: str) -> str:
    """`/aws/sagemaker/Endpoints/rlm-dev-recommender`, as SageMaker calls it."""
    return f"{ENDPOINT_LOG_PREFIX}/{endpoint(env)}"


def sagemaker_role(env: str) -> str:
    """`rlm-dev-sagemaker`: what training, evaluation and the endpoint run as."""
    return f"rlm-{_environment(env)}-sagemaker"


def notebook(env: str) -> str:
    """`rlm-dev-exploration`: the notebook instance with the lake at hand."""
    return f"rlm-{_environment(env)}-exploration"


def airflow(env: str) -> str:
    """`rlm-dev-mwaa`: the MWAA environment, its network, and the role that its tasks act as."""
    return f"rlm-{_environment(env)}-mwaa"


def airflow_log_group(env: str, logs: str) -> str:
    """`airflow-rlm-dev-mwaa-Task` for `("dev", "Task")`, where MWAA looks for it."""
    return f"airflow-{airflow(env)}-{_known('log of Airflow', logs, AIRFLOW_LOGS)}"


def airflow_network_log_group(env: str) -> str:
    """`/rlm/dev/airflow-network`: what was refused on its way into Airflow's network."""
    return f"/rlm/{_environment(env)}/airflow-network"


def airflow_secrets_prefix(env: str) -> str:
    """`rlm-dev/airflow`: connections and variables that Airflow finds in Secrets Manager."""
    return f"rlm-{_environment(env)}/airflow"


def lambda_function(env: str, function: str) -> str:
    """`rlm-dev-FetchTrends` for `("dev", "FetchTrends")`."""
    return f"rlm-{_environment(env)}-{_known('function', function, LAMBDA_FUNCTIONS)}"


def function_log_group(env: str, function: str) -> str:
    """`/aws/lambda/rlm-dev-FetchTrends`, where Lambda looks for it."""
    return f"/aws/lambda/{lambda_function(env, function)}"


def rest_api(env: str) -> str:
    """`rlm-dev-api`: the REST API, and the ApiName of its metrics."""
    return f"rlm-{_environment(env)}-api"


def api_plan(env: str, plan: str) -> str:
    """`rlm-dev-public` for `("dev", "public")`: a usage plan and its first key."""
    return f"rlm-{_environment(env)}-{_known('usage plan', plan, API_PLANS)}"


def api_alarm(env: str, subject: str) -> str:
    """`rlm-dev-api-FetchTrends-errors` for `("dev", "FetchTrends-errors")`."""
    return f"{rest_api(env)}-{subject}"


def alarm(env: str, subject: str) -> str:
    """`rlm-dev-dag-build_marts-stale` for `("dev", "dag-build_marts-stale")`."""
    return f"rlm-{_environment(env)}-{subject}"


def alarm_topic(env: str, severity: str) -> str:
    """`rlm-dev-page` for `("dev", "page")`: the SNS topic that people subscribe to."""
    return f"rlm-{_environment(env)}-{_known('alarm topic', severity, ALARM_TOPICS)}"


def monitoring_dashboard(env: str) -> str:
    """`rlm-dev`: CloudWatch's dashboard of the platform."""
    return f"rlm-{_environment(env)}"


def _environment(env: str) -> str:
    return _known("environment", env, ENVIRONMENTS)


def _known(kind: str, name: str, names: tuple[str, ...]) -> str:
    if name not in names:
        raise UnknownNameError(f"no {kind} named {name!r}; there are {', '.join(names)}")
    return name
