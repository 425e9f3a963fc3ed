"""Two Regions: replication as a template asks for it, with the objects' locks, and a Region that is dark.

`POST /_lab/dark/us-east-1`: from then on nothing that is signed for that Region is answered.
"""

import re

import ministack.app as app
import ministack.services.cloudformation.provisioners as cloudformation
import ministack.services.s3 as s3

# The replication rule of a bucket of CloudFormation is passed over.
configure = cloudformation._s3_apply_configurations


def with_replication(name, properties, *before):
    configuration = properties.get("ReplicationConfiguration")
    if configuration:
        rules = [{**rule, "ID": rule["Id"]} for rule in configuration["Rules"]]
        s3._bucket_replication[name] = {"Role": configuration["Role"], "Rules": rules}
    return configure(name, properties, *before)


cloudformation._s3_apply_configurations = with_replication

# What is replicated loses its lock.
lock = s3._apply_object_lock_from_headers


def with_lock_of_replica(bucket, key, headers, version):
    lock(bucket, key, headers, version)
    replica = s3._buckets[bucket]["objects"].get(key, {}).get("_replica")
    retention = s3._object_retention.get((bucket, key, version))
    if replica and retention:
        s3._object_retention[(replica[0], key, replica[1])] = dict(retention)


s3._apply_object_lock_from_headers = with_lock_of_replica

# A Region that is gone.
answer = app.app
dark = set()
signed_for = re.compile(rb"Credential=[^/]+/\d+/([a-z0-9-]+)/")


async def unless_dark(scope, receive, send):
    if scope["type"] != "http":
        return await answer(scope, receive, send)
    switched = re.fullmatch(r"/_lab/dark/([a-z0-9-]+)", scope["path"])
    if switched:
        dark.add(switched[1].encode())
        return await reply(send, 204)
    authorization = dict(scope["headers"]).get(b"authorization", b"")
    region = signed_for.search(authorization)
    if region and region[1] in dark:
        return await reply(send, 503)
    return await answer(scope, receive, send)


async def reply(send, status):
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


app.app = unless_dark
