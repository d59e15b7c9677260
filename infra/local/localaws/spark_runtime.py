"""Glue 5.1's Spark on this machine: the jars, the settings and the environment a program needs.

On AWS the Glue runtime brings its own spark-defaults.conf. This module writes ours: everything
that differs from AWS (jars, endpoint, path-style addressing, two cores) is in that file and in
the environment, so a job script is the same in both places. Jobs, tests and benchmarks get
their Spark from here; a test or a benchmark, before its first SparkSession:

    runtime = SparkRuntime(python=Path(sys.executable), jars=jars, endpoint=endpoint)
    conf_dir = write_spark_conf(runtime, work / "conf", work / "scratch",
                                extra=iceberg_catalog_conf("s3://rlm-dev-lake/silver"))
    os.environ.update(spark_environment(runtime, conf_dir))

Only the standard library is used: it is imported by the gateway and by the Glue environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

S3A_JARS = ("hadoop-aws-", "aws-java-sdk-bundle-")
# What Glue puts on the class path for `--datalake-formats`, of the formats it knows.
DATALAKE_FORMAT_JARS = {"iceberg": ("iceberg-spark-runtime-", "iceberg-aws-bundle-")}
KNOWN_DATALAKE_FORMATS = ("delta", "hudi", "iceberg")
ICEBERG_CATALOG = "glue_catalog"
# A run of a minute spends half of its CPU in the JVM's optimizing compiler on code that it leaves
# again. Ten times Java's thresholds compile only what stays hot: a fifth to a third less CPU.
COMPILE_LATE = (
    "-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000 "
    "-XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000"
)
# Without that compiler a short program needs half the CPU; loops over millions of rows miss it.
# Java then has room for 48 MB of code, which Spark overruns: methods would be thrown out and
# compiled again, for a tenth of the CPU.
COMPILE_NEVER = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m"


class SparkRuntimeError(RuntimeError):
    """The Spark runtime is not installed as expected; the message names what is missing."""


@dataclass(frozen=True)
class SparkRuntime:
    """Where Glue's Spark is installed, and how much of this machine one program may use.

    `is_short_lived` is for tests: quick to start, slow on millions of rows.
    """

    python: Path
    jars: Path
    endpoint: str = "http://127.0.0.1:4566"
    region: str = "us-east-1"
    cores: int = 2
    driver_memory: str = "4g"
    is_short_lived: bool = False

    def jar_paths(self, datalake_formats: tuple[str, ...] = ("iceberg",)) -> list[Path]:
        """The jars for reading `s3://` and for the given table formats, each found exactly once."""
        prefixes = list(S3A_JARS)
        for name in datalake_formats:
            if name not in DATALAKE_FORMAT_JARS:
                raise SparkRuntimeError(
                    f"--datalake-formats {name}: this runtime has {sorted(DATALAKE_FORMAT_JARS)}"
                )
            prefixes += DATALAKE_FORMAT_JARS[name]
        return [self._jar(prefix) for prefix in prefixes]

    def spark_jars(self) -> Path:
        """The folder of Spark's own jars, in the environment of `python`."""
        found = sorted(self.python.parent.parent.glob("lib/python*/site-packages/pyspark/jars"))
        if len(found) != 1:
            raise SparkRuntimeError(
                f"{self.python}: its environment holds no pyspark; "
                "install infra/local/glue/requirements.lock there"
            )
        return found[0]

    def _jar(self, prefix: str) -> Path:
        found = sorted(self.jars.glob(f"{prefix}*.jar"))
        if len(found) != 1:
            raise SparkRuntimeError(
                f"{self.jars}: expected one {prefix}*.jar, found {[jar.name for jar in found]}; "
                "run mvn -q -B -f infra/local/glue/pom.xml dependency:copy-dependencies "
                f"-DoutputDirectory={self.jars}"
            )
        return found[0].resolve()


def spark_defaults(
    runtime: SparkRuntime, scratch: Path, datalake_formats: tuple[str, ...] = ("iceberg",)
) -> dict[str, str]:
    """The content of spark-defaults.conf for one program that may write below `scratch`.

    Jars go on the class path, not into `spark.jars`: Spark would copy 400 MB for each run.
    Spark's own come first: Iceberg's bundle holds another log4j, which would win otherwise.
    """
    jars = [str(jar) for jar in runtime.jar_paths(datalake_formats)]
    class_path = os.pathsep.join([str(runtime.spark_jars() / "*"), *jars])
    return {
        "spark.master": f"local[{runtime.cores}]",
        "spark.driver.memory": runtime.driver_memory,
        "spark.driver.extraClassPath": class_path,
        "spark.executor.extraClassPath": class_path,
        # Temporary files of a JVM would land in /tmp and outlive a killed run.
        "spark.driver.extraJavaOptions": (
            f'"-Djava.io.tmpdir={scratch}" -Duser.timezone=UTC -XX:+UseParallelGC '
            # Java leaves methods as long as those that Spark writes for a wide row uncompiled.
            "-XX:-DontCompileHugeMethods "
            f"{COMPILE_NEVER if runtime.is_short_lived else COMPILE_LATE}"
        ),
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "spark-warehouse"),
        "spark.hadoop.hadoop.tmp.dir": str(scratch / "hadoop"),
        # Nothing listens on anything but loopback.
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Each plan is written out for a page that nobody can open here; the long form of it takes
        # seconds of a small load.
        "spark.sql.ui.explainMode": "simple",
        "spark.port.maxRetries": "64",
        # 200 partitions are for a cluster; adaptive execution still splits what is too large.
        "spark.sql.shuffle.partitions": str(runtime.cores * 4),
        "spark.default.parallelism": str(runtime.cores * 2),
        "spark.sql.session.timeZone": "UTC",
        # s3:// is read with S3A, as Glue 5.1 does.
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": runtime.endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": runtime.region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.aws.credentials.provider": (
            "com.amazonaws.auth.EnvironmentVariableCredentialsProvider"
        ),
        # Bucket names are no host names here. The rest of a catalog is said by the job.
        f"spark.sql.catalog.{ICEBERG_CATALOG}.s3.path-style-access": "true",
    }


def iceberg_catalog_conf(warehouse: str) -> dict[str, str]:
    """What a Glue job says in `--conf` to use the Glue Data Catalog as `glue_catalog`."""
    catalog = f"spark.sql.catalog.{ICEBERG_CATALOG}"
    return {
        "spark.sql.extensions": (
            "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
        ),
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{catalog}.warehouse": warehouse,
    }


def write_spark_conf(
    runtime: SparkRuntime,
    conf_dir: Path,
    scratch: Path,
    datalake_formats: tuple[str, ...] = ("iceberg",),
    extra: dict[str, str] | None = None,
) -> Path:
    """Write spark-defaults.conf and log4j2.properties; returns the folder for SPARK_CONF_DIR.

    `extra` wins over the defaults, as a job's `--conf` does.
    """
    conf_dir.mkdir(parents=True, exist_ok=True)
    scratch.mkdir(parents=True, exist_ok=True)
    settings = spark_defaults(runtime, scratch.resolve(), datalake_formats) | (extra or {})
    lines = [f"{key} {value}" for key, value in sorted(settings.items())]
    (conf_dir / "spark-defaults.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (conf_dir / "log4j2.properties").write_text(LOG4J2, encoding="utf-8")
    return conf_dir.resolve()


def spark_environment(
    runtime: SparkRuntime, conf_dir: Path, base: dict[str, str] | None = None
) -> dict[str, str]:
    """The environment in which pyspark, boto3 and the Java SDKs all find the local AWS.

    Credentials in `base` are kept; without any, ones that the local AWS accepts are set.
    """
    environment = dict(os.environ if base is None else base)
    environment.setdefault("AWS_ACCESS_KEY_ID", "test")
    environment.setdefault("AWS_SECRET_ACCESS_KEY", "test")
    environment |= {
        "AWS_ENDPOINT_URL": runtime.endpoint,
        "AWS_REGION": runtime.region,
        "AWS_DEFAULT_REGION": runtime.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SPARK_CONF_DIR": str(conf_dir),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
        "PYSPARK_PYTHON": str(runtime.python),
        "PYSPARK_DRIVER_PYTHON": str(runtime.python),
        "TZ": "UTC",
    }
    # One of these from outside would put other jars, or another Spark, under the program.
    for name in ("SPARK_HOME", "PYSPARK_SUBMIT_ARGS", "SPARK_SUBMIT_OPTS", "AWS_PROFILE"):
        environment.pop(name, None)
    return environment


LOG4J2 = """\
# Spark's own chatter stays out of the error log; warnings and errors are kept.
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSS}{UTC}Z %p %c{1}: %m%n%ex
# Says at each start that no native Hadoop library is there: none is shipped with pyspark.
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
# Warn at each start of what is set on purpose, or needs no setting.
logger.conf.name = org.apache.spark.SparkConf
logger.conf.level = error
logger.metrics.name = org.apache.hadoop.metrics2.impl.MetricsConfig
logger.metrics.level = error
"""
