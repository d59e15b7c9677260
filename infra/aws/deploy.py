"""Deploy every stack of an environment: `python infra/aws/deploy.py --env dev`.

Deploys to wherever the AWS SDKs' own settings point (`AWS_REGION`, credentials, and
`AWS_ENDPOINT_URL` or `--endpoint-url` for the local AWS).
Bootstraps the account for the CDK when it is not.
Run again, it deploys only what changed; with nothing changed it reads and changes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from assembly import Assembly, SynthesisError, synthesize
from environments import ENVIRONMENTS
from refusals import REFUSED, refusal
from rlm import names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CDK = HERE / "node_modules" / ".bin" / "cdk"

# What `cdk bootstrap` leaves behind, and the least version that our CDK writes assets for.
_BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
_BOOTSTRAP_STACK = "CDKToolkit"
_BOOTSTRAP_MINIMUM = 21
_DEPLOYED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
# The parameter of MWAA's stack.
RELEASE = "Release"
# Of the CDK's hundred lines, those that tell how far it is and what went wrong.
_WORTH_SAYING = ("✅", "❌", "_FAILED", "ROLLBACK", "rror:")


class DeploymentError(Exception):
    """Something is missing or a stack failed; the message says which and why."""


@dataclass(frozen=True)
class Target:
    """Where to deploy. `environ` is what the CDK's own processes get."""

    region: str
    endpoint_url: str | None
    environ: Mapping[str, str]

    def client(self, service: str) -> Any:
        # The stubs know services by literal names only.
        return cast("Any", boto3).client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint_url,
            config=Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 3}),
        )


def deploy(
    env: str,
    target: Target,
    say: Callable[[str], None] = print,
    only: Sequence[str] = (),
    without: Sequence[str] = (),
    release: str | None = None,
) -> list[str]:
    """Bring the stacks of `env` to what the sources say; returns the names of those changed.

    `only` names some by their subject (`api`): they and nothing that they depend on.
    `without` leaves some out: `network`, where there is none.
    `release` is what MWAA runs on; its stack wants one.
    """
    account = account_of(target)
    say(f"deploying {env} to account {account}, {target.endpoint_url or target.region}")
    started = time.monotonic()
    assembly = synthesize(env, REPOSITORY)
    how = "synthesized" if assembly.is_new else "not changed since the last synthesis"
    say(f"{len(assembly.stacks)} stacks, {how} ({time.monotonic() - started:.1f} s)")
    wanted = wanted_stacks(env, assembly, only, without)
    parameters = _parameters(env, wanted, release)
    changed = changed_stacks(target, assembly, wanted, parameters)
    if not changed:
        say("every stack is up to date")
        return []
    if not _is_bootstrapped(target):
        say("bootstrapping the account for the CDK")
        cdk(target, ["bootstrap", f"aws://{account}/{target.region}"], [_BOOTSTRAP_STACK], say)
    say(f"deploying {', '.join(changed)}")
    cdk(
        target,
        [
            "deploy",
            *changed,
            *(["--exclusively"] if only or without else []),
            *(
                argument
                for stack, given in parameters.items()
                if stack in changed
                for name, value in given.items()
                for argument in ("--parameters", f"{stack}:{name}={value}")
            ),
            "--app",
            str(assembly.directory),
            "--output",
            str(assembly.directory),
            "--require-approval",
            "never",
            "--progress",
            "events",
        ],
        changed,
        say,
    )
    say(f"deployed in {time.monotonic() - started:.1f} s")
    return changed


def wanted_stacks(
    env: str, assembly: Assembly, only: Sequence[str], without: Sequence[str]
) -> list[str]:
    """The names of stacks, in the order in which they can be deployed."""
    named = [names.stack(env, subject) for subject in only]
    left_out = {names.stack(env, subject) for subject in without}
    if unknown := sorted({*named, *left_out} - set(assembly.stacks)):
        raise DeploymentError(f"no stack {', '.join(unknown)}: {', '.join(assembly.stacks)}")
    return [stack for stack in named or assembly.stacks if stack not in left_out]


def changed_stacks(
    target: Target,
    assembly: Assembly,
    stacks: Sequence[str],
    parameters: Mapping[str, Mapping[str, str]],
) -> list[str]:
    """Those that do not stand as the assembly and the parameters have them."""
    return [
        stack
        for stack in stacks
        if not _is_deployed(target, assembly, stack, parameters.get(stack, {}))
    ]


def _parameters(env: str, stacks: Sequence[str], release: str | None) -> dict[str, dict[str, str]]:
    mwaa = names.stack(env, "mwaa")
    if mwaa not in stacks:
        return {}
    if release is None:
        raise DeploymentError(
            f"{mwaa} wants to know what Airflow runs on: `make deploy ENV={env}` builds it and puts"
            " it there; or leave the stack out, `--without mwaa`"
        )
    return {mwaa: {RELEASE: release}}


def target_of(environ: Mapping[str, str], endpoint_url: str | None) -> Target:
    """The target that environment variables and an endpoint name."""
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise DeploymentError("set AWS_REGION (for example eu-west-1)")
    if not CDK.exists():
        raise DeploymentError(f"{CDK} is missing: run `npm ci` in {HERE}, or `make setup`")
    endpoint = endpoint_url or environ.get("AWS_ENDPOINT_URL") or None
    given = {
        **environ,
        "AWS_REGION": region,
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        # The CLI caches accounts by access key; a local AWS's keys are no secret and repeat.
        "NODE_NO_WARNINGS": "1",
        "CDK_HOME": str(REPOSITORY / "build" / "cdk-home"),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    }
    if endpoint:
        given["AWS_ENDPOINT_URL"] = endpoint
    return Target(region, endpoint, given)


def described_stack(target: Target, stack: str) -> dict[str, Any] | None:
    """What CloudFormation says of a stack; None when there is none."""
    try:
        found = target.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return None
    return None if found["StackStatus"] == "DELETE_COMPLETE" else dict(found)


def tell(line: str) -> None:
    """Print a line at once: somebody waits for it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def account_of(target: Target) -> str:
    """Who the credentials belong to."""
    try:
        return str(target.client("sts").get_caller_identity()["Account"])
    except (BotoCoreError, ClientError) as error:
        raise DeploymentError(
            f"cannot ask {target.endpoint_url or 'AWS'} who we are: {error}. "
            "Is the endpoint up, and are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY "
            "(or AWS_PROFILE) set?"
        ) from error


def _is_bootstrapped(target: Target) -> bool:
    try:
        parameter = target.client("ssm").get_parameter(Name=_BOOTSTRAP_PARAMETER)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
        return False
    return int(parameter["Parameter"]["Value"]) >= _BOOTSTRAP_MINIMUM


def _is_deployed(
    target: Target, assembly: Assembly, stack: str, parameters: Mapping[str, str]
) -> bool:
    """Whether the stack stands as the assembly has it: templates name assets by their content."""
    found = described_stack(target, stack)
    if found is None:
        return False
    # As it was sent: CloudFormation itself rewrites one that has a transform.
    template = target.client("cloudformation").get_template(
        StackName=stack, TemplateStage="Original"
    )["TemplateBody"]
    if isinstance(template, str):
        template = json.loads(template)
    given = {one["ParameterKey"]: one["ParameterValue"] for one in found.get("Parameters", [])}
    return (
        found["StackStatus"] in _DEPLOYED
        and template == assembly.template(stack)
        and parameters.items() <= given.items()
    )


def cdk(
    target: Target, arguments: Sequence[str], stacks: Sequence[str], say: Callable[[str], None]
) -> list[str]:
    """Run the CDK and return all that it printed; says what matters, and why `stacks` failed."""
    process = subprocess.Popen(  # noqa: S603  (the pinned CDK, our own arguments)
        [str(CDK), *arguments, "--no-notices", "--no-color"],
        # Away from cdk.json: the app is synthesized already, and bootstrap needs none.
        cwd=REPOSITORY / "build",
        env=dict(target.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None  # noqa: S101  (PIPE was asked for)
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if any(mark in line for mark in _WORTH_SAYING):
            say(f"  {line.strip()}")
    if process.wait() != 0:
        reasons = [reason for stack in stacks for reason in _failures(target, stack)]
        raise DeploymentError(
            f"cdk {arguments[0]} exited with {process.returncode}: "
            + ("; ".join(reasons) or "\n".join(lines[-20:]))
        )
    return lines


def _failures(target: Target, stack: str) -> list[str]:
    """Why the resources of the stack's last operation failed, first failure first."""
    try:
        events = target.client("cloudformation").describe_stack_events(StackName=stack)
    except ClientError:
        return []
    reasons: list[str] = []
    for event in events["StackEvents"]:  # newest first
        is_stack = event["PhysicalResourceId"] == event["StackId"]
        if is_stack and event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
            break
        if event["ResourceStatus"].endswith("_FAILED") and not is_stack:
            reasons.append(
                f"{stack}: {event['ResourceType']} {event['LogicalResourceId']}: "
                f"{event.get('ResourceStatusReason', 'no reason given')}"
            )
    return list(reversed(reasons))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--env", required=True, choices=sorted(ENVIRONMENTS))
    parser.add_argument("--endpoint-url", help="the local AWS; default AWS_ENDPOINT_URL, else AWS")
    parser.add_argument(
        "--stack", action="append", default=[], help="deploy this one only, as `api`; repeatable"
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        help="leave this one out, as `network`; repeatable",
    )
    parser.add_argument("--release", help="what Airflow runs on, as `make package` names it")
    given = parser.parse_args(arguments)

    try:
        target = target_of(os.environ, given.endpoint_url)
        deploy(given.env, target, tell, given.stack, given.without, given.release)
    except (DeploymentError, SynthesisError) as error:
        sys.stderr.write(f"deployment failed: {error}\n")
        return 1
    except REFUSED as error:
        sys.stderr.write(f"deployment failed: {refusal(error)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
