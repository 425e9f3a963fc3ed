"""Run Command of Systems Manager: here every instance is this machine, and its scripts are run by root's shell.

Requests are held against the service's published model (botocore), so that a parameter which AWS does not know
fails here too. Imported by emulator.py.
"""

import json
import subprocess

import botocore.session
import botocore.validate
import ministack.core.iam_actions as iam
import ministack.services.ec2 as ec2
import ministack.services.ssm as ssm

model = botocore.session.get_session().get_service_model("ssm")


def in_this_machine(_instance, argv, *_rest):
    done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout, done.stderr


ec2.exec_in_instance_blocking = in_this_machine


class Every:
    """What ends with `00` is off."""

    def __contains__(self, instance):
        return not instance.endswith("00")


ssm._managed_instance_ids = Every


def checked(operation, handle):
    def handler(data):
        report = botocore.validate.ParamValidator().validate(data, model.operation_model(operation).input_shape)
        if report.has_errors():
            return ssm.error_response_json("ValidationException", report.generate_report(), 400)
        return handle(data)

    return handler


ssm._send_command = checked("SendCommand", ssm._send_command)
ssm._get_command_invocation = checked("GetCommandInvocation", ssm._get_command_invocation)

# Policies name the instances of a command.
resource_of = iam.extract_resource_arn


def with_instances(service, method, path, headers, body, query, region, account, *rest):
    if service == "ssm" and "SendCommand" in str(headers.get("x-amz-target", "")):
        instance = json.loads(body)["InstanceIds"][0]
        return f"arn:aws:ec2:{region}:{account}:instance/{instance}"
    return resource_of(service, method, path, headers, body, query, region, account, *rest)


iam.extract_resource_arn = with_instances
