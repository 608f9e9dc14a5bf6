"""A small pack to break."""

import shutil
from pathlib import Path

import pytest

from bot import content
from bot.core.errors import PackError
from tests.conftest import GARDENER


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    shutil.copytree(GARDENER, tmp_path / "pack", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "pack"


def problems(folder: Path) -> list[str]:
    """What loading it complains of, each as it is told, without the folder."""
    with pytest.raises(PackError) as caught:
        content.load(folder)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]
