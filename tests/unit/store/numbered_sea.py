"""A small sea for the store's tests: every report is a function of its number."""

from __future__ import annotations

import numpy as np

from mda.model import Flag, Reports, Settled, Statics, Valid

START_US = 1_490_054_400_000_000  # 2017-03-21T00:00Z


class Sea:
    """Report n: 10 s after report n - 1, vessel n % 7."""

    stations = ("cw", "martinique")
    feeds = ("file",)
    start_us = START_US

    @staticmethod
    def reports(first: int, last: int, step_s: int = 10) -> Reports:
        n = np.arange(first, last)
        at_us = START_US + n * step_s * 1_000_000
        return Reports.from_columns(
            {
                "seq": n,
                "report_id": (n * 2_654_435_761 % (2**63 - 1)).astype(np.uint64),
                "heard_id": (n * 2_654_435_761 % (2**63 - 1)).astype(np.uint64),
                "at_us": at_us,
                "received_at_us": np.where(n % 5 == 0, -(2**63), at_us + 250_000),
                "station": n % 3 - 1,
                "feed": np.zeros(len(n)),
                "msg_type": np.ones(len(n)),
                "mmsi": 329_000_000 + n % 7,
                "hull": n % 2,
                "lon_deg": np.where(n % 11 == 0, np.nan, -61.0 + n / 600_000),
                "lat_deg": np.where(n % 11 == 0, np.nan, 15.0 - n / 600_000),
                "sog_kn": np.where(n % 4 == 0, np.nan, 10.1),
                "nav_status": np.where(n % 2 == 0, 5, 0),
                "second": np.where(n % 3 == 0, n % 60, 0),
                "valid": np.where(n % 2 == 0, Valid.NAV_STATUS, 0)
                | np.where(n % 3 == 0, Valid.SECOND, 0),
                "flags": np.where(n % 6 == 0, Flag.DUPLICATE, 0),
            }
        )

    @staticmethod
    def statics(first: int, last: int, step_s: int = 10) -> Statics:
        n = np.arange(first, last)
        at_us = START_US + n * step_s * 1_000_000
        return Statics.from_columns(
            {
                "seq": n,
                "report_id": n.astype(np.uint64) + np.uint64(2**63),
                "at_us": at_us,
                "received_at_us": at_us,
                "station": np.zeros(len(n)),
                "feed": np.zeros(len(n)),
                "msg_type": np.full(len(n), 5),
                "mmsi": 329_000_000 + n % 7,
                "imo": np.where(n % 2 == 0, 9_074_729, 0),
                "name": np.array([b"" if i % 3 == 0 else b"VESSEL %d" % i for i in n], "S34"),
                "callsign": np.array([b"J8\xe9"] * len(n), "S7"),
                "draught_m": np.where(n % 2 == 0, 7.5, np.nan),
                "valid": np.where(n % 2 == 0, Valid.IMO, 0),
            }
        )

    @classmethod
    def settled(cls, first: int, last: int, step_s: int = 10) -> Settled:
        since_us = START_US + (first - 1) * step_s * 1_000_000
        until_us = START_US + (last - 1) * step_s * 1_000_000
        return Settled(
            since_us,
            until_us,
            cls.reports(first, last, step_s),
            cls.statics(first, last, step_s),
            (),
            np.zeros(0, np.int64),
        )

    @staticmethod
    def same(a: Reports | Statics, b: Reports | Statics) -> bool:
        return type(a) is type(b) and all(
            x.dtype == y.dtype and np.array_equal(x, y, equal_nan=x.dtype.kind == "f")
            for x, y in zip(a.columns().values(), b.columns().values(), strict=True)
        )
