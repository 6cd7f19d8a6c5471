"""What [models] may say, and how it is told what it may not."""

import pytest
from model_desk import AWAY, HERE
from pydantic import ValidationError

from opc_kernel.event import first_problem
from opc_kernel.models.settings import ModelSettings


def read(**given):
    return ModelSettings.model_validate(given)


def problem(**given):
    with pytest.raises(ValidationError) as caught:
        read(**given)
    return first_problem(caught.value)


def test_nothing_set_is_no_route():
    assert read().route("mail.draft", "small") is None


def test_a_purpose_goes_to_the_tier_the_settings_name_for_it():
    settings = read(small=HERE, large=AWAY, purposes={"mail.draft": "large"})

    assert settings.route("mail.draft", "small").name == "large"
    assert settings.route("mail.label", "small").name == "small"


def test_a_tier_that_is_not_set_is_served_by_the_next_larger_or_else_the_next_smaller():
    assert read(small=HERE, large=AWAY).route("a.b", "medium").name == "large"
    assert read(small=HERE).route("a.b", "large").name == "small"


@pytest.mark.parametrize(
    ("endpoint", "local"),
    [
        ("http://127.0.0.1:11434/v1", True),
        ("http://127.9.9.9/v1", True),
        ("http://[::1]:8080/v1", True),
        ("http://localhost:1234/v1", True),
        ("http://gpu.lan:8000/v1", True),
        ("https://localhost.example.com/v1", False),
        ("https://127.0.0.1.nip.io/v1", False),
        ("https://0.0.0.0/v1", False),
        ("https://192.168.0.9/v1", False),
    ],
)
def test_local_is_this_machine_or_a_host_that_is_named(endpoint, local):
    settings = read(small={**AWAY, "endpoint": endpoint}, local_hosts=["GPU.lan"])

    assert settings.route("a.b", "small").local == local


def test_an_endpoint_of_this_machine_that_passes_requests_on_is_one_elsewhere():
    cloud = {**HERE, "remote": True, "price_in": "1", "price_out": "1"}

    assert not read(small=cloud).route("a.b", "small").local
    assert "price_in and price_out are needed" in problem(small={**HERE, "remote": True})


def test_an_endpoint_elsewhere_is_reached_safely_and_has_its_prices():
    plain = {**AWAY, "endpoint": "http://api.example.com/v1"}
    free = {"endpoint": "https://api.example.com/v1", "model": "clever"}

    assert "small: api.example.com is not on this machine: its address must be https" in problem(small=plain)
    assert "small: price_in and price_out are needed, or no cap could hold" in problem(small=free)


@pytest.mark.parametrize(
    "endpoint", ["https://me:sk-canary@a.example/v1", "https://a.example/v1?key=sk-canary"]
)
def test_a_key_in_an_address_is_refused_and_not_told(endpoint):
    told = problem(small={**AWAY, "endpoint": endpoint})

    assert "'workbench model connect'" in told
    assert "canary" not in told


def test_what_is_no_cap_is_refused():
    assert problem(caps={"day": "-1"}) == "caps.day: -1.00 is less than nothing"
    assert "is no price" in problem(small={**AWAY, "price_in": "1000000.01"})
    assert problem(purposes={"a.b": "huge"}).startswith("purposes.a.b:")
    assert problem(smal=HERE) == "smal: There is no such field"
