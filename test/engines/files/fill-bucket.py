"""Writes objects as versitygw keeps them, a file each: usage fill-bucket.py BUCKETS BUCKET PREFIX COUNT."""
import hashlib, os, pathlib, sys

buckets, bucket, prefix, count = sys.argv[1:]
for n in range(int(count)):
    path = pathlib.Path(buckets, bucket, prefix, f"folder {n % 100}", f"object {n}")
    path.parent.mkdir(parents=True, exist_ok=True)
    contents = f"{n} ".encode() * (1 + n % 400)
    path.write_bytes(contents)
    os.setxattr(path, "user.etag", f'"{hashlib.md5(contents).hexdigest()}"'.encode())
    os.setxattr(path, "user.content-type", b"text/plain")
