"""Deploy an environment whole: `python infra/aws/release.py --env dev`, or `make deploy`.

Packages, shows what would change, asks before what holds data is replaced or removed, deploys the
stacks, pushes the model's image, puts Airflow's files, deploys Airflow, and says where things are.
Each step does only what is left to do: after a failure run it again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from typing import TYPE_CHECKING

from airflow_release import put_release
from assembly import SynthesisError, synthesize
from changes import DiffError, read_changes, shown
from deploy import (
    RELEASE,
    REPOSITORY,
    DeploymentError,
    account_of,
    cdk,
    changed_stacks,
    deploy,
    described_stack,
    target_of,
    tell,
    wanted_stacks,
)
from environments import ENVIRONMENTS
from function_packages import PackageError
from job_library import BuildError
from model_image import push_image
from package import build_package
from refusals import REFUSED, refusal
from rlm import names
from whereabouts import whereabouts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assembly import Assembly
    from deploy import Target


def release(
    env: str,
    target: Target,
    say: Callable[[str], None],
    confirm: Callable[[str], bool],
    without: Sequence[str] = (),
    engine: Callable[[str], str | None] = shutil.which,
) -> bool:
    """Bring `env` to what the checkout is; False when `confirm` said no, before any change.

    `confirm` is asked only when something that holds data would be replaced or removed.
    `engine` finds a program that builds images, by its name.
    """
    account = account_of(target)
    package = build_package(env)
    say(f"packaged: release {package.release}, model image {package.image_tag}")
    assembly = synthesize(env, REPOSITORY)
    mwaa = names.stack(env, "mwaa")
    wanted = wanted_stacks(env, assembly, (), without)
    parameters = {mwaa: {RELEASE: package.release}}
    changed = changed_stacks(target, assembly, wanted, parameters)
    if not _is_wanted(env, target, assembly, changed, say, confirm):
        say("nothing was changed")
        return False
    deploy(env, target, say, without=[*without, *([] if "mwaa" in without else ["mwaa"])])
    push_image(env, target, package, say, engine)
    put_release(env, target, package, say)
    if mwaa in wanted:
        if mwaa in changed:
            say("Airflow takes about half an hour to come up, as long to change")
        deploy(env, target, say, only=["mwaa"], release=package.release)
    say("")
    for line in whereabouts(env, account, target):
        say(line)
    return True


def _is_wanted(
    env: str,
    target: Target,
    assembly: Assembly,
    changed: Sequence[str],
    say: Callable[[str], None],
    confirm: Callable[[str], bool],
) -> bool:
    """Show what differs, and ask where data is at stake."""
    standing = [stack for stack in changed if described_stack(target, stack)]
    for stack in changed:
        if stack not in standing:
            say(f"new: {stack}")
    if not standing:
        return True
    lines = _diff(target, assembly, standing)
    for line in shown(lines):
        say(line)
    at_stake = [
        change.sentence(_physical_name(target, change.stack, change.logical_id))
        for change in read_changes(lines)
        if change.is_destructive
    ]
    if not at_stake:
        return True
    say("This holds data, and would be lost or left behind:")
    for sentence in at_stake:
        say(f"  {sentence}")
    return confirm(env)


def _diff(target: Target, assembly: Assembly, stacks: Sequence[str]) -> list[str]:
    directory = str(assembly.directory)
    arguments = ["diff", *stacks, "--exclusively", "--method=template"]
    return cdk(target, [*arguments, "--app", directory, "--output", directory], stacks, _silent)


def _silent(line: str) -> None:
    """The diff is shown whole."""


def _physical_name(target: Target, stack: str, logical_id: str) -> str:
    found = target.client("cloudformation").describe_stack_resource(
        StackName=stack, LogicalResourceId=logical_id
    )
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


def confirm_by_name(env: str) -> bool:
    """Whether somebody at the terminal typed the environment's name; nobody there is a no."""
    if not sys.stdin.isatty():
        sys.stderr.write("nobody is here to ask: YES=1 says yes beforehand\n")
        return False
    return input(f"Type {env} to go on: ").strip() == env


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--env", required=True, choices=sorted(ENVIRONMENTS))
    parser.add_argument("--endpoint-url", help="the local AWS; default AWS_ENDPOINT_URL, else AWS")
    parser.add_argument("--without", action="append", default=[], help="leave this stack out")
    parser.add_argument(
        "--without-image", action="store_true", help="push no model image, say how to"
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    given = parser.parse_args(arguments)

    try:
        is_done = release(
            given.env,
            target_of(os.environ, given.endpoint_url),
            tell,
            (lambda _: True) if given.yes else confirm_by_name,
            given.without,
            (lambda _: None) if given.without_image else shutil.which,
        )
    except (DeploymentError, SynthesisError, PackageError, BuildError, DiffError) as error:
        sys.stderr.write(f"deployment failed: {error}\n")
        return 1
    except REFUSED as error:
        sys.stderr.write(f"deployment failed: {refusal(error)}\n")
        return 1
    return 0 if is_done else 1


if __name__ == "__main__":
    sys.exit(main())
