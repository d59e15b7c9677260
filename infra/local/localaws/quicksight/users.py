"""Users, groups and who is in which, by namespace."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from localaws.quicksight.failures import exists, invalid, not_found
from localaws.quicksight.paging import listed
from localaws.quicksight.state import QuickSightStore, resource_arn, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Call, Document
    from localaws.quicksight.protocol import Handler

DEFAULT = "default"
_EXTERNAL = ("ExternalLoginFederationProviderType", "ExternalLoginId")


class Users:
    """The operations on users, groups and memberships."""

    def __init__(self, store: QuickSightStore) -> None:
        self._store = store
        self._users = store.table("users")
        self._groups = store.table("groups")
        self._members = store.table("group-members")
        self._namespaces = store.table("namespaces")

    def handlers(self) -> dict[str, Handler]:
        return {
            "RegisterUser": self.register,
            "UpdateUser": self.update,
            "DescribeUser": self.describe,
            "ListUsers": self.list_all,
            "DeleteUser": self.delete,
            "DeleteUserByPrincipalId": self.delete_by_principal,
            "ListUserGroups": self.groups_of_user,
            "CreateGroup": self.create_group,
            "UpdateGroup": self.update_group,
            "DescribeGroup": self.describe_group,
            "ListGroups": self.list_groups,
            "SearchGroups": self.search_groups,
            "DeleteGroup": self.delete_group,
            "CreateGroupMembership": self.add_member,
            "DescribeGroupMembership": self.describe_member,
            "ListGroupMemberships": self.list_members,
            "DeleteGroupMembership": self.remove_member,
        }

    def groups_of(self, scope: Scope) -> Callable[[str], set[str]]:
        """What gives the ARNs of the groups that a user, by ARN, is in."""

        def groups(user_arn: str) -> set[str]:
            return {
                str(one["GroupArn"])
                for one in self._members.list(scope.key(""))
                if one["Arn"] == user_arn
            }

        return groups

    def by_arn(self, scope: Scope, user_arn: str) -> Document:
        """A user, or AWS's error when there is none."""
        for user in self._users.list(scope.key("")):
            if user["Arn"] == user_arn:
                return user
        raise not_found("User", user_arn)

    def check_namespace(self, scope: Scope, namespace: str) -> None:
        """AWS's error for a namespace that is not."""
        if namespace != DEFAULT and self._namespaces.get(scope.key(namespace)) is None:
            raise not_found("Namespace", namespace)

    def register(self, request: Document, call: Call) -> Document:
        """An IAM identity's name is `role/session`, or the user's own; it is active at once."""
        scope, namespace = Scope.of(call), self._namespace(request, call)
        name = _user_name(request)
        key = scope.key(namespace, name)
        if self._users.get(key) is not None:
            raise exists("User", name)
        user: Document = {
            "Arn": resource_arn(scope, f"user/{namespace}/{name}"),
            "UserName": name,
            "Namespace": namespace,
            "Email": request["Email"],
            "Role": request["UserRole"],
            "IdentityType": request["IdentityType"],
            "Active": request["IdentityType"] != "QUICKSIGHT",
            "PrincipalId": f"federated/iam/{uuid.uuid4().hex[:20].upper()}",
            **{key: request[key] for key in _EXTERNAL if key in request},
        }
        if "CustomPermissionsName" in request:
            user["CustomPermissionsName"] = request["CustomPermissionsName"]
        self._users.put(key, user)
        if tags := tags_of(request):
            self._store.put_tags(user["Arn"], tags)
        return {"User": user}

    def update(self, request: Document, call: Call) -> Document:
        key, user = self._user(request, call)
        user |= {"Email": request["Email"], "Role": request["Role"]}
        user |= {name: request[name] for name in _EXTERNAL if name in request}
        if request.get("UnapplyCustomPermissions"):
            user.pop("CustomPermissionsName", None)
        elif "CustomPermissionsName" in request:
            user["CustomPermissionsName"] = request["CustomPermissionsName"]
        self._users.put(key, user)
        return {"User": user}

    def describe(self, request: Document, call: Call) -> Document:
        return {"User": self._user(request, call)[1]}

    def list_all(self, request: Document, call: Call) -> Document:
        namespace = self._namespace(request, call)
        return listed("UserList", self._users.list(Scope.of(call).key(namespace, "")), request)

    def delete(self, request: Document, call: Call) -> Document:
        """Its memberships go too."""
        key, user = self._user(request, call)
        self._forget(Scope.of(call), key, user)
        return {}

    def delete_by_principal(self, request: Document, call: Call) -> Document:
        scope, namespace = Scope.of(call), self._namespace(request, call)
        for key, user in self._users.items(scope.key(namespace, "")):
            if user["PrincipalId"] == request["PrincipalId"]:
                self._forget(scope, key, user)
                return {}
        raise not_found("User", request["PrincipalId"])

    def groups_of_user(self, request: Document, call: Call) -> Document:
        _, user = self._user(request, call)
        scope, namespace = Scope.of(call), request["Namespace"]
        mine = self.groups_of(scope)(user["Arn"])
        groups = self._groups.list(scope.key(namespace, ""))
        return listed("GroupList", [one for one in groups if one["Arn"] in mine], request)

    def create_group(self, request: Document, call: Call) -> Document:
        scope, namespace = Scope.of(call), self._namespace(request, call)
        name = request["GroupName"]
        key = scope.key(namespace, name)
        if self._groups.get(key) is not None:
            raise exists("Group", name)
        group = {
            "Arn": resource_arn(scope, f"group/{namespace}/{name}"),
            "GroupName": name,
            "Description": request.get("Description", ""),
            "PrincipalId": f"group/{uuid.uuid4()}",
        }
        self._groups.put(key, group)
        return {"Group": group}

    def update_group(self, request: Document, call: Call) -> Document:
        key, group = self._group(request, call)
        if "Description" in request:
            group["Description"] = request["Description"]
        self._groups.put(key, group)
        return {"Group": group}

    def describe_group(self, request: Document, call: Call) -> Document:
        return {"Group": self._group(request, call)[1]}

    def list_groups(self, request: Document, call: Call) -> Document:
        namespace = self._namespace(request, call)
        return listed("GroupList", self._groups.list(Scope.of(call).key(namespace, "")), request)

    def search_groups(self, request: Document, call: Call) -> Document:
        namespace = self._namespace(request, call)
        wanted = [one["Value"].lower() for one in request["Filters"]]
        found = [
            group
            for group in self._groups.list(Scope.of(call).key(namespace, ""))
            if all(group["GroupName"].lower().startswith(start) for start in wanted)
        ]
        return listed("GroupList", found, request)

    def delete_group(self, request: Document, call: Call) -> Document:
        key, _ = self._group(request, call)
        for member, _ in self._members.items(f"{key}\n"):
            self._members.delete(member)
        self._groups.delete(key)
        return {}

    def add_member(self, request: Document, call: Call) -> Document:
        """Adding one twice is no error."""
        key, group = self._group(request, call)
        _, user = self._user(request | {"UserName": request["MemberName"]}, call)
        member = {
            "Arn": user["Arn"],
            "MemberName": request["MemberName"],
            "GroupArn": group["Arn"],
        }
        self._members.put(f"{key}\n{request['MemberName']}", member)
        return {"GroupMember": member}

    def describe_member(self, request: Document, call: Call) -> Document:
        return {"GroupMember": self._member(request, call)[1]}

    def list_members(self, request: Document, call: Call) -> Document:
        key, _ = self._group(request, call)
        return listed("GroupMemberList", self._members.list(f"{key}\n"), request)

    def remove_member(self, request: Document, call: Call) -> Document:
        self._members.delete(self._member(request, call)[0])
        return {}

    def _namespace(self, request: Document, call: Call) -> str:
        namespace = str(request.get("Namespace") or DEFAULT)
        self.check_namespace(Scope.of(call), namespace)
        return namespace

    def _user(self, request: Document, call: Call) -> tuple[str, Document]:
        key = Scope.of(call).key(self._namespace(request, call), request["UserName"])
        user = self._users.get(key)
        if user is None:
            raise not_found("User", request["UserName"])
        return key, user

    def _group(self, request: Document, call: Call) -> tuple[str, Document]:
        key = Scope.of(call).key(self._namespace(request, call), request["GroupName"])
        group = self._groups.get(key)
        if group is None:
            raise not_found("Group", request["GroupName"])
        return key, group

    def _member(self, request: Document, call: Call) -> tuple[str, Document]:
        key, _ = self._group(request, call)
        member = self._members.get(f"{key}\n{request['MemberName']}")
        if member is None:
            raise not_found("User", f"{request['MemberName']} of {request['GroupName']}")
        return f"{key}\n{request['MemberName']}", member

    def _forget(self, scope: Scope, key: str, user: Document) -> None:
        for member, found in self._members.items(scope.key("")):
            if found["Arn"] == user["Arn"]:
                self._members.delete(member)
        self._users.delete(key)
        self._store.put_tags(user["Arn"], {})


def _user_name(request: Document) -> str:
    if request["IdentityType"] != "IAM":
        if not request.get("UserName"):
            raise invalid("A user of this identity type needs UserName.")
        return str(request["UserName"])
    identity = request.get("IamArn")
    if not identity:
        raise invalid("A user of identity type IAM needs IamArn.")
    name = identity.rpartition(":")[2].partition("/")[2]
    if ":role/" in identity:
        if not request.get("SessionName"):
            raise invalid("A user of an IAM role needs SessionName.")
        return f"{name.rpartition('/')[2]}/{request['SessionName']}"
    return str(name.rpartition("/")[2])
