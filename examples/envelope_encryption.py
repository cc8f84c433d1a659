"""Envelope encryption with boto3: a data key encrypts locally, KMS keeps the key that opens it.

Needs a running server (AWS_ENDPOINT_URL) and credentials in the environment.
"""

import hashlib
import hmac
import os

import boto3

kms = boto3.client("kms")
key_id = kms.create_key(Description="envelope example")["KeyMetadata"]["KeyId"]
context = {"file": "report.pdf"}

data_key = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256", EncryptionContext=context)
plaintext_key, wrapped_key = data_key["Plaintext"], data_key["CiphertextBlob"]

# Stands for any local use of the data key: what is kept is the result and the wrapped key, never the plaintext key.
tag = hmac.new(plaintext_key, b"contents of the report", hashlib.sha256).hexdigest()
del plaintext_key

opened = kms.decrypt(CiphertextBlob=wrapped_key, EncryptionContext=context)
assert opened["KeyId"].endswith(key_id)
again = hmac.new(opened["Plaintext"], b"contents of the report", hashlib.sha256).hexdigest()
assert hmac.compare_digest(tag, again)
print(f"{os.environ['AWS_ENDPOINT_URL']}: the data key opened again under {opened['KeyId']}")
