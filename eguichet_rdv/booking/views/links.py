"""« Send me my links again »: the same answer for everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from eguichet_rdv.booking.forms import LinksForm
from eguichet_rdv.common.addresses import address_block
from eguichet_rdv.scheduling.domain.links import TooManyQuestions, ask_for_links

UNPROCESSABLE, TOO_MANY = 422, 429


@sensitive_post_parameters("email")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the address, then send the links there if it is known. The answer is shown, so no address is in a URL."""
    if request.method != "POST":
        return render(request, "booking/links.html", {"form": LinksForm()})
    form = LinksForm(request.POST)
    if not form.is_valid():
        return render(request, "booking/links.html", {"form": form}, status=UNPROCESSABLE)
    email = form.cleaned_data["email"]
    try:
        ask_for_links(email, block=address_block(request), now=timezone.now())
    except TooManyQuestions as refusal:
        form.add_error(None, str(refusal))
        return render(request, "booking/links.html", {"form": form}, status=TOO_MANY)
    return render(request, "booking/links.html", {"form": form, "asked": email})
