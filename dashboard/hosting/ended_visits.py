"""Visits that ended, released when their time is up.

Streamlit keeps the session of a tab that lost its connection for `server.disconnectedSessionTTL` seconds, and drops an
expired one only when the next tab ends: after a busy hour it would hold memory and open files through the night.
"""

import asyncio
import gc
import logging

from streamlit.runtime import exists, get_instance

EVERY = 30.0  # seconds

log = logging.getLogger(__name__)


async def release_regularly() -> None:
    """Release expired sessions until cancelled. Run it on the server's event loop, which owns the sessions."""
    while True:
        await asyncio.sleep(EVERY)
        try:
            release()
        except Exception:  # the next poll may succeed
            log.exception("ended visits could not be released")


def release() -> int:
    """Shut expired sessions down. Returns how many there were."""
    if not exists():
        return 0
    # Streamlit has no public call for this. Its session manager and storage are fixed for the life of the runtime.
    storage = get_instance()._session_mgr._session_storage  # type: ignore[attr-defined]
    expired = storage._cache.expire()
    for _, info in expired:
        info.session.shutdown()
    if expired:
        gc.collect(1)  # sessions are part of reference cycles; a full collection would hold up all visitors
    return len(expired)
