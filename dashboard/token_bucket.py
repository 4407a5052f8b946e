"""Rate limits: token buckets, one for each client address."""

import time
from collections.abc import Callable

_MOST_CLIENTS = 1000  # most recent clients whose buckets are kept: those of others have long been full again


class TokenBucket:
    """`rate` tokens a second, and at most `burst` at a time.

    Parameters
    ----------
    rate : float
        Tokens per second.
    burst : float
        The most that are kept; also how many there are in the beginning.
    clock : callable
        Returns seconds.
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._tokens, self._updated = float(burst), clock()

    def take(self, count: float = 1.0) -> float:
        """Take tokens, on credit if need be. Returns the seconds until the credit is paid: 0.0 within the limit."""
        self._refill()
        self._tokens -= count
        return max(0.0, -self._tokens / self._rate)

    def take_if_any(self, count: float = 1.0) -> bool:
        """Take a token, or `count` of them, if there are as many. Returns whether there were."""
        self._refill()
        if self._tokens < count:
            return False
        self._tokens -= count
        return True

    def _refill(self) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._updated) * self._rate)
        self._updated = now


class ClientBuckets:
    """A token bucket for each client address.

    Parameters
    ----------
    rate : float
        Tokens per second.
    burst : float
        The most that an address keeps.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._buckets: dict[str, TokenBucket] = {}

    def take_if_any(self, client: str, count: float = 1.0) -> bool:
        """Take tokens of an address if there are as many. Returns whether there were."""
        bucket = self._buckets.pop(client, None) or TokenBucket(self._rate, self._burst)
        self._buckets[client] = bucket  # the most recent one is last
        while len(self._buckets) > _MOST_CLIENTS:
            del self._buckets[next(iter(self._buckets))]
        return bucket.take_if_any(count)
