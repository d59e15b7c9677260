"""The model's image: built from its context and pushed, where there is a program that can."""

from __future__ import annotations

import base64
import subprocess
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from deploy import DeploymentError
from package import IMAGE, IMAGE_SOURCES
from rlm import names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from deploy import Target
    from package import Package

# The first that is there, with what makes it write Docker's manifests: SageMaker takes neither
# OCI's, which these would push by themselves, nor an index with a statement of provenance.
ENGINES: Final = {
    "podman": ("--format", "docker"),
    "docker": ("--provenance=false", "--output", "type=docker,oci-mediatypes=false"),
    "buildah": ("--format", "docker"),
}
# Of every instance type that the DAGs ask for, whatever machine builds the image.
_PLATFORM: Final = "linux/amd64"
# What training asks for: the image that was pushed last.
CURRENT = "current"


def push_image(
    env: str,
    target: Target,
    package: Package,
    say: Callable[[str], None],
    find: Callable[[str], str | None],
) -> bool:
    """Have the image of these sources in the registry; whether it is there.

    It is tagged by its context's digest, which is not built twice, and `current`.
    Without an engine it says what to do.
    """
    ecr = target.client("ecr")
    repository = names.recommender_image(env)
    uri = ecr.describe_repositories(repositoryNames=[repository])["repositories"][0][
        "repositoryUri"
    ]
    if _is_there(ecr, repository, package.image_tag):
        say(f"model image {package.image_tag} is in the registry")
        return True
    name, engine = next(((name, found) for name in ENGINES if (found := find(name))), ("", ""))
    if not engine:
        *others, last = ENGINES
        say(f"no {', '.join(others)} or {last} here: the model image is not pushed, and")
        say("train_recommender fails until it is. Where there is one of them, logged in to")
        say(f"{uri.partition('/')[0]} (`aws ecr get-login-password`), by whichever it is:")
        for name in ENGINES:
            for command in image_commands(name, uri, package):
                say(f"  {name} {' '.join(command)}")
        return False
    token = ecr.get_authorization_token()["authorizationData"][0]
    user, _, password = base64.b64decode(token["authorizationToken"]).decode().partition(":")
    registry = uri.partition("/")[0]
    _run(engine, ["login", "--username", user, "--password-stdin", registry], target, password)
    for command in image_commands(name, uri, package):
        say(f"{engine} {' '.join(command)}")
        _run(engine, command, target)
    return True


def image_commands(engine: str, uri: str, package: Package) -> list[list[str]]:
    """Build and push, as this engine takes it."""
    context = package.directory / IMAGE
    tags = [f"{uri}:{tag}" for tag in (package.image_tag, CURRENT)]
    file = context / IMAGE_SOURCES / "Dockerfile"
    built = ["build", "--platform", _PLATFORM, *ENGINES[engine], "--file", str(file)]
    built += [word for tag in tags for word in ("--tag", tag)]
    return [[*built, str(context)], *(["push", tag] for tag in tags)]


def _is_there(ecr: Any, repository: str, tag: str) -> bool:
    """Whether `current` is the image of this tag: after a way back it is not."""
    try:
        found = ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ImageNotFoundException":
            raise
        return False
    return any(CURRENT in image.get("imageTags", ()) for image in found["imageDetails"])


def _run(engine: str, arguments: Sequence[str], target: Target, given: str | None = None) -> None:
    environ: Mapping[str, str] = target.environ
    ran = subprocess.run(  # noqa: S603  (the engine that was found, our own arguments)
        [engine, *arguments],
        env=dict(environ),
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        raise DeploymentError(f"{engine} {arguments[0]} failed: {ran.stderr.strip()[-2000:]}")
