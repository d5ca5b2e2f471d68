import pytest

from xinyidai.core.logs import configure_logging, logger


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_logged_fault_never_shows_local_variables(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(log_format)
    password = "very secret"  # noqa: F841 - what must not be printed
    try:
        raise ValueError("a fault")
    except ValueError:
        logger.bind().exception("failed")
    printed = capsys.readouterr().err
    assert "a fault" in printed
    assert "very secret" not in printed.replace('password = "very secret"', "")
