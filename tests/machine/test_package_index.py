"""What pip is told on a machine reaches uv with the same meaning."""

from pathlib import Path

from machine.package_index import parse_pip_settings, uv_environment


def test_a_variable_wins_over_a_file_and_a_section_over_the_global_one() -> None:
    listing = """
:env:.timeout='180'
global.timeout='15'
global.index-url='https://mirror.example/simple'
install.index-url='https://other.example/simple'
freeze.timeout='10'
a line of something else
"""
    assert parse_pip_settings(listing) == {"timeout": "180", "index-url": "https://other.example/simple"}


def test_settings_become_the_variables_of_uv(tmp_path: Path) -> None:
    settings = {
        "index-url": "https://mirror.example/simple",
        "extra-index-url": "https://one.example/simple\nhttps://two.example/simple",
        "find-links": f"{tmp_path} {tmp_path / 'missing'}",
        "trusted-host": "mirror.example",
        "cert": "/etc/ssl/own.pem",
    }
    variables = uv_environment(settings, environment={"HOME": str(tmp_path)})
    assert variables["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert variables["UV_INDEX"] == "https://one.example/simple https://two.example/simple"
    assert variables["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert variables["UV_FIND_LINKS"] == str(tmp_path)
    assert variables["UV_INSECURE_HOST"] == "mirror.example"
    assert variables["SSL_CERT_FILE"] == "/etc/ssl/own.pem"
    assert "UV_NO_CACHE" not in variables


def test_what_somebody_has_set_for_uv_stays() -> None:
    own = {"UV_DEFAULT_INDEX": "https://own.example/simple", "HOME": "/"}
    assert "UV_DEFAULT_INDEX" not in uv_environment({"index-url": "https://mirror.example/simple"}, environment=own)


def test_an_index_that_is_not_switched_off_stays_on(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path)}
    assert "UV_NO_INDEX" not in uv_environment({"no-index": "false"}, environment=environment)
    assert uv_environment({"no-index": "1"}, environment=environment)["UV_NO_INDEX"] == "1"


def test_without_a_home_nothing_is_cached() -> None:
    assert uv_environment({}, environment={})["UV_NO_CACHE"] == "1"
