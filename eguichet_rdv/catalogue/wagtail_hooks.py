"""The catalogue in the CMS: services, procedures, plugins, and the pages the sync has made."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.views.generic import EditView, IndexView
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.models import Page

from eguichet_rdv.catalogue.domain.formats import describe_fee, format_duration
from eguichet_rdv.catalogue.forms import ProcedureForm, ServiceForm
from eguichet_rdv.catalogue.models import PluginRecord, Procedure, Service
from eguichet_rdv.catalogue.pages import CataloguePage, ProcedurePage
from eguichet_rdv.common.permissions import limit_actions

LANGUAGES = [code for code, _name in settings.LANGUAGES]

# Plugins add and retire; a service that merely is in the house may be added by hand.
limit_actions(Service, "add", "change", "view")
limit_actions(Procedure, "change", "view")
limit_actions(PluginRecord, "view")


def _in_each_language(prefix: str) -> list[FieldPanel]:
    return [FieldPanel(f"{prefix}_{code}") for code in LANGUAGES]


class ServiceViewSet(ModelViewSet):
    """Services; one that is in the house but takes no appointments may be added by hand."""

    model = Service
    icon = "folder-open-inverse"
    menu_label = _("Services")
    copy_view_enabled = False
    list_display = [
        "__str__",
        "code",
        Column("letter", label=_("letter")),
        BooleanColumn("takes_appointments", label=_("takes appointments")),
    ]
    edit_handler = ObjectList(
        [
            MultiFieldPanel([FieldPanel("code"), *_in_each_language("label")], _("Name")),
            FieldPanel("letter_override"),
            FieldPanel("position"),
            MultiFieldPanel(
                [FieldPanel("takes_appointments"), *_in_each_language("where")],
                _("In the house, but not in this system"),
            ),
        ],
        base_form_class=ServiceForm,
    )


class ProcedureEditView(EditView):
    """Saving is confirming: somebody has looked at the values."""

    def save_instance(self) -> Procedure:
        """Note who confirmed, and when."""
        self.form.instance.confirmed_at = timezone.now()
        self.form.instance.confirmed_by = self.request.user
        saved: Procedure = super().save_instance()
        return saved


class ProcedureIndexView(IndexView):
    """The procedures on offer, with their service."""

    def get_base_queryset(self) -> Any:
        """One query for the services of all rows."""
        return super().get_base_queryset().filter(retired_at=None).select_related("service")


def _describe_confirmation(procedure: Procedure) -> str:
    return gettext("to be confirmed") if procedure.to_confirm else gettext("confirmed")


class ProcedureViewSet(ModelViewSet):
    """Procedures: declared by the plugins, changed here."""

    model = Procedure
    icon = "list-ul"
    menu_label = _("Procedures")
    copy_view_enabled = False
    list_per_page = 100
    index_view_class = ProcedureIndexView
    edit_view_class = ProcedureEditView
    list_filter = ["service", "mode_declared"]
    search_fields = ["code", "service__code"]
    list_display = [
        "__str__",
        Column("service", label=_("Service")),
        Column("fee", label=_("Fee"), accessor=lambda row: describe_fee(row, settings.LANGUAGE_CODE)),
        Column(
            "time", label=_("Duration"), accessor=lambda row: format_duration(row.duration(), settings.LANGUAGE_CODE)
        ),
        Column("confirmed", label=_("State"), accessor=_describe_confirmation),
    ]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(_in_each_language("label"), _("Name")),
            MultiFieldPanel(
                [FieldPanel("fee"), FieldPanel("mode_override"), FieldPanel("online_url_override")], _("How it is had")
            ),
            MultiFieldPanel(
                [
                    FieldPanel("minutes_override"),
                    FieldPanel("extra_minutes_override"),
                    FieldPanel("max_persons_override"),
                    FieldPanel("step_minutes_override"),
                    FieldPanel("last_start_override"),
                ],
                _("Time in the agenda"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("notice_minutes_override"),
                    FieldPanel("horizon_days_override"),
                    FieldPanel("legal_deadline_days_override"),
                    FieldPanel("child_from_age_override"),
                    FieldPanel("residents_only_override"),
                    FieldPanel("sensitive_override"),
                ],
                _("Rules"),
            ),
            MultiFieldPanel([FieldPanel("email_minutes"), FieldPanel("cooling_minutes")], _("When times are scarce")),
        ],
        base_form_class=ProcedureForm,
    )


class PluginViewSet(ModelViewSet):
    """What is installed, with what is wrong; nothing can be changed here."""

    model = PluginRecord
    icon = "cogs"
    menu_label = _("Plugins")
    copy_view_enabled = False
    inspect_view_enabled = True
    form_fields = ["name"]
    list_display = ["name", "distribution", "version", Column("status", accessor="get_status_display"), "problem"]
    inspect_view_fields = ["name", "distribution", "version", "status", "problem", "seen_at"]

    def get_permissions_to_register(self) -> Any:
        """Only seeing can be granted."""
        return super().get_permissions_to_register().filter(codename__startswith="view_")


class CatalogueGroup(ModelViewSetGroup):
    """The entry « Catalogue » in the sidebar."""

    items = (ServiceViewSet, ProcedureViewSet, PluginViewSet)
    menu_label = _("Catalogue")
    menu_icon = "list-ul"
    menu_order = 110


@hooks.register("register_admin_viewset")
def register_catalogue() -> CatalogueGroup:
    """Show the catalogue in the sidebar."""
    return CatalogueGroup()


@hooks.register("before_delete_page")
def keep_catalogue_pages(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Refuse to delete a page of the catalogue: its address is on letters and in mails."""
    if not isinstance(page.specific, CataloguePage):
        return None
    messages.error(request, gettext("The catalogue needs this page. Unpublish it to hide it."))
    return redirect("wagtailadmin_pages:edit", page.pk)


@hooks.register("after_convert_alias_page")
def begin_without_foreign_words(request: HttpRequest, page: Page) -> None:
    """A page of its own begins empty, so that it shows what is declared in its language until an editor writes."""
    own = page.specific
    if isinstance(own, ProcedurePage):
        own.clear_own_texts()
        own.save_revision(user=request.user).publish(user=request.user)
