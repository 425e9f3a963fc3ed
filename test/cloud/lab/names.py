"""What policies may ask of a change in Route 53: which records, of which types, by which actions.

Route 53 developer guide, "Using IAM policy conditions for fine-grained access control".
"""

import re

import ministack.core.iam_actions as iam

prefix = "route53:ChangeResourceRecordSets"


def conditions_of(action, body):
    if not action.endswith(":ChangeResourceRecordSets"):
        return {}
    text = (body or b"").decode()

    def all_of(tag):
        return sorted(set(re.findall(rf"<{tag}>([^<]*)</{tag}>", text)))

    return {
        f"{prefix}NormalizedRecordNames": [name.lower().rstrip(".") for name in all_of("Name")],
        f"{prefix}RecordTypes": all_of("Type"),
        f"{prefix}Actions": all_of("Action"),
    }


# A change has an ARN of its own, which ministack does not name.
resource_of = iam.extract_resource_arn


def with_changes(service, method, path, *rest):
    change = re.search(r"/change/([A-Za-z0-9]+)$", path)
    if service == "route53" and change:
        return f"arn:aws:route53:::change/{change[1]}"
    return resource_of(service, method, path, *rest)


iam.extract_resource_arn = with_changes
