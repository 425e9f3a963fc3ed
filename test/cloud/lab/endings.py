"""How executions of Step Functions end early, which ministack leaves out: imported by emulator.py."""

import contextvars
import json
import threading
import time

import ministack.services.ecs as ecs
import ministack.services.stepfunctions as step_functions

# Who waits for a task looks once a second, ten minutes long, and leaves it running when its state has timed
# out or its execution was stopped: Step Functions stops it (developer guide, "connect-ecs").
perform = step_functions._execute_task
waiting = contextvars.ContextVar("waiting")


def noting_who_waits(state, data, execution, context):
    limit = state.get("TimeoutSeconds")
    # It may be an expression, which ministack compares with a number as it is.
    if isinstance(limit, str):
        limit = step_functions._apply_jsonata_template(limit, data, context)
        state = {**state, "TimeoutSeconds": limit}
    token = waiting.set((execution, limit if isinstance(limit, int) else 99_999_999))
    try:
        return perform(state, data, execution, context)
    finally:
        waiting.reset(token)


def until_stopped(cluster, tasks):
    execution, limit = waiting.get()
    end = time.monotonic() + limit
    while execution["status"] == "RUNNING" and time.monotonic() < end:
        answer = json.loads(ecs._describe_tasks({"cluster": cluster, "tasks": tasks})[2])
        if all(task["lastStatus"] == "STOPPED" for task in answer["tasks"]):
            return answer
        time.sleep(0.2)
    for task in tasks:
        ecs._stop_task({"cluster": cluster, "task": task, "reason": "Stopped by Step Functions"})
    raise step_functions._ExecutionError("States.Timeout", "")


step_functions._execute_task = noting_who_waits
step_functions._poll_ecs_tasks = until_stopped

# The TimeoutSeconds of a state machine.
run = step_functions._run_execution


def expire(execution):
    if execution["status"] != "RUNNING":
        return
    execution["status"] = "TIMED_OUT"
    execution["stopDate"] = step_functions.now_iso()
    details = {"executionTimedOutEventDetails": {"error": "States.Timeout"}}
    step_functions._add_event(execution, "ExecutionTimedOut", details)
    step_functions._emit_execution_status_event(execution)


def within_its_time(arn):
    execution = step_functions._executions[arn]
    machine = step_functions._state_machines[execution["stateMachineArn"]]
    limit = json.loads(machine["definition"]).get("TimeoutSeconds", 99_999_999)
    timer = threading.Timer(limit, contextvars.copy_context().run, [expire, execution])
    timer.daemon = True
    timer.start()
    run(arn)
    timer.cancel()


step_functions._run_execution = within_its_time

# What has ended does not fail any more.
fail = step_functions._fail_execution


def unless_ended(execution, error, cause):
    if execution["status"] == "RUNNING":
        fail(execution, error, cause)


step_functions._fail_execution = unless_ended
