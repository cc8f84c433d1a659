#!/usr/bin/env python3
"""Writes src/services/<name>/model.generated.json: the shapes and operations of a service.

The public service models are facts about AWS's APIs: which members a request has, what their limits are, where they stand on
the wire. botocore carries them; documentation and examples are left out here, everything else that a protocol, a validator or a
record looks at is kept, in the order of the model. src/core/services/service-model.ts declares the form.

Usage: generate-models.py [service ...]    (all services and fixtures below when none is named)
Fixtures are chosen operations of services that are not here, for the tests of protocols: test/fixtures/models/<name>.generated.json.
The botocore whose models are read is the one that this Python imports: install the newest before models are made anew.
"""

import json
import sys
from pathlib import Path

from botocore.loaders import Loader

SERVICES = {
    # Our folder: botocore's name.
    "kms": "kms",
    "iam": "iam",
    "sts": "sts",
    "secrets-manager": "secretsmanager",
    "cloudtrail": "cloudtrail",
    "ssm": "ssm",
    "lambda": "lambda",
    "sqs": "sqs",
    "s3": "s3",
    "s3/control": "s3control",
    "cloudtrail/data": "cloudtrail-data",
    "cloudwatch-logs": "logs",
    "cloudwatch": "cloudwatch",
    "eventbridge": "events",
    "eventbridge-scheduler": "scheduler",
    "organizations": "organizations",
    "sns": "sns",
    "athena": "athena",
    "glue": "glue",
}

FIXTURES = {
    "s3": (
        "AbortMultipartUpload CompleteMultipartUpload CopyObject CreateBucket CreateMultipartUpload DeleteBucket DeleteObject "
        "DeleteObjects GetBucketAcl GetBucketLifecycleConfiguration GetBucketLocation GetBucketTagging GetObject GetObjectAttributes "
        "GetObjectTagging HeadObject ListBuckets ListMultipartUploads ListObjectVersions ListObjectsV2 ListParts PutBucketAcl "
        "PutBucketLifecycleConfiguration PutBucketNotificationConfiguration PutBucketPolicy PutBucketTagging PutBucketVersioning "
        "PutObject PutObjectTagging RestoreObject UploadPart"
    ).split(),
    "ec2": (
        "AllocateAddress AssociateAddress AssociateRouteTable AttachInternetGateway AttachVolume AuthorizeSecurityGroupEgress "
        "AuthorizeSecurityGroupIngress CreateImage CreateInternetGateway CreateKeyPair CreateLaunchTemplate CreateNatGateway "
        "CreateNetworkInterface CreateRoute CreateRouteTable CreateSecurityGroup CreateSnapshot CreateSubnet CreateTags CreateVolume "
        "CreateVpc CreateVpcEndpoint DeleteInternetGateway DeleteKeyPair DeleteRoute DeleteSecurityGroup DeleteSnapshot DeleteSubnet "
        "DeleteTags DeleteVolume DeleteVpc DescribeAccountAttributes DescribeAddresses DescribeAvailabilityZones DescribeImages "
        "DescribeInstanceStatus DescribeInstanceTypes DescribeInstances DescribeInternetGateways DescribeKeyPairs "
        "DescribeLaunchTemplateVersions DescribeNatGateways DescribeNetworkInterfaces DescribeRegions DescribeRouteTables "
        "DescribeSecurityGroups DescribeSnapshots DescribeSpotPriceHistory DescribeSubnets DescribeTags DescribeVolumes "
        "DescribeVpcAttribute DescribeVpcs GetConsoleOutput ImportKeyPair ModifyInstanceAttribute ModifyVpcAttribute RebootInstances "
        "ReleaseAddress RunInstances StartInstances StopInstances TerminateInstances"
    ).split(),
    "cloudwatch": (
        "DeleteAlarms DescribeAlarmHistory DescribeAlarms DescribeAnomalyDetectors GetDashboard GetMetricData GetMetricStatistics "
        "GetMetricWidgetImage ListMetrics ListTagsForResource PutDashboard PutMetricAlarm PutMetricData SetAlarmState TagResource"
    ).split(),
}

SHAPE_FACTS = (
    "type required min max pattern enum sensitive flattened locationName payload streaming box timestampFormat union "
    "eventstream event xmlOrder xmlNamespace"
).split()
MEMBER_FACTS = (
    "shape location locationName queryName flattened idempotencyToken streaming timestampFormat jsonvalue xmlAttribute "
    "xmlNamespace hostLabel eventpayload eventheader"
).split()
TRUE_ONLY = {"sensitive", "flattened", "streaming", "union", "eventstream", "event", "idempotencyToken", "jsonvalue"}


def chosen(facts, source):
    found = {fact: source[fact] for fact in facts if fact in source}
    return {fact: value for fact, value in found.items() if value is not False or fact not in TRUE_ONLY}


def shape_of(shape):
    kept = chosen(SHAPE_FACTS, shape)
    kept.pop("box", None)
    if not kept.get("required", True):
        del kept["required"]
    if "members" in shape:
        kept["members"] = {name: chosen(MEMBER_FACTS, member) for name, member in shape["members"].items()}
    for part in ("member", "key", "value"):
        if part in shape:
            kept[part] = chosen(MEMBER_FACTS, shape[part])
    if shape.get("exception"):
        error = shape.get("error", {})
        kept["error"] = {fact: error[fact] for fact in ("code", "httpStatusCode", "senderFault") if fact in error}
    return kept


def operation_of(operation):
    http = operation.get("http", {})
    kept = {"method": http.get("method", "POST"), "path": http.get("requestUri", "/")}
    if http.get("responseCode", 200) != 200:
        kept["status"] = http["responseCode"]
    for part in ("input", "output"):
        if part in operation:
            kept[part] = operation[part]["shape"]
    return kept


def model_of(model, chosen_operations=None):
    shapes = model["shapes"]
    names = chosen_operations or model["operations"]
    operations = {name: operation_of(model["operations"][name]) for name in names}
    reached = set()
    waiting = [operation[part] for operation in operations.values() for part in ("input", "output") if part in operation]
    waiting += [name for name, shape in shapes.items() if shape.get("exception")]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        targets = list(shapes[name].get("members", {}).values())
        targets += [shapes[name][part] for part in ("member", "key", "value") if part in shapes[name]]
        waiting += [target["shape"] for target in targets]
    return {
        "apiVersion": model["metadata"]["apiVersion"],
        "operations": operations,
        "shapes": {name: shape_of(shapes[name]) for name in sorted(reached)},
    }


def to_text(model):
    """JSON with one operation or shape a line, so that a change of the model reads as one."""

    def lines(entries):
        texts = (f"    {json.dumps(name)}: {json.dumps(value, separators=(',', ':'))}" for name, value in entries.items())
        return ",\n".join(texts)

    return (
        "{\n"
        f'  "apiVersion": {json.dumps(model["apiVersion"])},\n'
        f'  "operations": {{\n{lines(model["operations"])}\n  }},\n'
        f'  "shapes": {{\n{lines(model["shapes"])}\n  }}\n'
        "}\n"
    )


def main(names):
    loader = Loader()
    root = Path(__file__).resolve().parent.parent
    services, fixtures = root / "src" / "services", root / "test" / "fixtures" / "models"
    targets = [(name, its_name, None, services / name / "model.generated.json") for name, its_name in SERVICES.items()]
    targets += [(name, name, chosen, fixtures / f"{name}.generated.json") for name, chosen in FIXTURES.items()]
    for name, its_name, chosen_operations, target in targets:
        if names and name not in names:
            continue
        model = model_of(loader.load_service_model(its_name, "service-2"), chosen_operations)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(to_text(model), encoding="utf-8")
        counts = f"{len(model['operations'])} operations, {len(model['shapes'])} shapes"
        print(f"{target.relative_to(root)}: {counts}")


if __name__ == "__main__":
    main(sys.argv[1:])
