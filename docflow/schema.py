"""How the API describes itself: the key as the one way in, and every refusal beside every answer."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

PROBLEM = "application/problem+json"
ALWAYS = {
    401: "No key, or one that is unknown, expired or revoked.",
    403: "The key or its person may not do this.",
    429: "Too many requests of one key; Retry-After says how long to wait.",
}
OF_ONE = {404: "There is no such thing, or not for this key."}
OF_LISTS = {422: "A parameter is out of its bounds."}
OF_WRITES = {
    400: "The request could not be read.",
    409: "It has changed meanwhile, or it is there already.",
    413: "The request is larger than allowed.",
    415: "The format is not accepted.",
    422: "Something in the request needs correcting.",
}


class FieldProblem(serializers.Serializer[Any]):
    """What is wrong with one field."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """A refusal (RFC 9457), in the language of Accept-Language."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = FieldProblem(many=True)  # type: ignore[assignment]  # a field of the answer, not the serializer's own


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself, without types
    """`Authorization: Bearer df_…`."""

    target_class = "accounts.api.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class Described(AutoSchema):
    """Adds the refusals to what each view says of itself."""

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status, words in sorted(self._refusals().items()):
            refusal = self._get_response_for_code(Problem, str(status), [PROBLEM])  # type: ignore[no-untyped-call]
            bodies.setdefault(str(status), refusal | {"description": words})
        return bodies

    def _refusals(self) -> dict[int, str]:
        one = OF_ONE if "{" in self.path else {}
        if self.method != "GET":
            return ALWAYS | one | OF_WRITES
        return ALWAYS | (one or OF_LISTS)


def closed(result: dict[str, Any], **about: Any) -> dict[str, Any]:
    """Serializers that say `x-closed` take no other members; extensions may not say it in the schema's own words."""
    for schema in result["components"]["schemas"].values():
        if schema.pop("x-closed", False):
            schema["additionalProperties"] = False
    return result
