"""How it reaches us: transports (files, sockets, serial lines), and the sources that name them."""

from feeds.file import FileFeed, first_time_us
from feeds.lines import read_lines
from feeds.source import Source, bundled, load_source, open_feed
from feeds.tcp import TcpFeed
from feeds.udp import UdpFeed

__all__ = [
    "FileFeed",
    "Source",
    "TcpFeed",
    "UdpFeed",
    "bundled",
    "first_time_us",
    "load_source",
    "open_feed",
    "read_lines",
]
