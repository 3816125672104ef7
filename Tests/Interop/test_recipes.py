"""The recipes of the documentation, run as they are written; the one for Docker is run by `.ci/docker`."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Recipes"))
from recipes import recipes  # noqa: E402 (it lies where `.ci/docker` runs it from)

# Their ports are written down, so each runs on a loopback of its own where that can be had, and what it
# leaves running ends with it.
ALONE = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", 'ip link set lo up && exec "$@"', "alone"]


@pytest.fixture
def around():
    if shutil.which("ip") and subprocess.run([*ALONE, "true"], capture_output=True).returncode == 0:
        return ALONE
    return []


@pytest.mark.parametrize(
    "recipe", [recipe for recipe in recipes() if not recipe.needs_docker], ids=lambda recipe: recipe.title
)
def test_a_recipe_does_what_it_says(recipe, around, tmp_path, monkeypatch):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "torpor").symlink_to(os.environ["TORPOR"])
    python = pathlib.Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{programs}:{python}:{os.environ['PATH']}")
    folder = tmp_path / "recipe"
    folder.mkdir()
    wrong = recipe.run(folder, around)
    assert not wrong, "\n".join(wrong)


def test_every_recipe_is_run():
    made = recipes()
    assert len(made) == 3 and sum(recipe.needs_docker for recipe in made) == 1
    assert all(recipe.scripts for recipe in made)
    assert all(lines for recipe in made for *_, lines in recipe.scripts)
