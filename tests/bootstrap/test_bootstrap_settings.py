"""The settings of a process: arguments before variables before defaults, and nothing that contradicts itself."""

import pytest

from twincast.bootstrap.settings import DEFAULT_DATABASE, Settings, is_loopback, read_settings, without_secrets
from twincast.domain.errors import Misconfigured


class TestReading:
    def test_an_argument_wins_over_a_variable_and_that_over_the_default(self) -> None:
        variables = {"TWINCAST_DATABASE": "shop.db", "TWINCAST_PORT": "9000"}
        assert read_settings({}).database == DEFAULT_DATABASE
        assert read_settings(variables).database == "shop.db"
        assert read_settings(variables, database="other.db").database == "other.db"
        assert (read_settings(variables).port, read_settings(variables, port=0).port) == (9000, 0)

    def test_an_empty_variable_says_nothing(self) -> None:
        assert read_settings({"TWINCAST_DATABASE": "", "TWINCAST_PORT": ""}) == read_settings({})

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("TWINCAST_PORT", "eighty"),
            ("TWINCAST_PORT", "65536"),
            ("TWINCAST_PORT", "-1"),
            ("TWINCAST_MAX_BODY", "10"),
            ("TWINCAST_MAX_UPLOAD", "1e9"),
            ("TWINCAST_CURRENCY", "dollars"),
            ("TWINCAST_ZONE", "Mars/Olympus"),
            ("TWINCAST_ZONE", "../../etc/passwd"),
            ("TWINCAST_LOG_LEVEL", "loud"),
            ("TWINCAST_REQUIRE_SESSION", "maybe"),
        ],
    )
    def test_a_variable_that_can_not_be_read_is_named(self, name: str, value: str) -> None:
        with pytest.raises(Misconfigured, match=name):
            read_settings({name: value})

    @pytest.mark.req("A11")
    @pytest.mark.parametrize("name", ["TWINCAST_REQUIRE_SESSION", "REQUIRE_SESSION"])
    @pytest.mark.parametrize(("value", "asked"), [("1", True), ("true", True), ("0", False), ("", False)])
    def test_a_session_is_required_where_that_is_asked_for(self, name: str, value: str, asked: bool) -> None:
        assert read_settings({name: value}).require_session is asked
        assert not read_settings({}).require_session


class TestLoopback:
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "127.8.0.1", "::1", "[::1]"])
    def test_is_this_machine_only(self, host: str) -> None:
        assert is_loopback(host)
        assert read_settings({}, host=host).is_loopback

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.1", "localhost.example", "127.0.0.1.example", "1"])
    def test_is_nothing_else(self, host: str) -> None:
        assert not is_loopback(host)


class TestTheDatabase:
    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("shop@home.db", "shop@home.db"),
            ("sqlite:////srv/a@b:c.db", "sqlite:////srv/a@b:c.db"),
            ("postgresql://me:hush@host:5432/shop", "postgresql://me@host:5432/shop"),
            ("postgresql://me:hu@sh@host/shop?password=hush", "postgresql://me@host/shop"),
            ("postgresql://host/shop?user=me&password=hush", "postgresql://host/shop"),
        ],
    )
    def test_is_shown_without_its_password(self, url: str, shown: str) -> None:
        assert without_secrets(url) == shown
        assert "hush" not in repr(Settings(database=url))
