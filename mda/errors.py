"""The errors of the house. Each carries its facts as attributes and says what to do.

A bad line from the sea is data (`mda.model.Rejected`), never one of these: an exception here means
a promise was broken: a file that is not there, a setting that does not exist, a store that lies.
"""


class MdaError(Exception):
    """Any error a user can act on. `what` went wrong, `where`, and what to `do` about it."""

    def __init__(self, what: str, *, where: str | None = None, do: str | None = None) -> None:
        self.what = what
        self.where = where
        self.do = do
        super().__init__(what)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.do}" if self.do else text


class FeedError(MdaError):
    """A feed cannot be opened or read."""


class DecodeError(MdaError, ValueError):
    """The decoder was asked for what it cannot do."""


class StoreError(MdaError):
    """The log, archive or desk store is missing, damaged or held by another process."""


class ZoneError(MdaError):
    """A zone file is missing, damaged or contradicts itself."""


class ConfigError(MdaError):
    """A setting is unknown, of the wrong type or out of its bounds."""


class PlanError(MdaError):
    """A plan cannot be made as asked."""
