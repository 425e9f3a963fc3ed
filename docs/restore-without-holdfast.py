"""One stream of a backup, decrypted but still compressed, to standard output. See backup-format.md.

usage: restore-without-holdfast.py VAULT SOURCE BACKUP STREAM SECRET | zstd -d > FILE
       SECRET is a file: an AES key in base64, or an RSA private key in PEM.
"""
import base64, hashlib, json, pathlib, sys
import aws_encryption_sdk
from aws_encryption_sdk.identifiers import EncryptionKeyType, WrappingAlgorithm as Algorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider


def decrypt(source, name, key, algorithm=Algorithm.AES_256_GCM_IV12_TAG16_NO_PADDING):
    is_aes = algorithm == Algorithm.AES_256_GCM_IV12_TAG16_NO_PADDING
    kind = EncryptionKeyType.SYMMETRIC if is_aes else EncryptionKeyType.PRIVATE

    class Keys(RawMasterKeyProvider):
        provider_id = "holdfast"

        def _get_raw_key(self, key_id):
            return WrappingKey(algorithm, key, kind)

    keys = Keys()
    keys.add_master_key(name)
    client = aws_encryption_sdk.EncryptionSDKClient()
    with client.stream(mode="decrypt-unsigned", source=source, key_provider=keys) as message:
        while chunk := message.read(1 << 20):
            yield chunk


def set_key(folder, secret):
    rsa = b"PRIVATE KEY" in secret
    key = secret if rsa else base64.b64decode(secret)
    algorithm = Algorithm.RSA_OAEP_SHA256_MGF1 if rsa else Algorithm.AES_256_GCM_IV12_TAG16_NO_PADDING
    for file in sorted((folder / "keys").glob("*.json")):
        for wrapped in json.loads(file.read_bytes())["wrapped"]:
            try:
                message = base64.b64decode(wrapped["message"])
                return b"".join(decrypt(message, wrapped["recipient"], key, algorithm))
            except Exception:
                continue
    sys.exit("this secret opens no key file of the backup")


vault, source, backup, stream, secret = sys.argv[1:]
vault = pathlib.Path(vault)
folder = vault / "sets" / source / backup
manifest = json.loads((folder / "manifest.json").read_bytes())
key = set_key(folder, pathlib.Path(secret).read_bytes())
objects = [part for each in manifest["streams"] if each["name"] == stream for part in each["objects"]]
for part in objects or sys.exit("the backup has no such stream"):
    path = vault / part["key"]
    if hashlib.file_digest(path.open("rb"), "sha256").hexdigest() != part["sha256"]:
        sys.exit(f"{part['key']} is damaged")
    for chunk in decrypt(path.open("rb"), "set-key", key):
        sys.stdout.buffer.write(chunk)
