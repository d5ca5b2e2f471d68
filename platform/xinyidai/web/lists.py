"""What every list of the site reads from its address."""

from xinyidai.core.paging import MAX_PAGE, PAGE_SIZE, ListRequest


def list_request(page: str, sort: str, search: str, *, size: int = PAGE_SIZE) -> ListRequest:
    """From the query of an address. A page number that nobody could mean is the first page."""
    number = int(page) if page.isascii() and page.isdigit() and len(page) <= 5 else 1
    return ListRequest(min(max(number, 1), MAX_PAGE), size, sort, search.replace("\x00", "").strip()[:100])
