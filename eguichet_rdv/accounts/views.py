"""Staff sign in, see where they may work, and sign out."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from eguichet_rdv.accounts.menu import entries_for
from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.speaking import remember_language


class SignIn(LoginView):
    """Name and password; too many wrong ones lock the name at that address for a quarter of an hour."""

    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in, and go on in the person's own language."""
        response = super().form_valid(form)
        user = form.get_user()
        # Whoever looked at the citizens' pages before has a session that ends within the hour.
        self.request.session.set_expiry(None)
        return remember_language(response, user.language)


@method_decorator(never_cache, name="dispatch")
class SignOut(LogoutView):
    """By POST only."""

    http_method_names = ["post", "options"]


@require_safe
@login_required
def show_home(request: HttpRequest) -> HttpResponse:
    """The workplaces this person may open."""
    return render(request, "accounts/home.html", {"entries": entries_for(cast("User", request.user))})
