from ninja import NinjaAPI

api = NinjaAPI(title="eguichet-rdv", version="1")
