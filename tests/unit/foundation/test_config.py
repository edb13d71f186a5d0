from pathlib import Path

import pytest

from mda.config import Config
from mda.errors import ConfigError


def write(folder: Path, text: str) -> Path:
    file = folder / "node.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_default_has_a_doc_and_a_source() -> None:
    for setting in Config.load():
        assert setting.doc
        assert setting.source
        assert setting.value == setting.default


def test_a_file_sets_values_and_says_where(tmp_path: Path) -> None:
    config = Config.load(write(tmp_path, "[flow]\ntick_s = 20\n[node]\nname = 'Roseau'\n"))
    assert config.number("flow.tick_s") == 20.0
    assert config.text("node.name") == "Roseau"
    assert config["flow.tick_s"].set_in.endswith("node.toml:2")


def test_an_unknown_key_names_file_line_and_what_was_meant(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        Config.load(write(tmp_path, "[flow]\n\ntik_s = 20\n"))
    assert "node.toml:3" in str(caught.value)
    assert "Did you mean flow.tick_s" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[flow]\ntick_s = 6000\n", "out of bounds"),
        ("[flow]\ntick_s = 'ten'\n", "wants a number"),
        ("[flow]\ntick_s = true\n", "wants another type"),
        ("[node]\nname = 3\n", "wants a text"),
        ("[node]\nsources = 'caribewave'\n", "wants a list"),
        ("[flow\n", "not TOML"),
    ],
)
def test_a_wrong_value_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Config.load(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such settings file"):
        Config.load(tmp_path / "none.toml")


def test_the_hash_follows_the_values_of_its_section_only() -> None:
    plain = Config.load()
    other = Config.load(overrides={"flow.tick_s": 20})
    assert plain.hash("flow") != other.hash("flow")
    assert plain.hash("store") == other.hash("store")
    assert plain.hash() != other.hash()


def test_asking_for_what_does_not_exist() -> None:
    with pytest.raises(ConfigError, match="no setting named"):
        Config.load().number("flow.nothing_s")


def test_asking_a_text_for_its_number() -> None:
    with pytest.raises(ConfigError, match="not a number"):
        Config.load().number("node.name")


def test_overrides_from_the_command_line_are_checked_too() -> None:
    with pytest.raises(ConfigError, match="command line"):
        Config.load(overrides={"flow.tick": 3})
    assert Config.load(overrides={"node.port": 0}).integer("node.port") == 0
    assert Config.load(overrides={"node.sources": ("a", "b")}).texts("node.sources") == ("a", "b")
