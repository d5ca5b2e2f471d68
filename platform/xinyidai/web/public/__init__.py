"""Pages anybody may see: what this is, the product catalogue, the login."""

from xinyidai.web.public import home, login, products, verify

ROUTES = [*home.ROUTES, *login.ROUTES, *products.ROUTES, *verify.ROUTES]
