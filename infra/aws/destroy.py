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

from assembly import SynthesisError, synthesize
from deploy import REPOSITORY, DeploymentError, account_of, described_stack, target_of, tell
from environments import ENVIRONMENTS
from leftovers import (
    LeftoverError,
    delete_dashboards,
    delete_endpoint,
    empty_buckets,
    empty_registries,
    is_there,
)
from refusals import REFUSED, refusal
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

    Airflow goes first, since its DAGs would make again what goes. Then what the template did not
    make, or it would hold up the stacks: dashboards, the endpoint with its models, and whatever is
    in buckets and registries.
    """
    if ENVIRONMENTS[env].keeps_data:
        raise DeploymentError(
            f"{env} keeps its data (infra/aws/environments.py): deleting its stacks would leave"
            " tables and buckets behind, whose names a new deployment could not take"
        )
    account = account_of(target)
    stacks = _standing(env, target)
    sagemaker = target.client("sagemaker")
    if not stacks and not is_there(sagemaker, names.endpoint(env)):
        say(f"{env} is not deployed to account {account}, {target.region}")
        return True
    say(f"account {account}, {target.endpoint_url or target.region}: all of {env} goes, with")
    say(f"what is in its buckets, tables and databases: {', '.join(stacks)}")
    if not confirm(env):
        say("nothing was deleted")
        return False
    airflow = names.stack(env, "mwaa")
    if airflow in stacks:
        _delete(target, airflow, say)
        stacks.remove(airflow)
    quicksight = QuickSight(target.client("quicksight"), account, target.region)
    delete_dashboards(env, quicksight, say)
    delete_endpoint(env, sagemaker, say)
    empty_registries(env, target.client("ecr"), sagemaker, say)
    for stack in stacks:
        if stack == names.stack(env, "storage"):
            # Last, when nobody writes any more.
            empty_buckets(env, target.client("s3"), say)
        _delete(target, stack, say)
    return True


def _standing(env: str, target: Target) -> list[str]:
    """The stacks of `env` that there are, users before what they use.

    First those that today's settings do not ask for and yesterday's did: tags tell whose they are.
    """
    wanted = list(reversed(synthesize(env, REPOSITORY).stacks))
    pages = target.client("cloudformation").get_paginator("describe_stacks").paginate()
    standing = {
        stack["StackName"]: {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
        for page in pages
        for stack in page["Stacks"]
        if stack["StackStatus"] != "DELETE_COMPLETE"
    }
    forgotten = sorted(
        stack
        for stack, tags in standing.items()
        if stack not in wanted
        and stack.startswith(names.stack(env, ""))
        and tags.items() >= {"project": "rlm", "environment": env}.items()
    )
    return [*forgotten, *(stack for stack in wanted if stack in standing)]


def _delete(target: Target, stack: str, say: Callable[[str], None]) -> None:
    cloudformation = target.client("cloudformation")
    cloudformation.delete_stack(StackName=stack)
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while found := described_stack(target, stack):
        status = found["StackStatus"]
        if status == "DELETE_FAILED":
            raise DeploymentError(f"{stack} is not deleted: {_reason(target, stack)}")
        if time.monotonic() > give_up_at:
            raise DeploymentError(f"{stack} is {status} after {_PATIENCE_SECONDS / 3600:.0f} h")
        time.sleep(_POLL_SECONDS)
    say(f"deleted {stack}")


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

    try:
        target = target_of(os.environ, given.endpoint_url)
        is_done = destroy(
            given.env, target, tell, (lambda _: True) if given.yes else confirm_by_name
        )
    except (DeploymentError, LeftoverError, SynthesisError, ServiceError) as error:
        sys.stderr.write(f"not destroyed: {error}\n")
        return 1
    except REFUSED as error:
        sys.stderr.write(f"not destroyed: {refusal(error)}\n")
        return 1
    return 0 if is_done else 1


if __name__ == "__main__":
    sys.exit(main())
