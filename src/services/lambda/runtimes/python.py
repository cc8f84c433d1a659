"""Runs Python functions: asks the Lambda Runtime API for events, calls the handler, gives back what it answers.

Started by Strongroom with the function's environment variables and nothing else; ends when the Runtime API is gone.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
# Neither the function nor what it starts speaks to the Runtime API itself.
TOKEN = os.environ.pop("STRONGROOM_RUNTIME_TOKEN")
TASK_ROOT = os.environ["LAMBDA_TASK_ROOT"]
OWN_FILE = os.path.abspath(__file__)

connection = http.client.HTTPConnection(API)
request_id = None


def call(method, path, headers=None, body=None):
    """Calls the Runtime API. Ends the process when that fails: the server is gone."""
    try:
        headers = {"Strongroom-Runtime-Token": TOKEN, **(headers or {})}
        connection.request(method, "/2018-06-01/runtime/" + path, body, headers)
        response = connection.getresponse()
        return response.headers, response.read()
    except (OSError, http.client.HTTPException):
        os._exit(1)


def report(path, error):
    sys.stdout.flush()
    sys.stderr.flush()
    call("POST", path, {"Lambda-Runtime-Function-Error-Type": error["errorType"]}, json.dumps(error).encode())


def trace_of(thrown):
    """The lines of a traceback that are the function's own."""
    frames = [frame for frame in traceback.extract_tb(thrown.__traceback__) if frame.filename != OWN_FILE]
    return traceback.format_list([f for f in frames if "importlib" not in f.filename])


def error_of(thrown, name=None):
    lines = trace_of(thrown)
    error = {"errorMessage": str(thrown), "errorType": name or type(thrown).__name__}
    return {**error, "requestId": request_id or "", "stackTrace": lines}


def log_error(error):
    text = "[ERROR] %s: %s" % (error["errorType"], error["errorMessage"])
    if error["stackTrace"]:
        text += "\nTraceback (most recent call last):\n" + "".join(error["stackTrace"])
    # One event in the log, whatever line feeds it has.
    sys.stdout.write(text.rstrip("\n").replace("\n", "\r") + "\n")


class InitError(Exception):
    def __init__(self, name, message, cause=None):
        super().__init__(message)
        self.name = name
        if cause is not None:
            self.__traceback__ = cause.__traceback__


def load_handler():
    name = os.environ.get("_HANDLER", "")
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as wrong:
        raise InitError("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, wrong))
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as wrong:
        raise InitError("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, wrong), wrong)
    except SyntaxError as wrong:
        raise InitError("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, wrong), wrong)
    handler = getattr(module, function_name, None)
    if handler is None:
        message = "Handler '%s' missing on module '%s'" % (function_name, module_name)
        raise InitError("Runtime.HandlerNotFound", message)
    return handler


class CognitoIdentity:
    cognito_identity_id = None
    cognito_identity_pool_id = None


class Client:
    def __init__(self, given):
        self.installation_id = given.get("installation_id")
        self.app_title = given.get("app_title")
        self.app_version_name = given.get("app_version_name")
        self.app_version_code = given.get("app_version_code")
        self.app_package_name = given.get("app_package_name")


class ClientContext:
    def __init__(self, given):
        self.client = Client(given["client"]) if "client" in given else None
        self.custom = given.get("custom")
        self.env = given.get("env")


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = CognitoIdentity()
        given = headers.get("Lambda-Runtime-Client-Context")
        self.client_context = ClientContext(json.loads(given)) if given else None
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


class LambdaFormatter(logging.Formatter):
    converter = time.gmtime

    def format(self, record):
        record.aws_request_id = request_id or ""
        return super().format(record).replace("\n", "\r")


def set_up_logging():
    handler = logging.StreamHandler(sys.stdout)
    form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
    handler.setFormatter(LambdaFormatter(form, "%Y-%m-%dT%H:%M:%S"))
    logging.getLogger().addHandler(handler)


def run(handler, headers, body):
    global request_id
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
    path = "invocation/%s/" % request_id
    try:
        result = handler(json.loads(body), Context(headers))
    except Exception as thrown:
        error = error_of(thrown)
        log_error(error)
        report(path + "error", error)
        return
    try:
        answer = json.dumps(result).encode()
    except (TypeError, ValueError) as thrown:
        error = error_of(thrown, "Runtime.MarshalError")
        error["errorMessage"] = "Unable to marshal response: %s" % thrown
        log_error(error)
        report(path + "error", error)
        return
    sys.stdout.flush()
    sys.stderr.flush()
    call("POST", path + "response", {}, answer)


def main():
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    sys.stderr.reconfigure(line_buffering=True, errors="backslashreplace")
    set_up_logging()
    # In place of this file's own folder, so that the function imports its own modules and no others.
    sys.path[0] = TASK_ROOT
    try:
        handler = load_handler()
    except InitError as thrown:
        error = error_of(thrown, thrown.name)
        log_error(error)
        report("init/error", error)
        sys.exit(1)
    except Exception as thrown:
        error = error_of(thrown)
        log_error(error)
        report("init/error", error)
        sys.exit(1)
    while True:
        run(handler, *call("GET", "invocation/next"))


if __name__ == "__main__":
    main()
