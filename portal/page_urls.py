"""The pages of the ground floor."""

from django.contrib.auth import views as auth
from django.urls import path, register_converter

from portal.views import (
    account,
    catalogue,
    channels,
    deliveries,
    diagrams,
    home,
    improving,
    log,
    people,
    pictures,
    reachability,
    reaching,
    running,
    searching,
    setting_up,
    teams,
    webhooks,
)


class PartConverter:
    """A kind of thing that a service is made of."""

    regex = "|".join(catalogue.PARTS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class PictureConverter(PartConverter):
    """The random name of a picture."""

    regex = r"[0-9a-f]{40}"


class LabelConverter(PartConverter):
    """A model by app and name, such as `portal.service`."""

    regex = r"[a-z]+\.[a-z]+"


register_converter(PartConverter, "part")
register_converter(LabelConverter, "label")
register_converter(PictureConverter, "picture")

urlpatterns = [
    path("", home.home, name="home"),
    path("inbox/", home.inbox, name="inbox"),
    path("inbox/read/", home.mark_all_read, name="inbox-read"),
    path("inbox/<int:pk>/read/", home.mark_read, name="inbox-item-read"),
    path("diagrams/frame/", diagrams.frame, name="diagram-frame"),
    path("search/", searching.search_page, name="search"),
    path("search/suggestions/", searching.suggestions, name="search-suggestions"),
    path("improve/", improving.improve, name="improve"),
    path("people/", people.person_list, name="people"),
    path("people/invite/", people.invite, name="person-invite"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/edit/", people.edit, name="person-edit"),
    path("people/<int:pk>/access/", people.access, name="person-access"),
    path("people/<int:pk>/deactivate/", people.deactivate, name="person-deactivate"),
    path("people/<int:pk>/reactivate/", people.reactivate, name="person-reactivate"),
    path("people/<int:pk>/password/", people.give_password, name="person-password"),
    path("teams/", teams.team_list, name="teams"),
    path("teams/new/", teams.create, name="team-create"),
    path("teams/<slug:slug>/", teams.team, name="team"),
    path("teams/<slug:slug>/edit/", teams.edit, name="team-edit"),
    path("teams/<slug:slug>/members/", teams.add_member, name="team-member-add"),
    path("teams/<slug:slug>/members/<int:pk>/role/", teams.change_role, name="team-role"),
    path(
        "teams/<slug:slug>/members/<int:pk>/remove/",
        teams.remove_member,
        name="team-member-remove",
    ),
    path("services/", catalogue.service_list, name="services"),
    path("services/new/", catalogue.create, name="service-create"),
    path("services/<slug:slug>/", catalogue.service, name="service"),
    path("services/<slug:slug>/edit/", catalogue.edit, name="service-edit"),
    path("services/<slug:slug>/retire/", catalogue.retire, name="service-retire"),
    path("services/<slug:slug>/restore/", catalogue.restore, name="service-restore"),
    path("services/<slug:slug>/links/", catalogue.add_link, name="service-link-add"),
    path("services/<slug:slug>/labels/", catalogue.add_label, name="service-label-add"),
    path(
        "services/<slug:slug>/dependencies/",
        catalogue.add_dependency,
        name="service-dependency-add",
    ),
    path(
        "services/<slug:slug>/<part:part>/<int:pk>/remove/",
        catalogue.remove_part,
        name="service-part-remove",
    ),
    path("me/", account.profile, name="preferences"),
    path(
        "me/notifications/", reaching.notification_preferences, name="notification-preferences"
    ),
    path("me/notifications/new/", reaching.add_contact, name="contact-add"),
    path("me/notifications/<int:pk>/", reaching.change_contact, name="contact-edit"),
    path("me/notifications/<int:pk>/remove/", reaching.remove_contact, name="contact-remove"),
    path("me/notifications/<int:pk>/test/", reaching.test_contact, name="contact-test"),
    path("me/notifications/<int:pk>/verify/", reaching.verify_contact, name="contact-verify"),
    path("me/notifications/rules/new/", reaching.add_rule, name="rule-add"),
    path("me/notifications/rules/<int:pk>/", reaching.change_rule, name="rule-change"),
    path("me/notifications/rules/<int:pk>/remove/", reaching.remove_rule, name="rule-remove"),
    path("me/notifications/quiet-hours/", reaching.set_quiet_hours, name="quiet-hours"),
    path("people/<int:pk>/deliveries/", deliveries.deliveries, name="deliveries"),
    path(
        "people/<int:pk>/deliveries/export.csv",
        deliveries.deliveries_csv,
        name="deliveries-csv",
    ),
    path("reachability/", reachability.reachability, name="reachability"),
    path("channels/", channels.channel_list, name="channels"),
    path("channels/new/", channels.create, name="channel-create"),
    path("channels/<int:pk>/", channels.channel, name="channel"),
    path("channels/<int:pk>/edit/", channels.edit, name="channel-edit"),
    path("channels/<int:pk>/switch-on/", channels.switch_on, name="channel-switch-on"),
    path("channels/<int:pk>/switch-off/", channels.switch_off, name="channel-switch-off"),
    path("channels/<int:pk>/remove/", channels.remove, name="channel-remove"),
    path("channels/<int:pk>/test/", channels.test, name="channel-test"),
    path("me/tokens/", account.token_list, name="tokens"),
    path("me/tokens/new/", account.create_token, name="token-create"),
    path("me/tokens/<int:pk>/revoke/", account.revoke_token, name="token-revoke"),
    path("password/change/", account.ChangePassword.as_view(), name="password_change"),
    path(
        "password/change/done/",
        auth.PasswordChangeDoneView.as_view(),
        name="password_change_done",
    ),
    path("password/reset/", account.ResetPassword.as_view(), name="password_reset"),
    path(
        "password/reset/sent/",
        auth.PasswordResetDoneView.as_view(),
        name="password_reset_done",
    ),
    path(
        "password/reset/<uidb64>/<token>/",
        account.ConfirmReset.as_view(),
        name="password_reset_confirm",
    ),
    path(
        "password/reset/done/",
        auth.PasswordResetCompleteView.as_view(),
        name="password_reset_complete",
    ),
    path("webhooks/", webhooks.webhook_list, name="webhooks"),
    path("webhooks/new/", webhooks.create, name="webhook-create"),
    path("webhooks/<int:pk>/", webhooks.webhook, name="webhook"),
    path("webhooks/<int:pk>/edit/", webhooks.edit, name="webhook-edit"),
    path("webhooks/<int:pk>/switch-on/", webhooks.switch_on, name="webhook-switch-on"),
    path("webhooks/<int:pk>/switch-off/", webhooks.switch_off, name="webhook-switch-off"),
    path("webhooks/<int:pk>/delete/", webhooks.delete, name="webhook-delete"),
    path("webhooks/<int:pk>/test/", webhooks.send_test, name="webhook-test"),
    path(
        "webhooks/<int:pk>/deliveries/<int:delivery>/retry/",
        webhooks.retry,
        name="webhook-delivery-retry",
    ),
    path("events/", log.event_list, name="events"),
    path("events/export.csv", log.events_csv, name="events-csv"),
    path("history/<label:label>/<int:pk>/", log.history, name="history"),
    path("pictures/<picture:name>/", pictures.picture, name="picture"),
    path("health/", running.health, name="health"),
    path("band/", running.band, name="band"),
    path("styleguide/", running.styleguide, name="styleguide"),
    path("setup/", setting_up.wizard, name="setup"),
]
