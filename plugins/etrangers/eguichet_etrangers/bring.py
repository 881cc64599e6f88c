"""What the procedures of this service ask to bring."""

from eguichet_rdv.plugin import Bring, _

PASSPORT = Bring("passport", _("Passport"))
VALID_PASSPORT = Bring("valid-passport", _("Valid national passport"))
PASSPORT_OR_CARD = Bring("passport-or-card", _("Passport or national identity card"))
VISA_STAMP = Bring("visa-stamp", _("Visa with the entry stamp, if you need one"))
PASSPORT_WITH_VISA = Bring("passport-with-visa", _("Passport with a visa D for Belgium"))
PHOTO = Bring("photo", _("One recent identity photo (less than six months old, light background)"))
TWO_PHOTOS = Bring("two-photos", _("Two recent identity photos"))
FOUR_PHOTOS = Bring("four-photos", _("Four recent identity photos of each person"))
LEASE = Bring("lease", _("Lease"))
HOME = Bring("home", _("Proof of where you live (lease, statement by the owner)"))
EU_REASON = Bring(
    "eu-reason", _("According to the reason: work contract, company number, school certificate or proof of income")
)
VISA_REASON = Bring(
    "visa-reason",
    _(
        "According to the reason: single permit, undertaking of responsibility (annex 32), legalised and translated deeds"
    ),
)
CONTRIBUTION = Bring("contribution", _("Proof of payment of the contribution to the Immigration Office, if due"))
ENROLMENT = Bring("enrolment", _("Certificate of enrolment at the school"))
GUARANTEE = Bring("guarantee", _("Undertaking of responsibility or proof of a grant (may follow later)"))
EXCHANGE_CONTRACT = Bring("exchange-contract", _("The exchange contract"))
PARENTAL_CONSENT = Bring("parental-consent", _("Consent of the parents, for a minor"))
OLD_EU_CARD = Bring("old-eu-card", _("Old residence card, or annex 8ter or 8quater"))
OLD_CARD = Bring("old-card", _("Old residence card or annex 15"))
CONDITIONS = Bring("conditions", _("Proof that you still meet the conditions (work, studies, income)"))
CODES_LETTER = Bring("codes-letter", _("The letter with your PIN and PUK codes"))
INSTRUCTION = Bring("instruction", _("Instruction of the Immigration Office, or annex 26"))
FAMILY_DEED = Bring("family-deed", _("Deed of marriage or of birth, legalised and translated"))
FAMILY_MEANS = Bring("family-means", _("Proof of housing, income and health insurance"))
GUARANTOR_CARD = Bring("guarantor-card", _("Identity card of the guarantor"))
GUARANTOR_INCOME = Bring("guarantor-income", _("The last three payslips, or the last tax assessment"))
GUEST_PASSPORT = Bring("guest-passport", _("Copy of the passport of the person invited"))
EXPIRED_OR_REQUEST = Bring("expired-or-request", _("Expired residence document, or proof of the request"))
PERMIT_OR_ANNEX = Bring("permit-or-annex", _("Residence document or annex"))
PERMIT = Bring("permit", _("Valid residence document"))
FIVE_YEARS = Bring("five-years", _("Proof of five years of residence"))
