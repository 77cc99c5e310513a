"""A folder of several hundred varied runbooks, as teams keep them; the same every time."""

import io
import random
import zipfile

from tests.make import png

TEAMS = ["payments", "search", "platform", "network"]
PARTS = ["db", "queue", "cache", "ingress", "nodes/linux", "nodes/windows"]
FRONT = [
    "---\ntitle: {title}\ntags: [{part}, oncall]\nkind: runbook\nalerts: [{alert}]\n---\n\n",
    '---\ntitle: "{title}"\nreview_interval: 90d\nservices:\n  - checkout\n---\n',
    "",
    "",
]
RUNBOOK = """# {title}

## Symptoms

`{alert}` fires; the graph ![{part}]({up}assets/{part_name}.png) climbs.

## Steps

1. Look

   ```bash
   kubectl get pods -n {{{{ namespace }}}}
   ```

2. See [the next]({sibling}) and [the index]({up}README.md#contents).
"""
TABLES = """# {title}

| What | Limit |
|:--|--:|
| {part} | {number} |

- [ ] tell
- [x] look
  - nested

> [!WARNING]
> Mind `{alert}`.

Über naïve façade — 東京 🚒
"""
HUGO = """{title}
===

Plain words about {part}, [missing](no-such-{number}.md).

{{{{< hint info >}}}}
Hugo's
{{{{< /hint >}}}}
"""
MKDOCS = """# {title}

!!! note
    MkDocs' way.

<details>
<summary>HTML</summary>
</details>

![remote](https://elsewhere.example/{number}.png)

```mermaid
flowchart LR
  a --> b
```
"""
BODIES = [RUNBOOK, TABLES, HUGO, MKDOCS]


def folder(count: int = 300, seed: int = 5) -> dict[str, bytes]:
    """Return files by path: `count` runbooks, indexes, pictures, and what does not belong."""
    chance = random.Random(seed)
    files: dict[str, bytes] = {
        "README.md": b"# Runbooks\n\n## Contents\n\n- [databases](db/)\n",
        "mkdocs.yml": b"nav:\n  - a.md\n",
        "Makefile": b"all:\n",
        "_index.md": b"---\ntitle: Home\n---\n",
    }
    for part in PARTS:
        name = part.replace("/", "-")
        files[f"assets/{name}.png"] = png(20 + len(part), 10)
        files[f"{part}/_index.md"] = f"---\ntitle: All of {part}\n---\nHere.\n".encode()
    for number in range(count):
        part = PARTS[number % len(PARTS)]
        files[f"{part}/{TEAMS[number % 4]}-{number:03}.md"] = _text(chance, part, number)
    return files


def _text(chance: random.Random, part: str, number: int) -> bytes:
    words = {
        "title": f"{part.title()} case {number}",
        "part": part,
        "part_name": part.replace("/", "-"),
        "alert": f"Case{number}Firing",
        "number": number,
        "up": "../" * (part.count("/") + 1),
        "sibling": f"{TEAMS[(number + 6) % 4]}-{number + 6:03}.md",
    }
    text = chance.choice(FRONT) + chance.choice(BODIES)
    body = text.format(**words)
    if chance.random() < 0.5:
        body += (
            "\n"
            + "\n\n".join(
                f"Paragraph {i} of {number}: " + "words " * chance.randint(5, 60)
                for i in range(9)
            ).rstrip()
            + "\n"
        )
    return body.encode()


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return out.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
