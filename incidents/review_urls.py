"""Where reviews, their template, their words and their waivers are; part of incidents' own."""

from django.urls import URLPattern, path

from incidents.views import causes, factors, lists, review_steps, review_template, reviews

_REVIEW = "<int:pk>/review/"
_CAUSE = f"{_REVIEW}causes/<int:node>/"
urlpatterns: list[URLPattern] = [
    path("reviews/", lists.review_list, name="reviews"),
    path("reviews/template/", review_template.template, name="review-template"),
    path("reviews/template/save/", review_template.save, name="review-template-save"),
    path(
        "reviews/template/versions/<int:number>/restore/",
        review_template.restore,
        name="review-template-restore",
    ),
    path("reviews/rules/", review_template.change_rules, name="review-rules"),
    path("reviews/waivers/", review_steps.waiver_list, name="review-waivers"),
    path(
        "reviews/waivers/<int:pk>/revoke/",
        review_steps.revoke_waiver,
        name="review-waiver-revoke",
    ),
    path("reviews/factors/", factors.factor_list, name="factors"),
    path("reviews/factors/new/", factors.create, name="factor-create"),
    path("reviews/factors/<int:pk>/", factors.factor, name="factor"),
    path("reviews/factors/<int:pk>/change/", factors.change, name="factor-change"),
    path("reviews/factors/<int:pk>/merge/", factors.merge, name="factor-merge"),
    path("reviews/factors/<int:pk>/retire/", factors.retire, name="factor-retire"),
    path("reviews/factors/<int:pk>/bring-back/", factors.bring_back, name="factor-bring-back"),
    path(_REVIEW, reviews.detail, name="review"),
    path(f"{_REVIEW}print/", reviews.printed, name="review-print"),
    path(f"{_REVIEW}markdown/", reviews.markdown, name="review-markdown"),
    path(f"{_REVIEW}save/", reviews.save, name="review-save"),
    path(f"{_REVIEW}refill/", reviews.refill, name="review-refill"),
    path(f"{_REVIEW}people/", reviews.people, name="review-people"),
    path(f"{_REVIEW}actions/", reviews.add_action, name="review-add-action"),
    path(f"{_REVIEW}send/", review_steps.send, name="review-send"),
    path(f"{_REVIEW}withdraw/", review_steps.withdraw, name="review-withdraw"),
    path(f"{_REVIEW}answer/", review_steps.answer, name="review-answer"),
    path(f"{_REVIEW}comments/", review_steps.comment, name="review-comments"),
    path(
        f"{_REVIEW}comments/<int:comment>/resolve/",
        review_steps.resolve_comment,
        name="review-comment-resolve",
    ),
    path(
        f"{_REVIEW}comments/<int:comment>/reopen/",
        review_steps.reopen_comment,
        name="review-comment-reopen",
    ),
    path(f"{_REVIEW}publish/", review_steps.publish, name="review-publish"),
    path(f"{_REVIEW}public/", review_steps.public_text, name="review-public"),
    path(f"{_REVIEW}not-needed/", review_steps.not_needed, name="review-not-needed"),
    path(f"{_REVIEW}take-up/", review_steps.take_up, name="review-take-up"),
    path(f"{_REVIEW}waive/", review_steps.waive, name="review-waive"),
    path(f"{_REVIEW}factors/", causes.name_factor, name="review-factors"),
    path(f"{_REVIEW}factors/<int:found>/drop/", causes.drop_factor, name="review-factor-drop"),
    path(f"{_REVIEW}whys/", causes.ask_whys, name="review-whys"),
    path(f"{_REVIEW}causes/", causes.add_cause, name="review-causes"),
    path(_CAUSE, causes.cause, name="review-cause"),
    path(f"{_CAUSE}change/", causes.change_cause, name="review-cause-change"),
    path(f"{_CAUSE}up/", causes.move_cause_up, name="review-cause-up"),
    path(f"{_CAUSE}down/", causes.move_cause_down, name="review-cause-down"),
    path(f"{_CAUSE}hang/", causes.hang_cause, name="review-cause-hang"),
    path(f"{_CAUSE}remove/", causes.remove_cause, name="review-cause-remove"),
]
