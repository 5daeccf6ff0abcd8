"""How often one client may send forms, try tokens and ask to be let in (decision 0015).

Counted by the library `limits`: in this process, or in Redis where several page processes share it. When Redis is away
each process counts for itself: answers must not wait for a counter.
"""

from __future__ import annotations

import hashlib
from ipaddress import IPv6Address, ip_address
from logging import WARNING
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.exceptions import HTTPException
from starlette.requests import Request

from dondoc.log import say

_ASKED_BY_CLIENT: Final = RateLimitItemPerMinute(10, 15, "asked-by-client")
_ASKED_FOR_ADDRESS: Final = RateLimitItemPerMinute(5, 15, "asked-for-address")
_WRONG_TOKENS: Final = RateLimitItemPerMinute(100, 10, "wrong-tokens")
"""Many people may stand behind one gateway, and some of their links are cut off by mail programs."""


class TooMany(HTTPException):
    """Somebody does something too often; `Retry-After` says when it may be tried again."""

    def __init__(self, item: RateLimitItem) -> None:
        seconds = item.get_expiry()
        super().__init__(429, headers={"Retry-After": str(seconds)})
        self.minutes = -(-seconds // 60)


class Limits:
    def __init__(self, redis_url: str, posts_per_minute: int) -> None:
        """`redis_url`: where page processes count together; empty: each for itself."""
        self._posts = RateLimitItemPerMinute(posts_per_minute, 1, "posts")
        self._alone = MovingWindowRateLimiter(MemoryStorage())
        self._together = (
            MovingWindowRateLimiter(RedisStorage(redis_url, wrap_exceptions=True, socket_timeout=1))
            if redis_url
            else self._alone
        )

    def take_form(self, request: Request) -> None:
        """Count one form of the client; raises TooMany."""
        self._hit(self._posts, client_of(request))

    def ask_in(self, request: Request, address: str) -> None:
        """Count one request for a letter to `address`, known or not; raises TooMany."""
        self._hit(_ASKED_BY_CLIENT, client_of(request))
        self._hit(_ASKED_FOR_ADDRESS, hashlib.sha256(address.casefold().encode()).hexdigest())

    def try_token(self, request: Request) -> None:
        """Raises TooMany when the client has tried too many wrong ones."""
        client = client_of(request)
        if not self._ask(_WRONG_TOKENS, client, count=False):
            raise TooMany(_WRONG_TOKENS)

    def token_was_wrong(self, request: Request) -> None:
        self._ask(_WRONG_TOKENS, client_of(request), count=True)

    def _hit(self, item: RateLimitItem, whose: str) -> None:
        if not self._ask(item, whose, count=True):
            raise TooMany(item)

    def _ask(self, item: RateLimitItem, whose: str, *, count: bool) -> bool:
        try:
            return _within(self._together, item, whose, count)
        except StorageError as error:
            say("limits.alone", level=WARNING, reason=str(error))
            return _within(self._alone, item, whose, count)


def _within(limiter: MovingWindowRateLimiter, item: RateLimitItem, whose: str, count: bool) -> bool:
    return limiter.hit(item, whose) if count else limiter.test(item, whose)


def client_of(request: Request) -> str:
    """Who sends a request, as far as the network tells; of IPv6 the network that one customer has.

    What a proxy says of it was believed before only if the proxy is trusted (DONDOC_TRUSTED_PROXIES).
    """
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(IPv6Address(int(address) >> 64 << 64)) if isinstance(address, IPv6Address) else host
