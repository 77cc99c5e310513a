"""How schedules, layers and shifts are written in the API."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from operations.api.shapes import DoerSerializer, team_field
from operations.models import (
    Layer,
    Override,
    OverrideKind,
    RotationKind,
    Schedule,
    TemporarySchedule,
    TemporaryShift,
)
from portal import clock
from portal.models import Team, User
from portal.models.people import check_time_zone

LONGEST_WINDOW = timedelta(days=366)
FARTHEST = timedelta(days=5 * 366)  # rotations can be asked about so far from now

MOST_SHIFTS = 500  # in one temporary schedule

LAYER_FIELDS = [
    "name",
    "priority",
    "rotation",
    "interval",
    "starts_on",
    "handoff_time",
    "handoff_weekday",
    "weekdays",
    "hours",
    "holiday_rule",
    "holiday_country",
    "holiday_subdivision",
    "valid_from",
    "valid_until",
]


class HoursSerializer(serializers.Serializer[Any]):
    """Times of the day; if `until` is not later than `from`, it is on the next day."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # "from" is a word of Python's own.
        return {
            "from": serializers.CharField(max_length=5, help_text="Such as 18:00."),
            "until": serializers.CharField(max_length=5, help_text="Such as 08:00."),
        }


class OverrideSerializer(serializers.ModelSerializer[Override]):
    person = DoerSerializer(read_only=True, allow_null=True)
    replaces = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Override
        fields = [
            "id",
            "kind",
            "person",
            "replaces",
            "layer",
            "starts_at",
            "ends_at",
            "reason",
        ]


class NewOverrideSerializer(serializers.Serializer[Any]):
    """Of the whole schedule, or of one `layer`; `person` may be left out only to remove all."""

    kind = serializers.ChoiceField(choices=OverrideKind.choices, required=False)
    person = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(), required=False, allow_null=True
    )
    replaces = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(),
        required=False,
        allow_null=True,
        help_text="Whose place is taken; without, everybody's.",
    )
    layer = serializers.PrimaryKeyRelatedField(
        queryset=Layer.objects.all(), required=False, allow_null=True
    )
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class TemporaryShiftSerializer(serializers.ModelSerializer[TemporaryShift]):
    person = DoerSerializer(read_only=True)

    class Meta:
        model = TemporaryShift
        fields = ["person", "starts_at", "ends_at"]


class TemporarySerializer(serializers.ModelSerializer[TemporarySchedule]):
    shifts = TemporaryShiftSerializer(many=True, read_only=True)

    class Meta:
        model = TemporarySchedule
        fields = ["id", "starts_at", "ends_at", "reason", "shifts"]


class NewTemporaryShiftSerializer(serializers.Serializer[Any]):
    person = serializers.PrimaryKeyRelatedField(queryset=User.objects.all())
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class NewTemporarySerializer(serializers.Serializer[Any]):
    """Fixed shifts from `starts_at` to `ends_at`; between them the usual schedule decides."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)
    shifts = serializers.ListField(
        child=NewTemporaryShiftSerializer(), min_length=1, max_length=MOST_SHIFTS
    )


class LayerSerializer(serializers.ModelSerializer[Layer]):
    groups = serializers.SerializerMethodField(
        help_text="In the order of their turns; those of one group are on call together."
    )
    hours = HoursSerializer(many=True)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(), help_text="0 for Monday; none: every day."
    )

    class Meta:
        model = Layer
        fields = ["id", "schedule", *LAYER_FIELDS, "groups"]

    @extend_schema_field(
        serializers.ListField(child=serializers.ListField(child=DoerSerializer()))
    )
    def get_groups(self, layer: Layer) -> Any:
        places: dict[int, list[User]] = {}
        for row in layer.participants.all():
            places.setdefault(row.order, []).append(row.person)
        return [DoerSerializer(group, many=True).data for group in places.values()]


class NewLayerSerializer(serializers.ModelSerializer[Layer]):
    """A rotation; `groups` take turns in their order, such as `[[7], [8, 9]]`."""

    interval = serializers.IntegerField(min_value=1, max_value=366, required=False)
    hours = HoursSerializer(many=True, required=False)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), required=False, max_length=7
    )
    groups = serializers.ListField(
        child=serializers.ListField(
            child=serializers.PrimaryKeyRelatedField(queryset=User.objects.all()),
            min_length=1,
            max_length=50,
        ),
        max_length=100,
    )

    class Meta:
        model = Layer
        fields = [*LAYER_FIELDS, "groups"]

    def validate_rotation(self, value: str) -> str:
        if value == RotationKind.CALENDAR:
            raise serializers.ValidationError("Import the calendar; it makes its own layer.")
        return value

    def validate_hours(self, value: list[dict[str, str]]) -> list[dict[str, str]]:
        return [dict(row) for row in value]


class ChangedLayerSerializer(NewLayerSerializer):
    """What changes of a layer."""


class ScheduleSerializer(serializers.ModelSerializer[Schedule]):
    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True)
    people = serializers.SerializerMethodField(help_text="All who take turns.")
    layers = LayerSerializer(many=True, read_only=True)
    overrides = OverrideSerializer(many=True, read_only=True)
    temporaries = TemporarySerializer(many=True, read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Schedule
        fields = [
            "id",
            "team",
            "name",
            "description",
            "time_zone",
            "is_default",
            "people",
            "layers",
            "overrides",
            "temporaries",
            "url",
        ]

    @extend_schema_field(DoerSerializer(many=True))
    def get_people(self, schedule: Schedule) -> Any:
        people = dict.fromkeys(
            row.person for layer in schedule.layers.all() for row in layer.participants.all()
        )
        return DoerSerializer(list(people), many=True).data


class SetScheduleSerializer(serializers.ModelSerializer[Schedule]):
    """
    A new schedule; or with `people` and `starts_on`, a team's one weekly rotation.

    The week of `starts_on` is the first person's.
    """

    team = team_field()
    time_zone = serializers.CharField(
        max_length=64, required=False, validators=[check_time_zone]
    )
    people = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(), many=True, required=False
    )
    starts_on = serializers.DateField(required=False)
    handoff_weekday = serializers.IntegerField(min_value=0, max_value=6, required=False)
    handoff_time = serializers.TimeField(required=False)

    class Meta:
        model = Schedule
        fields = [
            "team",
            "name",
            "description",
            "time_zone",
            "people",
            "starts_on",
            "handoff_weekday",
            "handoff_time",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        of_rotation = {"people", "starts_on", "handoff_weekday", "handoff_time"}
        of_schedule = {"name", "description", "time_zone"}
        if "people" in attrs:
            if "starts_on" not in attrs:
                raise serializers.ValidationError({"starts_on": "Say when the first week is."})
            wrong = of_schedule & set(attrs)
        else:
            wrong = of_rotation & set(attrs)
        if wrong:
            sentence = "Set the weekly rotation with “people”, and these fields without it."
            raise serializers.ValidationError(dict.fromkeys(sorted(wrong), sentence))
        return attrs


class ChangedScheduleSerializer(serializers.ModelSerializer[Schedule]):
    """What changes of a schedule."""

    class Meta:
        model = Schedule
        fields = ["name", "description", "time_zone"]


class ShiftSerializer(serializers.Serializer[Any]):
    """`slot` stays the same for a turn and differs from the next one's."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    person = DoerSerializer(allow_null=True, help_text="The one to be called first.")
    people = DoerSerializer(many=True)
    reason = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field named as its base's option
    slot = serializers.CharField()
    layer = serializers.IntegerField(source="layer_id", allow_null=True)
    is_override = serializers.BooleanField()


class ClockChangeSerializer(serializers.Serializer[Any]):
    """The clock is put forward (above zero) or back, and the shifts that hold that."""

    at = serializers.DateTimeField()
    minutes = serializers.SerializerMethodField()
    shifts = ShiftSerializer(many=True)

    def get_minutes(self, change: Any) -> int:
        by: timedelta = change.by
        return round(by / timedelta(minutes=1))


class DutySerializer(serializers.Serializer[Any]):
    """Who is on call by one schedule; nobody is an answer, and the reason says why."""

    team = serializers.CharField(source="team.slug")
    schedule = serializers.IntegerField(source="schedule.pk")
    name = serializers.CharField(source="schedule.name")
    is_default = serializers.BooleanField(
        source="schedule.is_default", help_text="Whether it answers for the team."
    )
    person = DoerSerializer(source="on_call.person", allow_null=True)
    people = DoerSerializer(source="on_call.people", many=True)
    reason = serializers.CharField(source="on_call.reason")


class OnCallSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    duties = DutySerializer(many=True)


class OneOnCallSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    people = DoerSerializer(many=True)
    reason = serializers.CharField()


def within_reach(at: datetime) -> None:
    """Refuse instants that are too far away to count turns to."""
    if abs(at - clock.now()) > FARTHEST:
        raise serializers.ValidationError("Ask for a time within five years from now.")


class AskedAtSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(required=False, validators=[within_reach])


class WindowSerializer(serializers.Serializer[Any]):
    start = serializers.DateTimeField(validators=[within_reach])
    end = serializers.DateTimeField(validators=[within_reach])

    def validate(self, attrs: dict[str, datetime]) -> dict[str, datetime]:
        length = attrs["end"] - attrs["start"]
        if not timedelta(0) < length <= LONGEST_WINDOW:
            raise serializers.ValidationError(
                {"end": "The end must be later than the start, by a year at most."}
            )
        return attrs


def shifts_of(rows: Iterable[dict[str, Any]]) -> list[tuple[User, datetime, datetime]]:
    return [(row["person"], row["starts_at"], row["ends_at"]) for row in rows]
