#!/usr/bin/env python3
"""Writes src/services/<name>/constraints.generated.json: the limits of request members.

The AWS SDK's schemas leave out lengths, ranges, patterns and enumerations. They are facts of the service models, which
botocore carries. Member names stand in the order of the model; structures that no request contains are left out.

Usage: generate-constraints.py [service ...]    (all services below when none is named)
The botocore whose models are read is the one that this Python imports; it should be about as old as the SDK clients.
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
}

LENGTH_TYPES = {"string", "blob", "list", "map"}
RANGE_TYPES = {"integer", "long", "float", "double"}
FRACTION_TYPES = {"float", "double", "bigdecimal"}
# Where requests have fractions: as `fractions` in src/gateway/protocols/schema.ts lists them.
KNOWN_FRACTIONS = {
    ("AdditionalVersionWeights", "value"),
    ("LambdaManagedInstancesCapacityProviderConfig", "ExecutionEnvironmentMemoryGiBPerVCpu"),
    ("TargetTrackingScalingPolicy", "TargetValue"),
}


def constraint_table(model):
    """Structure name -> member name -> limits, for every structure that a request can contain."""
    shapes = model["shapes"]
    table = {}
    seen = set()

    def visit(name, place=None):
        shape = shapes[name]
        if shape["type"] in FRACTION_TYPES and place not in KNOWN_FRACTIONS:
            # The SDK's schemas have one kind of number, and the request decoders read it as an integer.
            raise SystemExit(f"{place}: this fraction is not known to the request decoders")
        if name in seen:
            return
        seen.add(name)
        if shape["type"] == "structure":
            required = set(shape.get("required", []))
            limits = {
                member: {**({"required": True} if member in required else {}), **limits_of(target["shape"])}
                for member, target in shape["members"].items()
            }
            table[name] = {member: limit for member, limit in limits.items() if limit}
            for member, target in shape["members"].items():
                visit(target["shape"], (name, member))
        elif shape["type"] == "list":
            visit(shape["member"]["shape"], (name, "member"))
        elif shape["type"] == "map":
            visit(shape["key"]["shape"])
            visit(shape["value"]["shape"], (name, "value"))

    def limits_of(name):
        shape = shapes[name]
        limits = {}
        if "min" in shape or "max" in shape:
            bounds = [shape.get("min"), shape.get("max")]
            if shape["type"] in LENGTH_TYPES:
                limits["length"] = bounds
            elif shape["type"] in RANGE_TYPES:
                limits["range"] = bounds
        for fact in ("pattern", "enum"):
            if fact in shape:
                limits[fact] = shape[fact]
        for part in ("member", "key", "value"):
            if shape["type"] in ("list", "map") and part in shape:
                inner = limits_of(shape[part]["shape"])
                if inner:
                    limits[part] = inner
        return limits

    for operation in model["operations"].values():
        if "input" in operation:
            visit(operation["input"]["shape"])
    return {name: members for name, members in sorted(table.items()) if members}


def to_text(table):
    """JSON with one member a line, so that a change of the model reads as one."""
    structures = []
    for name, members in table.items():
        lines = ",\n".join(f"    {json.dumps(member)}: {json.dumps(limits)}" for member, limits in members.items())
        structures.append(f"  {json.dumps(name)}: {{\n{lines}\n  }}")
    return "{\n" + ",\n".join(structures) + "\n}\n"


def main(names):
    loader = Loader()
    services = Path(__file__).resolve().parent.parent / "src" / "services"
    for name in names or SERVICES:
        table = constraint_table(loader.load_service_model(SERVICES[name], "service-2"))
        target = services / name / "constraints.generated.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(to_text(table), encoding="utf-8")
        print(f"{target.relative_to(services.parent.parent)}: {len(table)} structures")


if __name__ == "__main__":
    main(sys.argv[1:])
