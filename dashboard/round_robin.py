"""A queue that serves clients in turns, so that a client with many requests hardly delays others."""

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator
from itertools import zip_longest
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)
_NOTHING = object()


class RoundRobin(Generic[Item]):
    """Round robin over the clients; first come, first served among the items of each.

    Not safe to use from many threads: its owner has a lock.
    """

    def __init__(self) -> None:
        self._queues: OrderedDict[str, deque[Item]] = OrderedDict()  # the client whose turn is next, first

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def __iter__(self) -> Iterator[Item]:
        """Yield the items in the order in which they will be served if no other comes."""
        for turn in zip_longest(*self._queues.values(), fillvalue=_NOTHING):
            yield from (item for item in turn if item is not _NOTHING)  # type: ignore[misc]

    def append(self, item: Item, client: str) -> None:
        self._queues.setdefault(client, deque()).append(item)

    def prepend(self, item: Item, client: str) -> None:
        """Make an item the next one to be served."""
        self._queues.setdefault(client, deque()).appendleft(item)
        self._queues.move_to_end(client, last=False)

    def pop(self) -> Item:
        """Take the next item; its client goes behind the others. Raises IndexError if there is none."""
        if not self._queues:
            raise IndexError("nobody waits")
        client, queue = self._queues.popitem(last=False)
        item = queue.popleft()
        if queue:
            self._queues[client] = queue
        return item

    def remove(self, item: Item) -> bool:
        """Take an item out. Returns whether it was there."""
        for client, queue in self._queues.items():
            if item in queue:
                queue.remove(item)
                if not queue:
                    del self._queues[client]
                return True
        return False

    def waiting_of(self, client: str) -> int:
        """Return how many items of a client wait."""
        return len(self._queues.get(client, ()))

    def longest(self) -> int:
        """Return how many items wait of the client with the most."""
        return max(map(len, self._queues.values()), default=0)

    def last_of_longest(self) -> Item | None:
        """Return the item that would be served last of the client with the most items, None if there is none."""
        return max(self._queues.values(), key=len)[-1] if self._queues else None
