"""ministack, with the differences from AWS removed that a backup in a container meets.

Private names are replaced here: the version of ministack is pinned with this file
(test/servers/ministack.ts).
"""

import json
import os
from datetime import datetime, timezone

import endings  # noqa: F401
import identities  # noqa: F401
import names
import regions  # noqa: F401
import run_command  # noqa: F401
import tasks  # noqa: F401
import urls  # noqa: F401
import ministack.app as app
import ministack.core.iam_actions as iam
import ministack.core.lambda_runtime as lambda_runtime
import ministack.services.cloudformation.provisioners as cloudformation
import ministack.services.ecs as ecs
import ministack.services.eventbridge as event_bridge
import ministack.services.lambda_svc as functions
import ministack.services.s3 as s3
import ministack.services.scheduler as scheduler
import ministack.services.stepfunctions as step_functions


def rename(value, change):
    """The same JSON with every key's first letter changed."""
    if isinstance(value, dict):
        return {change(key[:1]) + key[1:]: rename(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [rename(item, change) for item in value]
    return value


# Secrets of a task definition made by CloudFormation are lost: their keys stay in PascalCase.
normalize = cloudformation._normalize_container_defs


def with_secrets(definitions):
    normalized = normalize(definitions)
    for definition in normalized:
        definition["secrets"] = rename(definition.get("secrets", []), str.lower)
    return normalized


cloudformation._normalize_container_defs = with_secrets

# Tasks in a network of their own do not find the emulator: they share the host's.
start = ecs._start_task_worker


def on_host_network(task, definition, *rest):
    return start(task, {**definition, "networkMode": "host"}, *rest)


ecs._start_task_worker = on_host_network

# What a task definition says about its container is ignored: root file system, user, size.
build = ecs._build_run_kwargs


def as_defined(container, definition, *rest):
    given = build(container, definition, *rest)
    given["read_only"] = bool(container.get("readonlyRootFilesystem"))
    if container.get("user"):
        given["user"] = container["user"]
    overrides = (ecs._tasks.get(rest[5]) or {}).get("overrides") or {}
    memory = overrides.get("memory") or definition.get("memory")
    cpu = overrides.get("cpu") or definition.get("cpu")
    if memory:
        given["mem_limit"] = f"{memory}m"
    if cpu:
        given["nano_cpus"] = int(cpu) * 1_000_000_000 // 1024
    return given


ecs._build_run_kwargs = as_defined

# Volumes of EFS are left out: here each access point is a folder of this machine.
binds_of = ecs._docker_binds_from_taskdef


def with_file_systems(definition, container):
    def on_this_machine(volume):
        given = rename(volume, str.lower).get("eFSVolumeConfiguration")
        if not given:
            return volume
        authorization = given["authorizationConfig"]
        if (given["transitEncryption"], authorization["iAM"]) != ("ENABLED", "ENABLED"):
            raise ValueError(f"mounted in the clear, or by anybody: {volume}")
        place = f"{os.environ['LAB_EFS']}/{given['filesystemId']}/{authorization['accessPointId']}"
        return {"name": volume["Name"], "host": {"sourcePath": place}}

    volumes = [on_this_machine(volume) for volume in definition.get("volumes", [])]
    return binds_of({**definition, "volumes": volumes}, container)


ecs._docker_binds_from_taskdef = with_file_systems

# `.sync` gives one task in PascalCase, and fails where the container did.
run = step_functions._invoke_ecs_run_task


def run_task(resource, data):
    answer = rename(run(resource, data), str.upper)
    if not resource.endswith(".sync"):
        return answer
    if not answer.get("Tasks"):
        failures = json.dumps(answer.get("Failures"))
        raise step_functions._ExecutionError("ECS.AmazonECSException", failures)
    task = answer["Tasks"][0]
    exited = task.get("StopCode") == "EssentialContainerExited"
    if not exited or any(container.get("ExitCode") != 0 for container in task["Containers"]):
        raise step_functions._ExecutionError("States.TaskFailed", json.dumps(task))
    return task


step_functions._SERVICE_DISPATCH["arn:aws:states:::ecs:runTask"] = run_task

# A range of one version of an object is answered with all of it.
read = s3._get_object


def in_range(bucket, key, headers, query=None):
    status, answer, body = read(bucket, key, headers, query)
    asked = headers.get("range")
    if status != 200 or not asked:
        return status, answer, body
    found = s3._parse_range(asked, len(body))
    if found is None:
        return s3._error("InvalidRange", "The requested range is not satisfiable", 416, key)
    start, end = found
    part = body[start : end + 1]
    kept = {name: value for name, value in answer.items() if "checksum" not in name.lower()}
    place = {"Content-Length": str(len(part)), "Content-Range": f"bytes {start}-{end}/{len(body)}"}
    return 206, {**kept, **place}, part


s3._get_object = in_range

# The Output of a Succeed is not evaluated.
select = step_functions._apply_output_path


def with_output(state, data, context=None):
    language = step_functions._state_query_language(state, context)
    if state.get("Type") == "Succeed" and language == "JSONata":
        return step_functions._apply_jsonata_output(state, data, context, default=data)
    return select(state, data, context)


step_functions._apply_output_path = with_output

# What a function throws loses its name: Runtime.HandlerError, whatever it was.
lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_runtime._NODEJS_WORKER_SCRIPT.replace(
    "error: String(err.message || err), trace",
    """error: JSON.stringify({
      errorType: err.name, errorMessage: String(err.message), trace: String(err.stack).split("\\n"),
    }), trace""",
)
execute = functions._execute_function_with_config_scope


def with_name(record, event):
    result = execute(record, event)
    message = (result.get("body") or {}).get("errorMessage", "") if result.get("error") else ""
    return {**result, "body": json.loads(message)} if message.startswith('{"errorType"') else result


functions._execute_function_with_config_scope = with_name

# A Distributed Map understands no JSONata: neither where its list lies, nor batches, nor its limits.
distribute = step_functions._run_distributed_map


def in_jsonata(state, data, effective, processor, execution, context):
    given = (state, data, effective, processor, execution, context)
    if step_functions._state_query_language(state, context) != "JSONata" or "ItemReader" not in state:
        return distribute(*given)

    def evaluate(value):
        return step_functions._apply_jsonata_template(value, data, context)

    reader = {**state["ItemReader"], "Arguments": evaluate(state["ItemReader"]["Arguments"])}
    items = step_functions._read_map_items(reader, effective, context)
    size = state.get("ItemBatcher", {}).get("MaxItemsPerBatch")
    if size:
        items = [{"Items": items[start : start + size]} for start in range(0, len(items), size)]
    kept = {key: value for key, value in state.items() if key not in ("ItemReader", "Output")}
    plain = {**kept, "MaxConcurrency": evaluate(state.get("MaxConcurrency", 0))}
    results, following = distribute(plain, data, items, processor, execution, context)
    output = step_functions._apply_jsonata_output(state, data, context, result=results, default=results)
    step_functions._apply_state_assign(state, data, context, result=results)
    return output, following


step_functions._run_distributed_map = in_jsonata

# An alarm over several metrics is refused: here it watches the first of them.
alarm_record = cloudformation._cw_metric_alarm_record


def of_first_metric(name, properties):
    metrics = properties.get("Metrics")
    if not metrics:
        return alarm_record(name, properties)
    watched = next(metric["MetricStat"] for metric in metrics if "MetricStat" in metric)
    kept = {key: value for key, value in properties.items() if key != "Metrics"}
    figure = {"Period": watched["Period"], "Statistic": watched["Stat"]}
    return alarm_record(name, {**kept, **watched["Metric"], **figure})


cloudformation._cw_metric_alarm_record = of_first_metric

# A bucket of CloudFormation has no Object Lock where the template asks for it without a default retention.
configure = cloudformation._s3_apply_configurations


def with_lock(name, properties, *before):
    if str(properties.get("ObjectLockEnabled", "")).lower() == "true":
        s3._bucket_object_lock.setdefault(name, {"enabled": True, "default_retention": None})
    return configure(name, properties, *before)


cloudformation._s3_apply_configurations = with_lock

# A schedule's input keeps its placeholders; they are looked at every ten seconds.
invoke_target = event_bridge._invoke_target


def in_words(target, event, owner, *view):
    if event.get("Source") != "aws.scheduler":
        return invoke_target(target, event, owner, *view)
    time = datetime.fromtimestamp(event["Time"], timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    said = {"scheduled-time": time, "execution-id": event["EventId"], "attempt-number": "1"}
    given = target.get("Input", "{}")
    for name, value in {**said, "schedule-arn": event["Resources"][0]}.items():
        given = given.replace(f"<aws.scheduler.{name}>", value)
    return invoke_target({**target, "Input": given}, event, owner, *view)


event_bridge._invoke_target = in_words
scheduler._SCHEDULE_TICK_INTERVAL = 1

# Nobody but AWS puts events of AWS's own services on a bus: here tests play CloudTrail.
put_events = event_bridge._put_events
event_bridge._put_events = lambda data, allow_aws_source=True: put_events(data, True)

# Everything goes in the clear here: what asks for TLS would refuse it all, and hide what else refuses.
pin_origin = app.pin_request_origin
app.pin_request_origin = lambda address, _secure: pin_origin(address, True)

# Policies may ask for the encryption context, and for what a write to S3 is conditional on.
tags_of = iam.request_tag_context
s3_conditions = iam.s3_service_context


def with_encryption_context(service, action, body, params):
    found = tags_of(service, action, body, params)
    if service == "route53":
        return {**found, **names.conditions_of(action, body)}
    if service != "kms":
        return found
    context = json.loads(body or b"{}").get("EncryptionContext") or {}
    return {**found, **{f"kms:EncryptionContext:{key}": value for key, value in context.items()}}


def with_write_conditions(action, query, path="", headers=None):
    found = s3_conditions(action, query, path, headers)
    if action != "s3:PutObject":
        return found
    is_part = "partNumber" in (query or {}) or "uploads" in (query or {})
    found = {**found, "s3:ObjectCreationOperation": "false" if is_part else "true"}
    condition = (headers or {}).get("if-none-match")
    return {**found, "s3:if-none-match": condition} if condition else found


iam.request_tag_context = with_encryption_context
iam.s3_service_context = with_write_conditions

app.main()
