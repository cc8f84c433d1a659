"""Signs the requests on standard input with botocore and prints them as botocore would send them."""

import base64
import json
import sys
from urllib.parse import urlsplit

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def signed(asked):
    request = AWSRequest(
        method=asked["method"],
        url=asked["url"],
        data=base64.b64decode(asked["body"]),
        params=asked["params"],
    )
    for name, value in asked["headers"]:
        request.headers[name] = value
    key = asked["credentials"]
    credentials = Credentials(key["accessKeyId"], key["secretAccessKey"], key.get("sessionToken"))
    getattr(auth, asked["signer"])(credentials, asked["service"], "us-east-1").add_auth(request)
    sent = request.prepare()
    url = urlsplit(sent.url)
    # The prepared request keeps one header of a name only; what was signed has them all.
    headers = [[name, text(value)] for name, value in request.headers.items()]
    return {
        "method": sent.method,
        "target": (url.path or "/") + ("?" + url.query if url.query else ""),
        "headers": [["Host", url.netloc], *headers],
        "body": base64.b64encode(sent.body or b"").decode(),
    }


def text(value):
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


json.dump([signed(asked) for asked in json.load(sys.stdin)], sys.stdout)
