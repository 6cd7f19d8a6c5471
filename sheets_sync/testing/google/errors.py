"""The refusals of the real API, each with its status, its words and its shape."""

from __future__ import annotations

from typing import Any

JsonObject = dict[str, Any]
"""A JSON object as it came or as it goes out; never changed in place, always replaced."""

_SIGN_IN = "https://developers.google.com/identity/sign-in/web/devconsole-project"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"


class ApiError(Exception):
    """A refusal that is answered as JSON with `code`; `body` is the whole answer."""

    def __init__(self, code: int, status: str, message: str, *details: JsonObject) -> None:
        super().__init__(message)
        self.code = code
        self.headers: dict[str, str] = {}
        self.body: JsonObject = {"error": {"code": code, "message": message, "status": status}}
        if details:
            self.body["error"]["details"] = list(details)


class InvalidArgument(ApiError):
    """The request is well formed and wrong; `violations` name fields of the JSON."""

    def __init__(self, message: str, /, **violations: str) -> None:
        found = [{"field": field, "description": text} for field, text in violations.items()]
        details = [{"@type": _BAD_REQUEST, "fieldViolations": found}] if found else []
        super().__init__(400, "INVALID_ARGUMENT", message, *details)


class NotJsonAsExpected(InvalidArgument):
    """The JSON does not fit the message it stands for; `field` is a path, perhaps empty."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, **{field: message})


class FieldsUnknown(InvalidArgument):
    """A field mask names something the answer does not have."""

    def __init__(self, path: str) -> None:
        words = f"Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'."
        super().__init__("Request contains an invalid argument.", **{path: words})


class NoCredentials(ApiError):
    """The bearer token is missing, unknown or expired."""

    def __init__(self) -> None:
        words = (
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
            f"other valid authentication credential. See {_SIGN_IN}."
        )
        super().__init__(401, "UNAUTHENTICATED", words)


class NoPermission(ApiError):
    """The user may not do this to that spreadsheet."""

    def __init__(self) -> None:
        super().__init__(403, "PERMISSION_DENIED", "The caller does not have permission")


class NotFound(ApiError):
    """There is no such spreadsheet."""

    def __init__(self) -> None:
        super().__init__(404, "NOT_FOUND", "Requested entity was not found.")


class QuotaExceeded(ApiError):
    """More calls a minute than allowed; `metric` is "Read requests" or "Write requests", `per` whose limit it is."""

    def __init__(self, metric: str, per: str) -> None:
        limit = f"{metric} per minute{per}"
        words = (
            f"Quota exceeded for quota metric '{metric}' and limit '{limit}' of service "
            "'sheets.googleapis.com' for consumer 'project_number:1'."
        )
        domain = {"reason": "RATE_LIMIT_EXCEEDED", "domain": "googleapis.com"}
        super().__init__(429, "RESOURCE_EXHAUSTED", words, {"@type": _ERROR_INFO, **domain})


class DriveRefusal(ApiError):
    """A refusal in the older shape that Drive uses."""

    def __init__(self, code: int, reason: str, message: str, **where: str) -> None:
        super().__init__(code, reason, message)
        first = {"message": message, "domain": "global", "reason": reason, **where}
        self.body = {"error": {"code": code, "message": message, "errors": [first]}}


class NoDriveCredentials(DriveRefusal):
    """What Drive says without a valid token."""

    def __init__(self) -> None:
        where = {"location": "Authorization", "locationType": "header"}
        super().__init__(401, "authError", "Invalid Credentials", **where)


class FileNotFound(DriveRefusal):
    """There is no such file, or the user may not see it: Drive does not say which."""

    def __init__(self, file_id: str) -> None:
        where = {"location": "fileId", "locationType": "parameter"}
        super().__init__(404, "notFound", f"File not found: {file_id}.", **where)


class FileNotYours(DriveRefusal):
    """The user may see the file and not do this to it."""

    def __init__(self) -> None:
        words = "The user does not have sufficient permissions for this file."
        super().__init__(403, "insufficientFilePermissions", words)


class GrantRefused(ApiError):
    """The token endpoint gives no token; its answer has a shape of its own."""

    def __init__(self, error: str, description: str, code: int = 400) -> None:
        super().__init__(code, error, description)
        self.body = {"error": error, "error_description": description}


class NothingThere(ApiError):
    """A path this stand-in does not serve."""

    def __init__(self, path: str) -> None:
        super().__init__(404, "NOT_FOUND", f"The stand-in does not serve {path}.")
