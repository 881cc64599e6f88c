"""Requests made at random from our own OpenAPI description: no fault, and no answer that differs from it."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from eguichet_site.wsgi import application
from tests.api.partner import Partner

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    missing_required_header,
]
pytestmark = pytest.mark.django_db(transaction=True)
MANY = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


OPERATIONS = [
    ("GET", "/api/v1/services"),
    ("GET", "/api/v1/procedures/{service}/{procedure}/starts"),
    ("POST", "/api/v1/appointments"),
    ("POST", "/api/v1/appointments/{reference}/cancel"),
]
"""All of them: the first test compares."""


def test_every_operation_is_asked(partner: Partner) -> None:
    paths = partner.get("/openapi.json").json()["paths"]
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert described == set(OPERATIONS)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_answers_as_described(method: str, path: str, mode: GenerationMode, partner: Partner) -> None:
    operation = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)[path][method]

    @MANY
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:  # what exists is hardly ever met by chance
            real = {"service": "population", "procedure": "carte"}
            case.path_parameters.update({name: real[name] for name in case.path_parameters if name in real})
            if isinstance(case.body, dict) and "service" in case.body:
                case.body.update(real)
        case.call_and_validate(headers={"Authorization": f"Bearer {partner.key}"}, checks=CHECKS)

    ask()
