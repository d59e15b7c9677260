"""The model's image is built and pushed once for what it is made of, by what engine there is."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from deploy import DeploymentError
from model_image import push_image
from package import IMAGE, Package

if TYPE_CHECKING:
    from pathlib import Path

HOST = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
URI = f"{HOST}/rlm-dev-recommender"
TAG = "0123456789abcdef"


class Registry:
    """ECR with some tags of one image."""

    def __init__(self, *tags: str) -> None:
        self.tags = list(tags)

    def describe_repositories(self, **_: Any) -> Any:
        return {"repositories": [{"repositoryUri": URI}]}

    def describe_images(self, **asked: Any) -> Any:
        if asked["imageIds"][0]["imageTag"] not in self.tags:
            raise ClientError({"Error": {"Code": "ImageNotFoundException"}}, "DescribeImages")
        return {"imageDetails": [{"imageTags": self.tags}]}

    def get_authorization_token(self) -> Any:
        token = base64.b64encode(b"AWS:secret").decode()
        return {"authorizationData": [{"authorizationToken": token}]}


def target(registry: Registry, folder: Path) -> Any:
    return SimpleNamespace(client=lambda _: registry, environ={"LOG": str(folder / "log")})


def engine(folder: Path, exit_code: int = 0, name: str = "podman") -> str:
    """Writes down how it was called, and what it was told."""
    program = folder / name
    program.write_text(
        f'#!/bin/sh\necho "$*" >>"$LOG"\n[ "$1" != login ] || cat >>"$LOG"\n'
        f"echo went wrong >&2\nexit {exit_code}\n"
    )
    program.chmod(0o755)
    return str(program)


def package(folder: Path) -> Package:
    return Package(folder, {IMAGE: TAG + "0" * 48})


def test_image_is_built_with_both_tags_and_both_are_pushed(tmp_path):
    podman = engine(tmp_path)
    said: list[str] = []
    found = target(Registry(), tmp_path)
    assert push_image("dev", found, package(tmp_path), said.append, lambda _: podman)
    context = tmp_path / IMAGE
    file = context / "include/sagemaker/recommender/Dockerfile"
    assert (tmp_path / "log").read_text().splitlines() == [
        f"login --username AWS --password-stdin {HOST}",
        # The password comes by standard input: arguments are everybody's to read.
        f"secretbuild --platform linux/amd64 --format docker --file {file}"
        f" --tag {URI}:{TAG} --tag {URI}:current {context}",
        f"push {URI}:{TAG}",
        f"push {URI}:current",
    ]
    assert not [line for line in said if "secret" in line]


@pytest.mark.parametrize(
    ("name", "format_options"),
    [
        ("podman", "--format docker"),
        ("docker", "--provenance=false --output type=docker,oci-mediatypes=false"),
        ("buildah", "--format docker"),
    ],
)
def test_image_is_of_the_kind_that_sagemaker_takes(tmp_path, name, format_options):
    program = engine(tmp_path, name=name)
    found = target(Registry(), tmp_path)
    assert push_image(
        "dev", found, package(tmp_path), print, lambda asked: program if asked == name else None
    )
    (built,) = (line for line in (tmp_path / "log").read_text().splitlines() if "build " in line)
    assert f"build --platform linux/amd64 {format_options} --file" in built


def test_what_is_there_is_not_built_again(tmp_path):
    podman = engine(tmp_path)
    found = target(Registry(TAG, "current"), tmp_path)
    assert push_image("dev", found, package(tmp_path), lambda _: None, lambda _: podman)
    assert not (tmp_path / "log").exists()


def test_image_that_is_no_longer_current_is_pushed_again(tmp_path):
    podman = engine(tmp_path)
    found = target(Registry(TAG), tmp_path)
    assert push_image("dev", found, package(tmp_path), lambda _: None, lambda _: podman)
    assert f"push {URI}:current" in (tmp_path / "log").read_text()


def test_without_an_engine_it_says_what_to_do(tmp_path):
    said: list[str] = []
    found = target(Registry(), tmp_path)
    assert not push_image("dev", found, package(tmp_path), said.append, lambda _: None)
    assert f"  podman push {URI}:current" in said
    built = [line for line in said if " build " in line]
    assert [line.partition(" --file")[0].strip() for line in built] == [
        "podman build --platform linux/amd64 --format docker",
        "docker build --platform linux/amd64 --provenance=false"
        " --output type=docker,oci-mediatypes=false",
        "buildah build --platform linux/amd64 --format docker",
    ]
    assert any("train_recommender fails until it is" in line for line in said)


def test_engine_that_fails_stops_the_deployment(tmp_path):
    podman = engine(tmp_path, exit_code=1)
    with pytest.raises(DeploymentError, match="login failed: went wrong"):
        push_image("dev", target(Registry(), tmp_path), package(tmp_path), print, lambda _: podman)
