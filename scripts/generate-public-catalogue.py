#!/usr/bin/env python3
"""Writes src/services/ssm/public-catalogue/regions.generated.json and services.generated.json: the facts behind the public parameters under
/aws/service/global-infrastructure.

Regions, services, endpoints and their names come from the endpoint and service data that botocore carries; where regions
and their zones are is written down here.

Usage: generate-public-catalogue.py
"""

import gzip
import json
from pathlib import Path

import botocore
from botocore.loaders import Loader

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")

# Region: country, region of the country (ISO 3166), prefix of the zone ids, numbers of the zones.
PLACES = {
    "af-south-1": ("ZA", "ZA-WC", "afs1", "123"),
    "ap-east-1": ("HK", "HK", "ape1", "123"),
    "ap-east-2": ("TW", "TW-TPE", "ape2", "123"),
    "ap-northeast-1": ("JP", "JP-13", "apne1", "124"),
    "ap-northeast-2": ("KR", "KR-11", "apne2", "1234"),
    "ap-northeast-3": ("JP", "JP-27", "apne3", "123"),
    "ap-south-1": ("IN", "IN-MH", "aps1", "123"),
    "ap-south-2": ("IN", "IN-TG", "aps2", "123"),
    "ap-southeast-1": ("SG", "SG", "apse1", "123"),
    "ap-southeast-2": ("AU", "AU-NSW", "apse2", "123"),
    "ap-southeast-3": ("ID", "ID-JK", "apse3", "123"),
    "ap-southeast-4": ("AU", "AU-VIC", "apse4", "123"),
    "ap-southeast-5": ("MY", "MY-14", "apse5", "123"),
    "ap-southeast-6": ("NZ", "NZ-AUK", "apse6", "123"),
    "ap-southeast-7": ("TH", "TH-10", "apse7", "123"),
    "ca-central-1": ("CA", "CA-QC", "cac1", "124"),
    "ca-west-1": ("CA", "CA-AB", "caw1", "123"),
    "cn-north-1": ("CN", "CN-BJ", "cnn1", "124"),
    "cn-northwest-1": ("CN", "CN-NX", "cnnw1", "123"),
    "eu-central-1": ("DE", "DE-HE", "euc1", "123"),
    "eu-central-2": ("CH", "CH-ZH", "euc2", "123"),
    "eu-north-1": ("SE", "SE-AB", "eun1", "123"),
    "eu-south-1": ("IT", "IT-25", "eus1", "123"),
    "eu-south-2": ("ES", "ES-AR", "eus2", "123"),
    "eu-west-1": ("IE", "IE-D", "euw1", "123"),
    "eu-west-2": ("GB", "GB-LND", "euw2", "123"),
    "eu-west-3": ("FR", "FR-IDF", "euw3", "123"),
    "il-central-1": ("IL", "IL-TA", "ilc1", "123"),
    "me-central-1": ("AE", "AE-DU", "mec1", "123"),
    "me-south-1": ("BH", "BH-13", "mes1", "123"),
    "mx-central-1": ("MX", "MX-QUE", "mxc1", "123"),
    "sa-east-1": ("BR", "BR-SP", "sae1", "123"),
    "us-east-1": ("US", "US-VA", "use1", "123456"),
    "us-east-2": ("US", "US-OH", "use2", "123"),
    "us-gov-east-1": ("US", "US-OH", "usge1", "123"),
    "us-gov-west-1": ("US", "US-OR", "usgw1", "123"),
    "us-west-1": ("US", "US-CA", "usw1", "13"),
    "us-west-2": ("US", "US-OR", "usw2", "1234"),
}

LOCAL_ZONES = {
    "af-south-1": "los1",
    "ap-northeast-1": "tpe1",
    "ap-south-1": "ccu1 del1",
    "ap-southeast-1": "bkk1 mnl1",
    "ap-southeast-2": "akl1 per1",
    "eu-central-1": "ham1 waw1",
    "eu-north-1": "cph1 hel1",
    "me-south-1": "mct1",
    "us-east-1": "atl1 atl2 bos1 bue1 chi1 chi2 dfw1 dfw2 iah1 iah2 lim1 mci1 mia1 mia2 msp1 nyc1 nyc2 phl1 qro1 scl1",
    "us-west-2": "den1 hnl1 las1 lax1 pdx1 phx1 phx2 sea1",
}

WAVELENGTH_ZONES = {
    "ap-northeast-1": "wl1-kix wl1-nrt",
    "ap-northeast-2": "wl1-cjj wl1-sel",
    "ca-central-1": "wl1-yto",
    "eu-central-1": "wl1-ber wl1-dtm wl1-muc",
    "eu-west-2": "wl1-lon wl1-man wl2-man",
    "us-east-1": "wl1-atl wl1-bna wl1-bos wl1-chi wl1-clt wl1-dfw wl1-dtw wl1-iah wl1-mia wl1-msp wl1-nyc wl1-tpa wl1-was",
    "us-west-2": "wl1-den wl1-las wl1-lax wl1-phx wl1-sea wl1-sfo",
}

HOME_PAGES = {
    "acm": "certificate-manager",
    "athena": "athena",
    "autoscaling": "autoscaling",
    "backup": "backup",
    "batch": "batch",
    "cloudformation": "cloudformation",
    "cloudfront": "cloudfront",
    "cloudhsmv2": "cloudhsm",
    "cloudtrail": "cloudtrail",
    "cloudwatch": "cloudwatch",
    "codebuild": "codebuild",
    "codecommit": "codecommit",
    "codedeploy": "codedeploy",
    "codepipeline": "codepipeline",
    "config": "config",
    "dms": "dms",
    "docdb": "documentdb",
    "ds": "directoryservice",
    "dynamodb": "dynamodb",
    "ebs": "ebs",
    "ec2": "ec2",
    "ecr": "ecr",
    "ecs": "ecs",
    "efs": "efs",
    "eks": "eks",
    "elasticache": "elasticache",
    "elasticbeanstalk": "elasticbeanstalk",
    "emr": "emr",
    "events": "eventbridge",
    "firehose": "kinesis/data-firehose",
    "fsx": "fsx",
    "glue": "glue",
    "guardduty": "guardduty",
    "iam": "iam",
    "inspector2": "inspector",
    "kafka": "msk",
    "kinesis": "kinesis",
    "kms": "kms",
    "lambda": "lambda",
    "macie2": "macie",
    "mq": "amazon-mq",
    "neptune": "neptune",
    "opensearch": "opensearch-service",
    "organizations": "organizations",
    "ram": "ram",
    "rds": "rds",
    "redshift": "redshift",
    "route53": "route53",
    "s3": "s3",
    "sagemaker": "sagemaker",
    "secretsmanager": "secrets-manager",
    "securityhub": "security-hub",
    "ses": "ses",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "systems-manager",
    "stepfunctions": "step-functions",
    "storagegateway": "storagegateway",
    "transfer": "aws-transfer-family",
    "wafv2": "waf",
    "xray": "xray",
}


def regions_of(endpoints):
    facts = {}
    for partition in endpoints["partitions"]:
        if partition["partition"] not in PARTITIONS:
            continue
        for region, known in partition["regions"].items():
            country, subdivision, prefix, numbers = PLACES[region]
            facts[region] = {
                "longName": known["description"],
                "partition": partition["partition"],
                "domain": partition["dnsSuffix"],
                "geolocationCountry": country,
                "geolocationRegion": subdivision,
                "availabilityZones": [f"{prefix}-az{number}" for number in numbers],
                "localZones": [f"{prefix}-{zone}-az1" for zone in LOCAL_ZONES.get(region, "").split()],
                "wavelengthZones": [f"{prefix}-{zone}-wlz1" for zone in WAVELENGTH_ZONES.get(region, "").split()],
            }
    return dict(sorted(facts.items()))


def services_of(endpoints, regions, loader):
    """By the name that botocore gives a service: its name and protocols, and what is not of the usual form."""
    facts = {}
    for service in loader.list_available_services("service-2"):
        metadata = loader.load_service_model(service, "service-2")["metadata"]
        prefix = metadata["endpointPrefix"]
        hosts, centrals, protocols = {}, {}, None
        for partition in endpoints["partitions"]:
            known = partition["services"].get(prefix)
            if partition["partition"] not in PARTITIONS or not known:
                continue
            central = known["endpoints"].get(known.get("partitionEndpoint", ""), {}).get("hostname")
            defaults = known.get("defaults", {})
            protocols = protocols or defaults.get("protocols", ["https"])
            for region in partition["regions"]:
                if region in known["endpoints"]:
                    own = known["endpoints"][region]
                    form = own.get("hostname") or defaults.get("hostname") or "{service}.{region}.{dnsSuffix}"
                    hosts[region] = form.format(service=prefix, region=region, dnsSuffix=partition["dnsSuffix"])
                elif central and known.get("isRegionalized") is False:
                    hosts[region] = centrals[partition["partition"]] = central
        if not hosts:
            continue
        usual = {region: f"{prefix}.{region}.{regions[region]['domain']}" for region in hosts}
        page = HOME_PAGES.get(service)
        facts[service] = {
            "longName": metadata["serviceFullName"],
            **({"marketingHomeURL": f"https://aws.amazon.com/{page}/"} if page else {}),
            "endpointPrefix": prefix,
            "protocols": ",".join(protocols).upper(),
            "absentFrom": [region for region in regions if region not in hosts],
            **({"centralEndpoints": centrals} if centrals else {}),
            "otherEndpoints": {
                region: host
                for region, host in sorted(hosts.items())
                if host != centrals.get(regions[region]["partition"], usual[region])
            },
        }
    return facts


def write(name, facts):
    """JSON with one entry a line, so that a change of the facts reads as one."""
    target = Path(__file__).resolve().parent.parent / "src" / "services" / "ssm" / "public-catalogue" / name
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in facts.items())
    target.write_text("{\n" + lines + "\n}\n", encoding="utf-8")
    print(f"{target.name}: {len(facts)} entries")


def main():
    data = Path(botocore.__file__).parent / "data"
    plain, packed = data / "endpoints.json", data / "endpoints.json.gz"
    endpoints = json.loads(plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes()))
    regions = regions_of(endpoints)
    write("regions.generated.json", regions)
    write("services.generated.json", services_of(endpoints, regions, Loader()))


if __name__ == "__main__":
    main()
