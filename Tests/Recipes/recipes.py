"""Runs the recipes of `Recipes.md` as they are written there.

    python3 Tests/Recipes/recipes.py docker     # those that need an engine; the rest is run by pytest

A comment before a fence says what it is: `file: NAME`, `uses: NAME…` (of an earlier recipe), `run: exits N`
(in a folder with the files), `docker: exits N` (at the top of the repository), and `prints`, the lines that
what ran before must have printed, in that order; `…` stands for anything.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "Sources/torpor/Documentation.docc/Recipes.md"
FENCE = re.compile(r"((?:^<!-- [^\n]+ -->\n)+)```\w+\n(.*?)^```$", re.M | re.S)
SECONDS = 120


class Recipe:
    """One heading of the page: its files, and its scripts with what each must print."""

    def __init__(self, title, text, earlier):
        self.title, self.files, self.scripts = title, {}, []
        for comments, body in FENCE.findall(text):
            for kind, what in re.findall(r"<!-- (\w+)(?:: (.+))? -->", comments):
                match kind:
                    case "file":
                        self.files[what] = body
                    case "uses":
                        self.files |= {name: earlier[name] for name in what.split()}
                    case "run" | "docker":
                        self.scripts.append([kind, body, int(what.removeprefix("exits ")), []])
                    case "prints":
                        self.scripts[-1][3] = body.splitlines()
                    case _:
                        raise ValueError(f"{PAGE.name}: '{kind}' is none of file, uses, run, docker, prints")

    @property
    def needs_docker(self):
        return any(kind == "docker" for kind, *_ in self.scripts)

    def run(self, folder, around=()):
        """Every script in its order; gives what is wrong, a line each."""
        for name, body in self.files.items():
            (folder / name).write_text(body)
        wrong = []
        for kind, body, code, lines in self.scripts:
            done = subprocess.run(
                [*around, "bash", "-c", body], cwd=ROOT if kind == "docker" else folder,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                text=True, timeout=SECONDS,
            )
            if done.returncode != code:
                wrong.append(f"exits {done.returncode}, not {code}")
            wrong += [f"does not print: {line}" for line in missing(lines, done.stdout)]
            if wrong:
                return wrong + ["it printed:", done.stdout]
        return wrong


def missing(lines, printed):
    """The first of the lines that does not come, after those before it."""
    place = 0
    for line in lines:
        pattern = ".*".join(map(re.escape, line.split("…")))
        found = re.compile(pattern).search(printed, place)
        if not found:
            return [line]
        place = found.end()
    return []


def recipes():
    made, earlier = [], {}
    for part in re.split(r"^## ", PAGE.read_text(), flags=re.M)[1:]:
        title, _, text = part.partition("\n")
        made.append(Recipe(title, text, earlier))
        earlier |= made[-1].files
    return made


def main():
    wrong = []
    for recipe in recipes():
        if recipe.needs_docker:
            wrong += recipe.run(ROOT)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
