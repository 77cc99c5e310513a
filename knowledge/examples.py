"""What can be written in a text, each shown as it is written and as it is drawn."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.markdown import render


class Example(NamedTuple):
    """One thing that can be written; `source` is Markdown and the same in every language."""

    key: str
    title: Promise
    note: Promise
    source: str

    @property
    def drawn(self) -> SafeString:
        return render(self.source, prefix=f"{self.key}-")


EXAMPLES = [
    Example(
        "words",
        _("Words and links"),
        _("A bare address becomes a link. A backslash before a sign makes it an ordinary one."),
        "Restart it **once**, *then* wait; ~~reboot~~.\n"
        "See [the dashboard](https://grafana.example/d/7) or https://wiki.example/queue.\n"
        "The setting is `max_connections`, and 2 \\* 3 is six.\n",
    ),
    Example(
        "headings",
        _("Headings"),
        _(
            "Every heading has an address of its own, and a document with three or more lists "
            "them at its top. A runbook reads best with Symptoms, Investigation, Resolution, "
            "Verification and Escalation."
        ),
        "## Symptoms\n\nThe queue grows.\n\n### On the dashboard\n\n[Up](#symptoms)\n",
    ),
    Example(
        "lists",
        _("Lists and tasks"),
        _(
            "A list needs no blank line before it. What belongs to an item is indented to "
            "where its words begin."
        ),
        "Before you begin:\n- [x] tell the channel\n- [ ] look at the lag\n\n"
        "1. Drain the node:\n   - no new work\n   - wait for the old\n"
        "2. Restart:\n   ```bash\n   systemctl restart worker\n   ```\n3. Look again.\n",
    ),
    Example(
        "code",
        _("Commands and code"),
        _(
            "Name the language behind the fence for colours. The copy button leaves out "
            "prompts and answers of a console."
        ),
        "```console\n$ kubectl get pods -n production\nNAME     READY\nworker   0/1\n```\n\n"
        "```yaml\nreplicas: 3  # was 2\n```\n",
    ),
    Example(
        "tables",
        _("Tables"),
        _("Colons set a column to a side. A pipe inside a cell needs a backslash before it."),
        "| Service | Owner | Limit |\n|:--|:-:|--:|\n"
        "| checkout | Payments | 500 ms |\n| search | `a \\| b` | 80 ms |\n",
    ),
    Example(
        "callouts",
        _("Callouts and quotes"),
        _("Five kinds: NOTE, TIP, IMPORTANT, WARNING and CAUTION."),
        "> [!WARNING]\n> This deletes the queue. **Back it up** first.\n\n"
        "> [!TIP]\n> The lag falls by itself after a deploy.\n\n> An ordinary quote.\n",
    ),
    Example(
        "footnotes",
        _("Footnotes"),
        _("They are numbered in the order of the text, wherever they are written."),
        "The pool is small[^why].\n\n[^why]: The database allows 100 connections.\n",
    ),
    Example(
        "pictures",
        _("Pictures and diagrams"),
        _(
            "Only pictures attached here are shown; a picture from elsewhere would tell its "
            "owner who reads. A diagram is shown as its source, and drawn when you ask for it."
        ),
        "![The disk fills up](https://elsewhere.example/disk.png)\n\n"
        "```mermaid\nflowchart LR\n  checkout --> queue --> worker\n```\n",
    ),
    Example(
        "html",
        _("HTML"),
        _("It is shown as it was written, and does nothing."),
        "<b>not bold</b> <script>alert(1)</script>\n",
    ),
]
