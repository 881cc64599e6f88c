from django.urls import URLPattern, path

from eguichet_rdv.reception.views import assist, book, deadlines, level, move, presence, search, told, visit, walk_in

urlpatterns: list[URLPattern] = [
    path("", search.show_reception, name="reception"),
    path("lieu/", search.change_place, name="reception-place"),
    path("aide/", assist.show_help_calls, name="reception-help"),
    path("aide/venir/", assist.go_to_help, name="reception-come"),
    path("presents/", presence.show_presences, name="reception-presences"),
    path("rdv/<slug:reference>/", visit.show_visit, name="reception-visit"),
    path("rdv/<slug:reference>/arrivee/", visit.check_visit_in, name="reception-check-in"),
    path("rdv/<slug:reference>/deplacer/", move.move_visit, name="reception-move"),
    path("rdv/<slug:reference>/confirmer/", move.confirm_visit, name="reception-confirm"),
    path("rdv/<slug:reference>/corriger/", told.correct_visit, name="reception-correct"),
    path("messages/", told.show_failed, name="reception-failed"),
    path("messages/<int:pk>/encore/", told.send_again, name="reception-again"),
    path("rdv/<slug:reference>/annuler/", visit.cancel_visit, name="reception-cancel"),
    path("rdv/<slug:reference>/liens/", visit.renew_visit, name="reception-renew"),
    path("rdv/<slug:reference>/confirmation.pdf", visit.print_confirmation, name="reception-confirmation"),
    path("delais/", deadlines.show_deadlines, name="reception-deadlines"),
    path("attentes/", level.show_level, name="reception-level"),
    path("ticket/", walk_in.give_walk_in, name="reception-walk-in"),
    path("ticket/<uuid:uid>/", visit.show_ticket, name="reception-ticket"),
    path("ticket/<uuid:uid>/retour/", visit.take_back, name="reception-back"),
    path("reserver/", book.choose_procedure, name="reception-book"),
    path("reserver/<slug:service>/<slug:procedure>/", book.choose_time, name="reception-times"),
    path("reserver/<slug:service>/<slug:procedure>/heure/", book.keep_time, name="reception-hold"),
    path("reserver/<slug:service>/<slug:procedure>/<uuid:basket>/", book.enter_person, name="reception-person"),
]
