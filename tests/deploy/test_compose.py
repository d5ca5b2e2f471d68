"""What can be known of the production shape without a container engine."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from xinyidai.settings import ROOT, Settings

SCHEMA = ROOT / "node_modules/dclint/schemas/compose.schema.json"
# Variables of compose.yaml that are for other programs than ours.
FOREIGN = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE", "XYD_SITE", "XYD_TAG"}
OURS = ("web", "worker", "relay", "migrate")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return loaded


def setting_names() -> set[str]:
    return {str(field.validation_alias or f"XYD_{name.upper()}") for name, field in Settings.model_fields.items()}


def test_the_file_follows_the_published_compose_schema(compose: dict[str, Any]) -> None:
    if not SCHEMA.exists():
        pytest.skip("dclint, which carries the schema, is not installed (npm ci)")
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(compose)


def test_every_variable_of_our_services_is_a_setting_and_every_setting_is_named(compose: dict[str, Any]) -> None:
    named: set[str] = set()
    for service in OURS:
        block = compose["services"][service]
        variables = set(block["environment"]) | {secret.upper() for secret in block["secrets"]}
        assert variables - setting_names() == set(), service
        named |= variables
    assert setting_names() - named == set()


def test_every_variable_the_file_reads_is_a_setting_or_known(compose: dict[str, Any]) -> None:
    read = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    assert read - setting_names() - FOREIGN == set()


def test_no_password_or_key_is_a_variable(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            secret_like = re.search(r"PASSWORD|SECRET|KEY|TOKEN", variable) and not variable.endswith("_FILE")
            assert not secret_like, f"{name}: {variable}={value}"


def test_services_run_without_root_on_read_only_file_systems_with_limits_and_health_checks(
    compose: dict[str, Any],
) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        assert "healthcheck" in service or name == "migrate", name
    for name in OURS:
        assert compose["services"][name]["user"] == "10001:10001"
        assert compose["services"][name]["cap_drop"] == ["ALL"]


def test_every_mounted_secret_is_made_by_the_script(compose: dict[str, Any]) -> None:
    script = (ROOT / "deploy/make-secrets").read_text()
    for name, secret in compose["secrets"].items():
        assert secret["file"] == f"./secrets/{name}"
        assert f"keep {name} " in script


def test_settings_read_secret_files_by_the_names_of_the_compose_file(tmp_path: Path) -> None:
    for name in ("database_url", "database_owner_url", "xyd_secret_key"):
        (tmp_path / name).write_text(f"from file {name}")
    settings = Settings(_secrets_dir=tmp_path)  # type: ignore[call-arg]
    assert settings.database_url == "from file database_url"
    assert settings.database_owner_url == "from file database_owner_url"
    assert settings.secret_key.get_secret_value() == "from file xyd_secret_key"


def test_every_setting_is_in_both_readmes() -> None:
    for readme in ("README.md", "README.zh-CN.md"):
        text = (ROOT / readme).read_text()
        assert {name for name in setting_names() if f"`{name}`" not in text} == set(), readme
