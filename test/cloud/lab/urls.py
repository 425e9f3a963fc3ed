"""Function URLs of AuthType NONE: nobody signs, and the function's own policy says who may call. Since October 2025
it has to allow both actions: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html#urls-auth-none"""

import json

import ministack.app as app
import ministack.services.lambda_svc as functions

enforce = app._enforce_data_plane
needed = [
    ("lambda:InvokeFunctionUrl", {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}),
    ("lambda:InvokeFunction", {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}),
]


def is_open(name):
    found = [entry for (_, _, key), entry in functions._functions.all_items() if key == name]
    statements = found[0]["policy"]["Statement"] if found else []
    return all(
        any(
            one["Effect"] == "Allow"
            and one["Principal"] in ("*", {"AWS": "*"})
            and one["Action"] == action
            and one.get("Condition") == condition
            for one in statements
        )
        for action, condition in needed
    )


def by_own_policy(service, action, headers, query, path, **more):
    kind = (more.get("service_context") or {}).get("lambda:FunctionUrlAuthType")
    if action != "lambda:InvokeFunctionUrl" or kind != "NONE":
        return enforce(service, action, headers, query, path, **more)
    if is_open(more["resource_arn"].split(":")[6]):
        return None
    answer = {"Message": "Forbidden. For troubleshooting Function URL authorization issues, see the documentation."}
    return 403, {"Content-Type": "application/json"}, json.dumps(answer).encode()


app._enforce_data_plane = by_own_policy
