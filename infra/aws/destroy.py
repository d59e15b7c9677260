"""Delete an environment whole: `python infra/aws/destroy.py --env dev`, or `make destroy`.

Refuses where the environment's settings say that its data is kept, and asks for its name otherwise.
After a failure run it again: it goes on with what is left.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from assembly import SynthesisError, synthesize
from deploy import REPOSITORY, DeploymentError, account_of, target_of
from environments import ENVIRONMENTS
from leftovers import delete_dashboards, delete_endpoint, empty_buckets, empty_registries
from release import confirm_by_name
from rlm import names
from rlm.aws.quicksight import QuickSight
from rlm.quicksight.deployment.service import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from deploy import Target

_POLL_SECONDS: Final = 1.0
# A database and Airflow take half an hour each.
_PATIENCE_SECONDS: Final = 2 * 3600.0


def destroy(
    env: str, target: Target, say: Callable[[str], None], confirm: Callable[[str], bool]
) -> bool:
    """Delete every stack of `env` and all that is in it; False when `confirm` said no.

    What the template did not make goes first, or it would hold up the stacks: dashboards, the
    endpoint with its models, and whatever is in buckets and registries.
    """
    if ENVIRONMENTS[env].keeps_data:
        raise DeploymentError(
            f"{env} keeps its data (infra/aws/environments.py): deleting its stacks would leave"
            " tables and buckets behind, whose names a new deployment could not take"
        )
    account = account_of(target)
    stacks = [
        stack for stack in reversed(synthesize(env, REPOSITORY).stacks) if _status(target, stack)
    ]
    if not stacks:
        say(f"{env} is not deployed to account {account}, {target.region}")
        return True
    say(f"account {account}, {target.endpoint_url or target.region}: all of {env} goes, with")
    say(f"what is in its buckets, tables and databases: {', '.join(stacks)}")
    if not confirm(env):
        say("nothing was deleted")
        return False
    quicksight = QuickSight(target.client("quicksight"), account, target.region)
    delete_dashboards(env, quicksight, say)
    delete_endpoint(env, target.client("sagemaker"), say)
    empty_registries(env, target.client("ecr"), target.client("sagemaker"), say)
    for stack in stacks:
        if stack == names.stack(env, "storage"):
            # Last, when nobody writes any more.
            empty_buckets(env, target.client("s3"), say)
        _delete(target, stack, say)
    return True


def _delete(target: Target, stack: str, say: Callable[[str], None]) -> None:
    cloudformation = target.client("cloudformation")
    cloudformation.delete_stack(StackName=stack)
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while status := _status(target, stack):
        if status == "DELETE_FAILED":
            raise DeploymentError(f"{stack} is not deleted: {_reason(target, stack)}")
        if time.monotonic() > give_up_at:
            raise DeploymentError(f"{stack} is {status} after {_PATIENCE_SECONDS / 3600:.0f} h")
        time.sleep(_POLL_SECONDS)
    say(f"deleted {stack}")


def _status(target: Target, stack: str) -> str:
    """Empty when there is none."""
    try:
        found = target.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return ""
    status = str(found["StackStatus"])
    return "" if status == "DELETE_COMPLETE" else status


def _reason(target: Target, stack: str) -> str:
    events = target.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
    reasons = (
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
        for event in events
        if event["ResourceStatus"] == "DELETE_FAILED"
    )
    return next(reasons, "no reason given")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--env", required=True, choices=sorted(ENVIRONMENTS))
    parser.add_argument("--endpoint-url", help="the local AWS; default AWS_ENDPOINT_URL, else AWS")
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    given = parser.parse_args(arguments)

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    try:
        target = target_of(os.environ, given.endpoint_url)
        is_done = destroy(
            given.env, target, say, (lambda _: True) if given.yes else confirm_by_name
        )
    except (DeploymentError, SynthesisError, ServiceError) as error:
        sys.stderr.write(f"not destroyed: {error}\n")
        return 1
    return 0 if is_done else 1


if __name__ == "__main__":
    sys.exit(main())
