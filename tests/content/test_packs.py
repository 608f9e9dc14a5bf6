"""A broken pack is named by file, line and key, with what was expected; a sound one loads whole and never changes."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from bot import content
from bot.core.catalog import Catalog, Fact, Pay, Skill, Tip
from bot.core.errors import PackError
from tests.content.conftest import problems


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("pay.yaml", "low: 11000", 'low: "11000"', "pay.yaml:5: pay-apprentice.low: expected a whole number"),
        ("pay.yaml", "low: 11000", "low: 19000", "low (19000) is above high (14000)"),
        ("pay.yaml", "currency: EUR", "currency: euros", "pay.yaml:7: pay-apprentice.currency: expected three capital"),
        (
            "pay.yaml",
            "region: town",
            "region: moon",
            "pay.yaml:4: region: pay-apprentice: there is no Region with the id 'moon'",
        ),
        ("skills.yaml", "  text:", "  txet:", "skills.yaml:4: skill-digging.txet: is no key of this"),
        ("skills.yaml", "  text:", "  txet:", "skills.yaml:1: skill-digging.text: is missing"),
        (
            "skills.yaml",
            "section: soil",
            "section: mud",
            "skills.yaml:5: section: skill-digging: pack.yaml lists no section",
        ),
        (
            "skills.yaml",
            "title: Digging",
            "title: Digging\n  title: Hoeing",
            "skills.yaml:3: title: this key is given twice",
        ),
        ("skills.yaml", "kind: hands", "kind: iron", "skills.yaml:3: kind: skill-digging: there is no SkillKind"),
        (
            "tips.yaml",
            "id: tip-heap",
            "id: skill-digging",
            "tips.yaml:1: id: 'skill-digging' is taken, by skills.yaml:1",
        ),
        ("tips.yaml", "rests_on: [skill-digging]", "rests_on: [skill-flying]", "tips.yaml:5: rests_on"),
        ("tips.yaml", "topics: [compost]", "topics: []", "tips.yaml:4: tip-heap.topics"),
        (
            "pack.yaml",
            "- { id: compost",
            "- { id: worms, title: Worms }\n  - { id: compost",
            "no tip has the topic 'worms'",
        ),
        (
            "pack.yaml",
            "id: gardener",
            "id: Gardener Pack",
            "pack.yaml:2: id: expected lower-case words joined by hyphens",
        ),
        ("tools.yaml", "- id:", "- id: [", "tools.yaml:2: not YAML"),
        ("skills.yaml", "title: Digging", "title: !!map Digging", "skills.yaml:2: not YAML: expected a mapping"),
        ("skills.yaml", "topics: [compost]", "topics: !!seq compost", "skills.yaml:6: not YAML: expected a sequence"),
        ("skills.yaml", "title: Digging", "title: !!str [Digging]", "skills.yaml:2: not YAML: expected a scalar"),
    ],
)
def test_what_is_wrong_is_named_by_file_line_and_key(pack: Path, file: str, old: str, new: str, said: str) -> None:
    change(pack / file, old, new)
    assert any(said in problem for problem in problems(pack)), problems(pack)


def test_what_entries_have_in_common_may_be_merged_as_yaml_does(pack: Path) -> None:
    sound = content.load(pack)
    change(pack / "skills.yaml", "  section: soil\n  topics: [compost]", "  <<: { section: soil, topics: [compost] }")
    assert content.load(pack).all(Skill) == sound.all(Skill)


def test_only_our_own_pack_is_known_to_be_fair_and_none_that_stands_beside_it(
    pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert content.ours(content.find("ai-engineer"))
    assert not content.ours(pack)
    monkeypatch.setattr("bot.content.packs.SHELVES", (pack.parent,))
    assert not content.ours(content.find(pack.name))


def test_every_problem_is_told_at_once(pack: Path) -> None:
    change(pack / "skills.yaml", "section: soil", "section: mud")
    change(pack / "tools.yaml", "section: soil", "section: mud")
    assert len(problems(pack)) == 2


def test_a_file_that_is_no_part_of_a_pack_is_named(pack: Path) -> None:
    (pack / "skilz.yaml").write_text("- 1", "utf-8")
    assert "skilz.yaml: not a file of a pack" in problems(pack)[0]


def test_bytes_that_are_no_text_are_named(pack: Path) -> None:
    (pack / "tips.yaml").write_bytes(b"\xff\xfe\x00")
    assert "is not UTF-8" in problems(pack)[0] or "not YAML" in problems(pack)[0]


def test_a_name_that_is_no_pack_is_answered_with_those_there_are() -> None:
    with pytest.raises(PackError, match="ai-engineer"):
        content.find("no-such-pack")


def test_the_catalog_cannot_be_changed() -> None:
    catalog = content.load(content.find("ai-engineer"))
    with pytest.raises(FrozenInstanceError):
        catalog.all(Pay)[0].low = 1  # type: ignore[misc] # what mypy sees, too


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return content.load(content.find("ai-engineer"))


def test_the_pack_holds_the_salary_table_of_the_article(catalog: Catalog) -> None:
    assert [(row.level, row.region, row.low, row.high, row.open_ended) for row in catalog.all(Pay)] == [
        ("entry", "us", 90_000, 120_000, False),
        ("mid", "us", 120_000, 150_000, False),
        ("senior", "us", 150_000, 200_000, True),
        ("top-tech", "us", 200_000, 250_000, True),
        (None, "europe-asia", 70_000, 150_000, False),
    ]
    assert catalog.get("pay-top-tech-us", Pay).includes


def test_every_section_has_facts_and_there_are_tips_enough(catalog: Catalog) -> None:
    assert {fact.section for fact in catalog.all(Fact)} == {section.id for section in catalog.pack.sections}
    assert len(catalog.all(Tip)) >= 40
    assert len(catalog.all(Skill)) >= 20
    assert all(len(fact.asked) >= 3 for fact in catalog.all(Fact))
