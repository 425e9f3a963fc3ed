"""What policies are asked about, as AWS asks: who calls by their role, and the key behind an alias."""

import json
import re

import ministack.core.iam_actions as actions
import ministack.core.iam_evaluator as evaluator
import ministack.services.kms as kms

# aws:PrincipalArn of an assumed role is the role, not its session:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
condition = evaluator._resolve_condition_key
session = re.compile(r"^arn:(aws[^:]*):sts::(\d+):assumed-role/([^/]+)/.*$")


def of_role(key, context):
    value = condition(key, context)
    if key.lower() == "aws:principalarn":
        return session.sub(r"arn:\1:iam::\2:role/\3", value)
    return value


evaluator._resolve_condition_key = of_role

# A policy names keys; who asks by an alias is let by kms:RequestAlias at most:
# https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
resource = actions.extract_resource_arn
tags_of = actions.request_tag_context
alias_of = re.compile(r"^arn:[^:]+:kms:[^:]*:[^:]*:(alias/.*)$")


def of_key(service, *rest, **more):
    found = resource(service, *rest, **more)
    if service != "kms" or not alias_of.match(found):
        return found
    key = kms._resolve_key(found)
    return key["Arn"] if key else found


def with_alias(service, action, body, params):
    found = tags_of(service, action, body, params)
    if service != "kms":
        return found
    asked = str(json.loads(body or b"{}").get("KeyId") or "")
    alias = alias_of.match(asked)
    name = alias[1] if alias else asked
    return {**found, "kms:RequestAlias": name} if name.startswith("alias/") else found


actions.extract_resource_arn = of_key
actions.request_tag_context = with_alias
