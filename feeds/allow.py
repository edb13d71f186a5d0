"""Who may be heard: a list of addresses and networks; an empty one lets everybody in."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from mda.errors import FeedError


class AllowList:
    """Networks such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32.

    >>> office = AllowList("office", ["192.0.2.0/24"])
    >>> [office.lets_in(host) for host in ("192.0.2.9", "::ffff:192.0.2.9", "198.51.1.1")]
    [True, True, False]
    """

    def __init__(self, feed: str, networks: Sequence[str]) -> None:
        """Raises FeedError, naming the feed, where an entry is no network."""
        try:
            self._networks = [ipaddress.ip_network(network) for network in networks]
        except ValueError as error:
            do = "Write 192.0.2.7 or 192.0.2.0/24"
            raise FeedError(f"not a network: {error}", where=feed, do=do) from error

    def lets_in(self, host: str) -> bool:
        """Whether a peer's numeric address (with or without %interface) may be heard."""
        if not self._networks:
            return True
        address = ipaddress.ip_address(host.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)
