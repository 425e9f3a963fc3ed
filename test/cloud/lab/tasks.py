"""What ECS does around a task, which ministack leaves out: imported by emulator.py."""

import hashlib
import json
import os
import time
from datetime import datetime, timezone

import ministack.app as app
import ministack.services.ec2 as ec2
import ministack.services.ecs as ecs
import ministack.services.iam as iam
import ministack.services.imds as metadata
import ministack.services.sts as sts
from ministack.core.responses import error_response_json

# A task fetches credentials of its role from an address of the agent's, again and again; here they are nobody's.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
# What has ended is refused some seconds later: a request may be under way.
lifetime = float(os.environ.get("TASK_CREDENTIAL_SECONDS", "3600"))
grace = 5
roles = {}
register = ecs._register_metadata


def with_role(task_arn, cluster, definition, container, launch_type, env, *rest):
    token = register(task_arn, cluster, definition, container, launch_type, env, *rest)
    overrides = (ecs._tasks.get(task_arn) or {}).get("overrides") or {}
    path = env["AWS_CONTAINER_CREDENTIALS_FULL_URI"].rsplit("/", 1)[-1]
    roles[path] = (overrides.get("taskRoleArn") or definition["taskRoleArn"], task_arn)
    env["AWS_REGION"] = task_arn.split(":")[3]
    return token


ecs._register_metadata = with_role
# What has ended is told so, however late it is used.
sts._evict_expired_sessions = lambda: None


def session_of(role_arn, task_arn):
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    end = time.time() + lifetime
    if not app.AUTH:
        return account, "test", "token", end
    digest = hashlib.sha256(f"{task_arn}{end}".encode()).hexdigest()
    key, secret, token = f"ASIA{digest[:16].upper()}", digest[16:56], digest[8:]
    session = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/task",
        "UserId": f"{name}:task",
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": end + grace,
    }
    sts.register_session(key, session)
    return key, secret, token, end


answer = metadata.handle_request


async def with_credentials(method, path, headers, body, query):
    role_arn, task_arn = roles.get(path.rsplit("/", 1)[-1], (None, None))
    if role_arn is None:
        return await answer(method, path, headers, body, query)
    role = iam._roles.get(role_arn.rsplit("/", 1)[-1]) or {}
    if "ecs-tasks.amazonaws.com" not in str(role.get("AssumeRolePolicyDocument")):
        refusal = {"code": "AccessDenied", "message": "ECS was unable to assume the role"}
        return 403, {"Content-Type": "application/json"}, json.dumps(refusal).encode()
    key, secret, token, end = session_of(role_arn, task_arn)
    told = datetime.fromtimestamp(end, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {"AccessKeyId": key, "SecretAccessKey": secret, "Token": token, "Expiration": told}
    given = json.dumps({**document, "RoleArn": role_arn}).encode()
    return 200, {"Content-Type": "application/json"}, given


metadata.handle_request = with_credentials

# Spare capacity is taken back by nobody: a test does, by StopTask with the reason that ECS gives then.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
mark = ecs._mark_task_stopped


def as_taken_back(task_arn, task, reason, code, exit_code=None):
    if reason == "Your Spot Task was interrupted.":
        return mark(task_arn, task, reason, "SpotInterruption", exit_code=130)
    return mark(task_arn, task, reason, code, exit_code=exit_code)


ecs._mark_task_stopped = as_taken_back

# Subnets are not looked at: ECS knows them, and tells in which one a task has its network interface.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Attachment.html
start = ecs._run_task


def in_subnets(data):
    network = (data.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    subnets = network.get("subnets") or []
    unknown = [subnet for subnet in subnets if subnet not in ec2._subnets]
    if unknown:
        said = f"The subnet ID '{unknown[0]}' does not exist"
        return error_response_json("InvalidParameterException", said, 400)
    status, headers, body = start(data)
    for task in json.loads(body).get("tasks", []) if subnets else []:
        details = [{"name": "subnetId", "value": subnets[0]}]
        interface = {"type": "ElasticNetworkInterface", "status": "ATTACHED", "details": details}
        ecs._tasks[task["taskArn"]]["attachments"] = [interface]
    return status, headers, body


ecs._run_task = in_subnets
ecs._ACTION_MAP["RunTask"] = in_subnets
