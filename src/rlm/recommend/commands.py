"""`rlm recommend`: the recommender from the command line.

Numerical libraries are imported by the command that needs them: `rlm generate` runs without.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False, readable=True)
# As in rlm.recommend.models, which needs scipy; a test compares them.
MODELS = ("default", "tuned", "best", "ensemble", "item-item", "factors", "item-knn", "popularity")


@click.group("recommend")
def recommend_group() -> None:
    """Judge recommenders."""


@recommend_group.command("benchmark", short_help="Measure models on a published split.")
@click.option("--train", required=True, type=_FILE, help="What models are fitted on.")
@click.option("--valid", required=True, type=_FILE, help="What settings were chosen on.")
@click.option("--test", type=_FILE, default=None, show_default=False, help="What is kept back.")
@click.option(
    "--protocol", type=click.Choice(["strict", "full"]), default="strict",
    help="strict: fitted on train alone, and only train is left out of the lists. "
    "full: fitted on train and valid, and both are left out.",
)  # fmt: skip
@click.option(
    "--model", "names", type=click.Choice(MODELS), multiple=True,
    default=("popularity", "default"),
    help="Which ones. default suits the size; tuned chooses its settings within the training part; "
    "best takes whatever time it needs.",
)  # fmt: skip
@click.option("--count", type=click.IntRange(1, 1000), default=20, help="Length of the lists.")
def benchmark_command(
    train: Path, valid: Path, test: Path | None, protocol: str, names: tuple[str, ...], count: int
) -> None:
    """Measure models on a published split: a line a fan, the fan's number, then its artists'.

    Progress and a table go to stderr; each line on stdout is the JSON of one model.
    """
    from rlm.recommend.benchmark import BenchmarkFileError, read_rows, run_benchmark
    from rlm.recommend.models import named_model

    if protocol == "full" and test is None:
        raise click.UsageError("--protocol full fits on --valid too: give --test to judge on")
    try:
        rows = {"train": read_rows(train), "valid": read_rows(valid)}
        kept_back = read_rows(test) if test else None
    except BenchmarkFileError as error:
        raise click.ClickException(str(error)) from error
    head = f"{'model':10} {'part':6} {'fans':>6} {'recall':>7} {'nDCG':>7} {'MAP':>7} {'hit':>6}"
    table = [f"{head} {'coverage':>8} {'fit s':>7} {'score s':>7}   (lists of {count}, {protocol})"]

    def say(line: str) -> None:
        click.echo(line, err=True)

    for name in names:
        result = run_benchmark(
            lambda interactions, name=name: named_model(name, interactions, say),  # type: ignore[misc]
            rows["train"], rows["valid"], kept_back,
            "full" if protocol == "full" else "strict", count,
            say,
        )  # fmt: skip
        click.echo(json.dumps({"name": name, "count": count} | asdict(result)))
        table += [
            f"{name:10} {j.part:6} {j.fans:6,} {j.recall:7.4f} {j.ndcg:7.4f} "
            f"{j.average_precision:7.4f} {j.hit:6.3f} {j.coverage:8.3f} "
            f"{result.fit_seconds:7.2f} {j.score_seconds:7.2f}"
            for j in result.judged
        ]
    click.echo("\n".join(table), err=True)
