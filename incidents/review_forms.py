"""What people fill in about reviews; the verbs have the last word."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from incidents.causal_tree import Branch
from incidents.forms import who_may_own
from incidents.models import (
    CausalNode,
    Factor,
    FactorCategory,
    Review,
    ReviewRules,
    Section,
    Verdict,
    is_required,
)
from incidents.models.review_templates import MOST_SECTIONS
from incidents.review_text import LONGEST, NO_ACTION, PUBLIC, SHORT
from knowledge.models import ActionItem, Priority
from knowledge.writing import LinkedArea
from portal.models import User

NO_ACTION_TITLE = _("No action is needed because")
NO_ACTION_HINT = _("Only if there is none.")
WHYS = 5
SPARE_SECTIONS = 2  # empty rows in the form of a template


class SectionField(forms.CharField):
    """A section that publishing asks for; until then it may be empty."""

    def validate(self, value: Any) -> None:
        return


class ReviewForm(forms.Form):
    """One field for each section of a review, with the version that it was built on."""

    use_required_attribute = False
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"version": review.version, **review.sections}
        self.keys: list[str] = []
        for section in review.outline:
            self._add(section, is_required=is_required(section))
        self._add(
            {"key": NO_ACTION, "title": str(NO_ACTION_TITLE), "hint": str(NO_ACTION_HINT)},
            is_required=False,
        )

    def _add(self, section: Section, *, is_required: bool) -> None:
        key = section["key"]
        rows = 6 if is_required or key == "timeline" else 2
        widget = forms.TextInput() if key in SHORT else LinkedArea(attrs={"rows": rows})
        self.fields[key] = SectionField(
            label=section["title"],
            help_text=section["hint"],
            required=is_required,
            max_length=LONGEST,
            widget=widget,
        )
        self.keys.append(key)

    @property
    def sections(self) -> dict[str, str]:
        """What was written, by section; line breaks as the rest of the house has them."""
        return {
            key: self.cleaned_data[key].replace("\r\n", "\n")
            for key in self.keys
            if key in self.data
        }


class ReviewActionForm(forms.Form):
    title = forms.CharField(label=_("What is to be done"), max_length=200)
    owner = forms.ModelChoiceField(
        queryset=User.objects.none(), label=_("Owner"), empty_label=_("Choose one person")
    )
    due_on = forms.DateField(
        label=_("Due"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Priority.choices, coerce=int, initial=Priority.NORMAL
    )
    verification = forms.CharField(
        label=_("How will we know that it worked"),
        max_length=500,
        required=False,
        help_text=_("Such as “No alert on the pool in a load test of five times the traffic”."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["priority"].required = False
        _offer(self, "owner", who_may_own())

    def clean_priority(self) -> int:
        return int(self.cleaned_data["priority"] or Priority.NORMAL)


class PeopleForm(forms.Form):
    """Who answers for a review, and who else writes in it."""

    owner = forms.ModelChoiceField(queryset=User.objects.none(), label=_("Owner"))
    contributors = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(), label=_("Contributors"), required=False
    )

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "owner", who_may_own())
        _offer(self, "contributors", who_may_own())
        self.initial = {
            "owner": review.owner_id,
            "contributors": [person.pk for person in review.contributors.all()],
        }


class ReviewersForm(forms.Form):
    reviewers = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(),
        label=_("Who looks it over"),
        help_text=_("They are told, and approve it or ask for changes."),
    )

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "reviewers", who_may_own().exclude(pk=review.owner_id or 0))


class AnswerForm(forms.Form):
    verdict = forms.ChoiceField(
        label=_("What you say"),
        choices=[
            (Verdict.APPROVED.value, _("I approve this version")),
            (Verdict.CHANGES.value, _("I ask for changes")),
        ],
        widget=forms.RadioSelect,
    )
    remark = forms.CharField(
        label=_("Remark"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What should change, if something should."),
    )


class CommentForm(forms.Form):
    section = forms.ChoiceField(label=_("About"), required=False)
    text = forms.CharField(
        label=_("Comment"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Name somebody as “@Olivia” to have them told."),
    )

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["section"]
        assert isinstance(field, forms.ChoiceField)
        sections = [(section["key"], section["title"]) for section in review.outline]
        field.choices = [("", _("The whole")), *sections]


class WhyForm(forms.Form):
    """A reason that whoever decides must give."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class PublicTextForm(forms.Form):
    text = forms.CharField(
        label=_("What everybody may read"),
        max_length=PUBLIC,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "Without names of people, customers or inner workings. It is posted to the status "
            "page when the review is published; empty: nothing is."
        ),
    )


class FoundFactorForm(forms.Form):
    """A factor of the vocabulary, by what it is known, and what is done against it."""

    factor = forms.ModelChoiceField(
        queryset=Factor.objects.none(), label=_("Factor"), empty_label=_("Choose a word")
    )
    evidence = forms.CharField(
        label=_("By what it is known"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    actions = forms.ModelMultipleChoiceField(
        queryset=ActionItem.objects.none(),
        label=_("Actions against it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("If the factor comes back, those that were done are taken up again."),
    )

    def __init__(self, *args: Any, actions: Iterable[ActionItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "factor", Factor.objects.all())
        keys = [action.pk for action in actions]
        _offer(self, "actions", ActionItem.objects.filter(pk__in=keys))
        field = self.fields["factor"]
        assert isinstance(field, forms.ModelChoiceField)
        field.widget.choices = [("", field.empty_label), *_by_category()]
        if not keys:
            del self.fields["actions"]

    @property
    def said(self) -> dict[str, Any]:
        return {"actions": (), **self.cleaned_data}


class FactorForm(forms.Form):
    """A word of the vocabulary."""

    name = forms.CharField(label=_("Word"), max_length=100)
    category = forms.ChoiceField(label=_("Category"), choices=FactorCategory.choices)
    description = forms.CharField(
        label=_("When to use it"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(
        queryset=Factor.objects.none(), label=_("Use instead"), empty_label=_("Choose a word")
    )

    def __init__(self, *args: Any, factor: Factor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "into", Factor.objects.current().exclude(pk=factor.pk))


class CauseForm(forms.Form):
    """Why something happened; without `under` it is the first cause of the effect on top."""

    text = forms.CharField(label=_("Because"), max_length=200)
    under = forms.ModelChoiceField(
        queryset=CausalNode.objects.none(), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "under", CausalNode.objects.filter(review=review))


class ChangeCauseForm(forms.Form):
    text = forms.CharField(label=_("What happened"), max_length=200)


class HangForm(forms.Form):
    under = forms.ModelChoiceField(
        queryset=CausalNode.objects.none(), label=_("Make it a cause of")
    )

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "under", CausalNode.objects.filter(review=review))


class WhysForm(forms.Form):
    """Five times “why?”: each answer is asked about by the next."""

    under = forms.ModelChoiceField(
        queryset=CausalNode.objects.none(), label=_("Why did this happen?"), required=False
    )

    def __init__(
        self, *args: Any, review: Review, tree: Branch | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "under", CausalNode.objects.filter(review=review))
        if tree is None:
            self.fields["under"].widget = forms.HiddenInput()
        else:
            self.fields["under"].widget.choices = [
                (branch.node.pk, f"{'- ' * branch.depth}{branch.node.text}") for branch in tree
            ]
        for number in range(1, WHYS + 1):
            label = _("Why?") if number == 1 else _("And why?")
            self.fields[f"why_{number}"] = forms.CharField(
                label=label, max_length=200, required=number == 1
            )

    @property
    def answers(self) -> list[str]:
        return [self.cleaned_data[f"why_{number}"] for number in range(1, WHYS + 1)]


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs alone
    class Meta:
        model = ReviewRules
        fields = [
            "approvals_needed",
            "comments_block",
            "verification_needed",
            "recurrence_days",
        ]


class TemplateForm(forms.Form):
    """The sections of the template as rows; an empty title takes a section out."""

    base_number = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    message = forms.CharField(label=_("What changed, and why"), max_length=200, required=False)

    def __init__(self, *args: Any, sections: list[Section], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.given = sections
        self.count = min(len(sections) + SPARE_SECTIONS, MOST_SECTIONS)
        for number in range(self.count):
            known = sections[number] if number < len(sections) else None
            self._add(number, known)

    def _add(self, number: int, known: Section | None) -> None:
        self.fields[f"title_{number}"] = forms.CharField(
            label=_("Title"), max_length=100, required=False
        )
        self.fields[f"hint_{number}"] = forms.CharField(
            label=_("Hint"), max_length=300, required=False
        )
        self.fields[f"order_{number}"] = forms.IntegerField(
            label=_("Place"), min_value=1, max_value=99, required=False
        )
        self.fields[f"required_{number}"] = forms.BooleanField(
            label=_("Must be filled in"), required=False
        )
        self.initial[f"order_{number}"] = number + 1
        if known is not None:
            self.initial[f"title_{number}"] = known["title"]
            self.initial[f"hint_{number}"] = known["hint"]
            self.initial[f"required_{number}"] = is_required(known)

    @property
    def rows(self) -> list[dict[str, Any]]:
        names = ("title", "hint", "order", "required")
        return [
            {name: self[f"{name}_{number}"] for name in names} for number in range(self.count)
        ]

    @property
    def sections(self) -> list[Section]:
        """What was written, in order; a new section gets a key from its title."""
        said = self.cleaned_data
        kept = [number for number in range(self.count) if said[f"title_{number}"]]
        kept.sort(key=lambda number: (said[f"order_{number}"] or 99, number))
        taken = {section["key"] for section in self.given}
        sections = []
        for number in kept:
            key = self._key(number, said[f"title_{number}"], taken)
            taken.add(key)
            sections.append(
                Section(
                    key=key,
                    title=said[f"title_{number}"],
                    hint=said[f"hint_{number}"],
                    required=said[f"required_{number}"],
                )
            )
        return sections

    def clean(self) -> dict[str, Any] | None:
        said = super().clean()
        if said is not None and not any(
            said.get(f"title_{number}") for number in range(self.count)
        ):
            raise ValidationError(_("A review needs at least one section."), "no_section")
        return said

    def _key(self, number: int, title: str, taken: set[str]) -> str:
        if number < len(self.given):
            return self.given[number]["key"]
        name = slugify(title).replace("-", "_")[:40]
        name = name if name.isidentifier() else "section"
        key, again = name, 2
        while key in taken:
            key, again = f"{name}_{again}", again + 1
        return key


def _offer(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows


def _by_category() -> list[tuple[Any, Any]]:
    """The words that may be chosen, under their categories."""
    words = list(Factor.objects.current())
    return [
        (
            category.label,
            [(word.pk, word.name) for word in words if word.category == category],
        )
        for category in FactorCategory
        if any(word.category == category for word in words)
    ]
