"""An institution's own products: the list, one product with its draft, and what a manager decides."""

from dataclasses import dataclass
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing
from xinyidai.products.listings import ProductRow, own_products
from xinyidai.products.policies import can_publish
from xinyidai.products.queries import ProductDetail, own_product_detail
from xinyidai.products.service import discard_draft, publish_product, start_new_version, withdraw_product
from xinyidai.products.types import ProductStatus
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState
from xinyidai.web.guards import INSTITUTION, MANAGER
from xinyidai.web.lists import list_request
from xinyidai.web.public.products import product_cells, product_header
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request, Response


@dataclass(frozen=True, slots=True)
class OwnProductsPage:
    title: str
    form: FormState
    listing: Listing[ProductRow]
    statuses: list[tuple[str, str]]
    is_filtered: bool


@dataclass(frozen=True, slots=True)
class OwnProductPage:
    title: str
    product: ProductDetail
    may_publish: bool


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    """The question before an act that others see at once or that cannot be taken back."""

    title: str
    product: ProductDetail
    question: str
    consequences: list[str]
    action: str
    submit_label: str
    seen: str = ""


def _status(text: str) -> ProductStatus | None:
    return ProductStatus(text) if text in set(ProductStatus) else None


@get("/institution/products", allow=INSTITUTION, sync_to_thread=True)
def list_own_products(
    request: Request,
    session: Session,
    actor: CurrentActor,
    page: FromQuery[str] = "1",
    sort: FromQuery[str] = "",
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
) -> Template:
    asked = list_request(page, sort or "-updated", q)
    return render(
        request,
        "institution/products/list.html",
        OwnProductsPage(
            title=_("Our products"),
            form=FormState({"q": q, "status": status}),
            listing=own_products(session, actor.institution_id, asked, _status(status)),
            statuses=ProductStatus.choices(),
            is_filtered=bool(q or status),
        ),
    )


@get("/institution/products/export", allow=INSTITUTION, sync_to_thread=True)
def export_own_products(
    session: Session,
    actor: CurrentActor,
    sort: FromQuery[str] = "",
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
) -> Response:
    asked = list_request("1", sort or "-updated", q, size=EXPORT_LIMIT)
    listing = own_products(session, actor.institution_id, asked, _status(status))
    return csv_answer(_("Our products"), product_header(), (product_cells(row) for row in listing.rows))


@get("/institution/products/{product_id:uuid}", allow=INSTITUTION, sync_to_thread=True)
def show_own_product(request: Request, session: Session, actor: CurrentActor, product_id: FromPath[UUID]) -> Template:
    product = own_product_detail(session, actor.institution_id, product_id)
    return render(
        request, "institution/products/show.html", OwnProductPage(_name(product), product, can_publish(actor))
    )


def _name(product: ProductDetail) -> str:
    shown = product.published or product.draft
    return shown.name if shown else product.code


@post("/institution/products/{product_id:uuid}/new-version", allow=INSTITUTION, sync_to_thread=True)
def new_version(session: Session, actor: CurrentActor, now: Now, product_id: FromPath[UUID]) -> Redirect:
    start_new_version(session, actor, product_id, now)
    return redirect(f"/institution/products/{product_id}/edit", flash=_("This draft is a copy of the last version."))


@get("/institution/products/{product_id:uuid}/publish", allow=MANAGER, sync_to_thread=True)
def confirm_publication(
    request: Request, session: Session, actor: CurrentActor, product_id: FromPath[UUID]
) -> Template | Redirect:
    product = own_product_detail(session, actor.institution_id, product_id)
    if product.draft is None:
        return redirect(f"/institution/products/{product_id}", level="info", flash=_("There is no draft to publish."))
    consequences = [_("Everybody can read these terms at once, and new needs are ranked by them.")]
    if product.status == ProductStatus.PUBLISHED:
        consequences.append(_("The version now in force is replaced. It stays readable, and leads under way go on."))
    consequences.append(_("A published version is never changed. To correct it, publish a new one."))
    return _confirm(
        request,
        product,
        _("Publish version %(number)s of “%(name)s”?", number=product.draft.number, name=product.draft.name),
        consequences,
        "publish",
        _("Publish"),
        product.draft.mark,
    )


@post("/institution/products/{product_id:uuid}/publish", allow=MANAGER, sync_to_thread=True)
def publish(data: FormData, session: Session, actor: CurrentActor, now: Now, product_id: FromPath[UUID]) -> Redirect:
    version = publish_product(session, actor, product_id, now, seen=str(data.get("seen", "")))
    message = _("Version %(number)s of “%(name)s” is on sale.", number=version.version, name=version.name)
    return redirect(f"/institution/products/{product_id}", flash=message)


@get("/institution/products/{product_id:uuid}/withdraw", allow=MANAGER, sync_to_thread=True)
def confirm_withdrawal(
    request: Request, session: Session, actor: CurrentActor, product_id: FromPath[UUID]
) -> Template | Redirect:
    product = own_product_detail(session, actor.institution_id, product_id)
    if product.status != ProductStatus.PUBLISHED:
        return redirect(f"/institution/products/{product_id}", level="info", flash=_("This product is not on sale."))
    return _confirm(
        request,
        product,
        _("Take “%(name)s” off sale?", name=_name(product)),
        [
            _("It leaves the catalogue and is no longer ranked for new needs."),
            _("Its versions stay readable, and leads under way go on."),
            _("You can put it on sale again with a new version."),
        ],
        "withdraw",
        _("Take it off sale"),
    )


@post("/institution/products/{product_id:uuid}/withdraw", allow=MANAGER, sync_to_thread=True)
def withdraw(session: Session, actor: CurrentActor, now: Now, product_id: FromPath[UUID]) -> Redirect:
    version = withdraw_product(session, actor, product_id, now)
    return redirect(
        f"/institution/products/{product_id}", flash=_("“%(name)s” is no longer on sale.", name=version.name)
    )


@get("/institution/products/{product_id:uuid}/discard", allow=INSTITUTION, sync_to_thread=True)
def confirm_discarding(
    request: Request, session: Session, actor: CurrentActor, product_id: FromPath[UUID]
) -> Template | Redirect:
    product = own_product_detail(session, actor.institution_id, product_id)
    if product.draft is None:
        return redirect(f"/institution/products/{product_id}", level="info", flash=_("There is no draft to discard."))
    gone = (
        _("The product itself disappears, because it was never published.")
        if product.published is None
        else _("What is or was on sale stays as it is.")
    )
    return _confirm(
        request,
        product,
        _("Throw away the draft of “%(name)s”?", name=product.draft.name),
        [_("What was written in the draft is lost for good."), gone],
        "discard",
        _("Throw the draft away"),
    )


@post("/institution/products/{product_id:uuid}/discard", allow=INSTITUTION, sync_to_thread=True)
def discard(session: Session, actor: CurrentActor, now: Now, product_id: FromPath[UUID]) -> Redirect:
    published = own_product_detail(session, actor.institution_id, product_id).published
    discard_draft(session, actor, product_id, now)
    target = f"/institution/products/{product_id}" if published else "/institution/products"
    return redirect(target, flash=_("The draft is gone."))


def _confirm(
    request: Request,
    product: ProductDetail,
    question: str,
    consequences: list[str],
    act: str,
    label: str,
    seen: str = "",
) -> Template:
    action = f"/institution/products/{product.id}/{act}"
    page = ConfirmPage(_name(product), product, question, consequences, action, label, seen)
    return render(request, "institution/products/confirm.html", page)


ROUTES = [
    list_own_products,
    export_own_products,
    show_own_product,
    new_version,
    confirm_publication,
    publish,
    confirm_withdrawal,
    withdraw,
    confirm_discarding,
    discard,
]
