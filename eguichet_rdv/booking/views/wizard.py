"""Four questions, one appointment. Each step has its address; the basket in it keeps two tabs apart."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from formtools.wizard.views import NamedUrlSessionWizardView

from eguichet_rdv.booking.basket import MOST_KEPT, Basket
from eguichet_rdv.booking.budgets import helper_of, note_known, spend_booking, spend_choice
from eguichet_rdv.booking.forms import BookingForm, CheckForm, PersonForm, TimeForm, VisitForm, WatchForm, questions_of
from eguichet_rdv.booking.offers import companions_of, find_procedure, places_of
from eguichet_rdv.booking.paths import active_language
from eguichet_rdv.booking.views import steps
from eguichet_rdv.booking.views.watching import promise
from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.scheduling.domain.availability import find_first
from eguichet_rdv.scheduling.domain.book import book, confirmation_minutes
from eguichet_rdv.scheduling.domain.deadlines import note_late_offers
from eguichet_rdv.scheduling.domain.hold import Hold, extend_hold, find_hold, hold, release_hold
from eguichet_rdv.scheduling.domain.refusals import AlreadyBooked, HoldEnded, TimeRefused
from eguichet_rdv.scheduling.domain.wanted import Wanted
from eguichet_rdv.scheduling.domain.watch import TooManyWatches
from eguichet_rdv.scheduling.messages import tell_again

VISIT, TIME, PERSON, CHECK = "visit", "time", "person", "check"
UNPROCESSABLE = 422


class BookingWizard(NamedUrlSessionWizardView):
    """The steps of a booking; the answers stay in the session until the appointment exists."""

    form_list: Any = [(VISIT, VisitForm), (TIME, TimeForm), (PERSON, PersonForm), (CHECK, CheckForm)]
    template_name = "booking/step.html"

    def get_prefix(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        """Answers of two tabs are kept apart."""
        return f"basket-{kwargs['basket']}"

    def get_step_url(self, step: str) -> str:
        """The address of a step of this basket."""
        return reverse(self.url_name, kwargs={**self.kwargs, "step": step})

    @property
    def done_url(self) -> str:
        """The confirmation of this basket."""
        return reverse("book-done", kwargs={key: value for key, value in self.kwargs.items() if key != "step"})

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the procedure and the basket; what is booked already shows its confirmation."""
        self.now = timezone.now()
        self.watch_form = WatchForm()
        self.basket = Basket(request.session, kwargs["basket"])
        procedure = find_procedure(kwargs["service"], kwargs["procedure"])
        if procedure is None or kwargs["step"] not in self.form_list:
            raise Http404
        self.procedure = procedure
        self.places = places_of(procedure)
        if self.basket.booked is not None:
            return redirect(self.done_url)
        if not (procedure.bookable_online and procedure.service.takes_appointments and self.places):
            return redirect("book-start", service=kwargs["service"], procedure=kwargs["procedure"])
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # formtools has no annotations
        add_never_cache_headers(response)
        return response

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a step once those before it are answered."""
        if missing := self.first_missing(before=kwargs["step"]):
            return redirect(self.get_step_url(missing))
        self.storage.current_step = kwargs["step"]
        typed = self.storage.extra_data.get("typed", {}).get(kwargs["step"])
        if typed is None:
            return self.show(self.get_form(data=self.storage.current_step_data))
        form = self.get_form()
        form.initial = typed
        return self.show(form)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the answer of the step named in the address."""
        step = kwargs["step"]
        if missing := self.first_missing(before=step):
            return redirect(self.get_step_url(missing))
        self.storage.current_step = step
        if "extend" in request.POST:
            return self.extend()
        if step == TIME and "elsewhere" in request.POST:
            return self.go_elsewhere(request.POST["elsewhere"])
        if step == TIME and "watch-email" in request.POST:
            return self.watch(WatchForm(request.POST))
        form = self.get_form(data=request.POST)
        if not form.is_valid():
            return self.show(form)
        self.storage.extra_data = {key: kept for key, kept in self.storage.extra_data.items() if key != "typed"}
        self.storage.set_step_data(step, self.process_step(form))
        return self.render_done(form, **kwargs) if step == CHECK else redirect(self.get_step_url(self.steps.next))

    def process_step(self, form: BookingForm) -> dict[str, list[str]]:
        """Another wish makes the time chosen before meaningless."""
        step = self.steps.current
        fields = {form.add_prefix(name) for name in form.fields}
        data = {
            key: values for key, values in self.request.POST.lists() if any(key.startswith(name) for name in fields)
        }
        if step == VISIT and self.storage.get_step_data(VISIT) is not None:
            before = dict(self.storage.get_step_data(VISIT).lists())
            if before != data:
                release_hold(self.basket.holder)
                self.storage.data["step_data"].pop(TIME, None)
        if step == TIME:
            self.storage.extra_data = {}
        return data

    def first_missing(self, before: str = "") -> str:
        """The first step without a valid answer, looking at those before ``before``; empty when all are there."""
        for step in self.form_list:
            if step in {before, CHECK}:
                break
            if self.get_cleaned_data_for_step(step) is None:
                return str(step)
        return ""

    def get_form_kwargs(self, step: str | None = None) -> dict[str, Any]:
        """What each form has to know."""
        if step == VISIT:
            companions = companions_of(self.procedure, self.places)
            return {"procedure": self.procedure, "places": self.places, "companions": companions}
        if step == PERSON:
            helped = helper_of(self.request) is not None
            needs_email = not helped and confirmation_minutes(self.wanted) is not None
            return {"questions": questions_of(self.wanted), "needs_email": needs_email, "helped": helped}
        if step == TIME and self.request.method == "POST" and self.kwargs["step"] == TIME:
            return {"take": self.take}
        return {}

    def show(self, form: BookingForm) -> HttpResponse:
        """The page of the current step."""
        response: HttpResponse = self.render(form)
        return response

    @property
    def wanted(self) -> Wanted:
        """The wish of the first step."""
        wanted: Wanted = self.get_cleaned_data_for_step(VISIT)["wanted"]
        return wanted

    def take(self, start: datetime) -> Hold:
        """Keep the chosen time; one address cannot keep the whole agenda from everybody else."""
        spend_choice(self.request, self.now)
        return hold(self.wanted, start, holder=self.basket.holder, now=self.now)

    def extend(self) -> HttpResponse:
        """Keep the time longer; what is typed so far stays, and going back later sends nothing again."""
        form = self.get_form()
        typed = {
            name: field.widget.value_from_datadict(self.request.POST, self.request.FILES, form.add_prefix(name))
            for name, field in form.fields.items()
        }
        self.storage.extra_data = self.storage.extra_data | {"typed": {self.steps.current: typed}}
        try:
            extend_hold(self.basket.holder, now=self.now)
            messages.success(self.request, _("The time is kept for you a little longer."))
        except HoldEnded as refusal:
            messages.warning(self.request, str(refusal))
        return redirect(self.get_step_url(self.steps.current))

    def render_done(self, form: BookingForm, **kwargs: Any) -> HttpResponse:
        """Book; a time lost meanwhile leads back to the choice of time, with everything else kept."""
        if missing := self.first_missing():
            return redirect(self.get_step_url(missing))
        person = self.checked_form(PERSON)
        start = self.get_cleaned_data_for_step(TIME)["start"]
        try:
            spend_booking(self.request, person.cleaned_data["email"], self.now)
            appointment = book(
                self.wanted,
                start,
                person.read_person(),
                language=person.cleaned_data["language"],
                now=self.now,
                intent=self.basket.intent,
                needs=person.cleaned_data["needs"],
                answers=person.read_answers(),
                holder=self.basket.holder,
                booked_by=helper_of(self.request),
            )
        except TimeRefused as refusal:
            times = [steps.format_start(moment) for moment in refusal.alternatives]
            self.storage.extra_data = {"refused": str(refusal), "alternatives": times}
            self.storage.data["step_data"].pop(TIME, None)
            return redirect(self.get_step_url(TIME))
        except Refusal as refusal:
            self.tell_owner(refusal)
            form.add_error(None, str(refusal))
            return self.show(form)
        self.basket.remember(appointment)
        self.storage.reset()
        return redirect(self.done_url)

    def tell_owner(self, refusal: Refusal) -> None:
        """Whoever has an appointment already gets its link again; the page itself does not say whether there is one."""
        if isinstance(refusal, AlreadyBooked) and refusal.known:
            note_known(self.request, self.now)
            tell_again(refusal.known, self.now)

    def count_late(self, late: list[Procedure]) -> None:
        """Let managers see that the agenda has no time within a legal deadline: once a booking, without a name."""
        counted = self.request.session.get("late", [])
        if late and str(self.basket.id) not in counted:
            note_late_offers(late, self.wanted.location.local(self.now).date())
            self.request.session["late"] = [*counted, str(self.basket.id)][-MOST_KEPT:]

    def go_elsewhere(self, slug: str) -> HttpResponse:
        """The same wish at another place."""
        data = self.storage.get_step_data(VISIT).copy()
        data[f"{self.get_form_prefix(VISIT)}-place"] = slug
        if self.get_form(step=VISIT, data=data).is_valid():
            release_hold(self.basket.holder)
            self.storage.data["step_data"].pop(TIME, None)
            self.storage.set_step_data(VISIT, dict(data.lists()))
        return redirect(self.get_step_url(TIME))

    def watch(self, form: WatchForm) -> HttpResponse:
        """Promise to tell when a time is free; the answer is shown, so no address is in a URL."""
        first = find_first(self.wanted, now=self.now)
        if not steps.waits_long(self.wanted, first, self.now):
            return redirect(self.get_step_url(TIME))
        if form.is_valid():
            try:
                context = promise(self.request, form.cleaned_data["email"], self.wanted, first, self.now)
            except TooManyWatches as refusal:
                form.add_error(None, str(refusal))
            else:
                return render(self.request, "booking/watching.html", context | {"time_url": self.get_step_url(TIME)})
        self.watch_form = form
        return self.show(self.get_form())

    def checked_form(self, step: str) -> PersonForm:
        """The form of a step with its answers."""
        form: PersonForm = self.get_form(step=step, data=self.storage.get_step_data(step))
        form.is_valid()
        return form

    def get_template_names(self) -> list[str]:
        """One template a step."""
        return [f"booking/{self.steps.current}.html"]

    def get_context_data(self, form: BookingForm, **kwargs: Any) -> dict[str, Any]:
        """The step's own facts, and what was chosen so far."""
        context: dict[str, Any] = super().get_context_data(form=form, **kwargs)
        step = self.steps.current
        context |= {"procedure": self.procedure, "service": self.procedure.service, "step": step}
        context["step_url"] = {name: self.get_step_url(name) for name in self.form_list}
        if step == VISIT:
            return context | steps.visit_context(self.procedure)
        chosen = self.get_cleaned_data_for_step(TIME) if step != TIME else None
        context |= steps.chosen_context(self.wanted, chosen["start"] if chosen else None)
        context["hold"] = find_hold(self.basket.holder, now=self.now)
        if isinstance(form, TimeForm):
            context |= steps.time_context(self.wanted, form, self.request.GET, self.storage.extra_data, now=self.now)
            self.count_late(context["late"])
            context["watch_form"] = self.watch_form if context["waits_long"] else None
            context["elsewhere"] = steps.earlier_elsewhere(
                self.wanted, context.get("first_free"), self.places, self.now
            )
        if step == CHECK:
            context |= steps.check_context(self.checked_form(PERSON), active_language())
        return context

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """A page that shows errors is not a success for programs either."""
        faulty = context["form"].errors or self.watch_form.errors
        status = UNPROCESSABLE if self.request.method == "POST" and faulty else 200
        response: HttpResponse = super().render_to_response(context, status=status, **kwargs)
        return response
