"""A rotation function for one user of a service that speaks HTTP: it replaces the password in the secret and at the
service. The secret holds {"username", "password"}; SERVICE_URL is where the service is.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-lambda-function-overview.html
"""

import base64
import json
import os
import urllib.error
import urllib.request

import boto3

secrets = boto3.client("secretsmanager")
service = os.environ["SERVICE_URL"]


def lambda_handler(event, context):
    """Each step may be called again with the same token, and must then do no harm."""
    arn, token = event["SecretId"], event["ClientRequestToken"]
    secret = secrets.describe_secret(SecretId=arn)
    if not secret.get("RotationEnabled"):
        raise ValueError(f"Secret {arn} is not enabled for rotation")
    stages = secret["VersionIdsToStages"].get(token)
    if stages is None:
        raise ValueError(f"Secret version {token} has no stage for rotation of secret {arn}.")
    if "AWSCURRENT" in stages:
        return
    if "AWSPENDING" not in stages:
        raise ValueError(f"Secret version {token} is not pending")
    STEPS[event["Step"]](arn, token, secret["VersionIdsToStages"])


def create_secret(arn, token, _versions):
    current = login(arn, VersionStage="AWSCURRENT")
    if login(arn, VersionId=token, VersionStage="AWSPENDING"):
        return
    password = secrets.get_random_password(PasswordLength=24, ExcludePunctuation=True)["RandomPassword"]
    secrets.put_secret_value(
        SecretId=arn,
        ClientRequestToken=token,
        SecretString=json.dumps({**current, "password": password}),
        VersionStages=["AWSPENDING"],
    )


def set_secret(arn, token, _versions):
    pending = login(arn, VersionId=token, VersionStage="AWSPENDING")
    if accepts(pending):
        return
    for stage in ("AWSCURRENT", "AWSPREVIOUS"):
        known = login(arn, VersionStage=stage)
        if known and accepts(known):
            ask(known, "/password", method="PUT", data=pending["password"].encode())
            return
    raise ValueError(f"Unable to log in with previous, current, or pending secret of {arn}")


def test_secret(arn, token, _versions):
    if not accepts(login(arn, VersionId=token, VersionStage="AWSPENDING")):
        raise ValueError(f"Unable to log in with pending secret of {arn}")


def finish_secret(arn, token, versions):
    holder = next(version for version, stages in versions.items() if "AWSCURRENT" in stages)
    secrets.update_secret_version_stage(
        SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=holder
    )


STEPS = {
    "createSecret": create_secret,
    "setSecret": set_secret,
    "testSecret": test_secret,
    "finishSecret": finish_secret,
}


def login(arn, **version):
    """The credentials in a version; None when there is none."""
    try:
        return json.loads(secrets.get_secret_value(SecretId=arn, **version)["SecretString"])
    except secrets.exceptions.ResourceNotFoundException:
        return None


def accepts(credentials):
    try:
        ask(credentials, "/")
        return True
    except urllib.error.HTTPError:
        return False


def ask(credentials, path, **options):
    pair = f"{credentials['username']}:{credentials['password']}".encode()
    headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    with urllib.request.urlopen(urllib.request.Request(service + path, headers=headers, **options)) as answer:
        return answer.read()
