from ninja import NinjaAPI

from eguichet_rdv.api.documentation import PlainDocs
from eguichet_rdv.api.operations import router
from eguichet_rdv.api.parsing import StrictParser, speak
from eguichet_rdv.api.problems import register_problems

api = NinjaAPI(
    title="eguichet-rdv",
    version="1",
    description="Free times and appointments of the town hall, for other software.",
    parser=StrictParser(),
    docs=PlainDocs(),
    urls_namespace="api",
)
api.add_decorator(speak, mode="view")
api.add_router("", router)
register_problems(api)
