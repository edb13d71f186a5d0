"""How findings speak of waters: every claim and its status, the belt, the line's own doubt.

A claim is called a claim. Where several claim a water no one of them is named alone, and a belt
along a coast in such water is the claim of whoever holds that coast.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from mda.detect.words import and_words, distance_words
from mda.model import ZoneClaim

_BELT_NAMES = {"territorial": "territorial sea", "contiguous": "contiguous zone"}
_SAID = {
    "eez": "the EEZ claimed by {who}",
    "joint": "the joint zone of {who}",
    "overlap": "water where the claims of {who} overlap",
    "disputed": "disputed water claimed by {who}",
    **{kind: f"the {name} claimed by {{who}}" for kind, name in _BELT_NAMES.items()},
}
_SAID_BY_KIND = {"joint": ("joint",), "overlap": ("disputed",), "disputed": ("disputed",)}
"""Kind -> statuses that its words say already."""
_LIMITS = ("waters", "belts")
"""Families of which an operator may load the official lines."""
BELTS = ("territorial", "contiguous")
"""Kinds of belts from the coast outward: only the innermost is told."""


def zone_words(zone: ZoneClaim) -> str:
    """One zone with its status: 'the EEZ claimed by Dominica (agreed)'.

    Of a rule or of an operator's own zone its name.
    """
    said = _SAID.get(zone.kind)
    if said is None or not zone.claimants:
        return f"the zone {zone.name!r}" if zone.family in ("rules", "own") else zone.name
    # "claimed" says nothing more than the claimant does.
    silent = ("", "none", "claimed", *_SAID_BY_KIND.get(zone.kind, ()))
    marks = [] if zone.status in silent else [zone.status]
    marks += ["the operator's own limit"] if zone.own else []
    text = said.format(who=and_words(sorted(zone.claimants)))
    return f"{text} ({', '.join(marks)})" if marks else text


def water_words(
    zones: Sequence[ZoneClaim], covered: bool, margin_m: Sequence[float] | None = None
) -> str:
    """Whose water, with every claim where there are several; `margin_m`: depth inside each zone.

    'in disputed water ...' comes first; then the belt, rules and own zones, and the line's doubt.
    """
    depths_m = [inf] * len(zones) if margin_m is None else margin_m
    waters = once([zone for zone in zones if zone.family == "waters"])
    text = _claims(waters, covered)
    belt = belt_words(zones)
    if belt and waters and _is_plain_sea(zones):
        # An EEZ is what lies beyond the territorial sea (UNCLOS article 55), so that leads.
        text = f"in {belt}, within the limits of {text.removeprefix('in ')}"
    elif belt:
        text += f", inside {belt}"
    places = [zone for zone in zones if zone.family in ("rules", "own")]
    if places:
        text += f", inside {and_words([zone_words(zone) for zone in places])}"
    seas = [zone.name for zone in zones if zone.family == "seas"]
    if seas and not waters:
        text += f", in the {seas[0].removeprefix('the ')}"
    near = [
        (zone.accuracy_m, depth_m)
        for zone, depth_m in zip(zones, depths_m, strict=True)
        if zone.family == "waters" and depth_m < zone.accuracy_m
    ]
    if near:
        accuracy_m, depth_m = max(near)
        text += (
            f", {distance_words(depth_m)} from a line that is known to "
            f"± {distance_words(accuracy_m)}: it may be on the other side"
        )
    return text


def belt_words(zones: Sequence[ZoneClaim]) -> str:
    """The innermost belt: "Dominica's territorial sea"; empty where the zones hold none.

    In water that several claim a belt is one of their claims, and is called so.
    """
    shared = any(z.family == "waters" and is_contested(z) for z in zones)
    for kind in BELTS:
        belts = once([zone for zone in zones if zone.kind == kind])
        if not belts:
            continue
        named = [
            _SAID[kind].format(who=and_words(sorted(zone.claimants)))
            if shared or len(belts) > 1 or is_contested(zone)
            else f"{possessive(and_words(sorted(zone.claimants)))} {_BELT_NAMES[kind]}"
            for zone in belts
        ]
        return and_words(named)
    return ""


def _is_plain_sea(zones: Sequence[ZoneClaim]) -> bool:
    """Whether there is one territorial sea, and nobody else's claim to the water."""
    belts = once([zone for zone in zones if zone.kind == "territorial"])
    limits = [zone for zone in zones if zone.family in _LIMITS]
    return len(belts) == 1 and not any(is_contested(zone) for zone in limits)


def is_contested(zone: ZoneClaim) -> bool:
    """Whether more than one claims it: disputed, overlapping or joint."""
    return zone.status in ("disputed", "joint") or zone.kind in ("overlap", "joint", "disputed")


def once(zones: Sequence[ZoneClaim]) -> list[ZoneClaim]:
    """The zones without our line for a claim whose own limit the operator loaded."""
    official = {_claim_of(zone) for zone in zones if zone.own and zone.family in _LIMITS}
    return [zone for zone in zones if zone.own or _claim_of(zone) not in official]


def _claim_of(zone: ZoneClaim) -> tuple[str, frozenset[str]]:
    return zone.kind, frozenset(zone.claimants)


def possessive(name: str) -> str:
    """Whose: with a bare apostrophe behind a plural state.

    >>> possessive("Dominica"), possessive("United States"), possessive("Saint Kitts and Nevis")
    ("Dominica's", "United States'", "Saint Kitts and Nevis'")
    """
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _claims(waters: Sequence[ZoneClaim], covered: bool) -> str:
    """In whose water; disputed and joint water first, with every claimant."""
    if not waters:
        return (
            "outside every EEZ on file" if covered else "in water the zone library does not cover"
        )
    shared = [zone for zone in waters if is_contested(zone)]
    if not shared:
        return "in " + " and ".join(zone_words(zone) for zone in waters)
    own = [zone for zone in waters if zone.own and zone not in shared]
    plain = [zone for zone in waters if not zone.own and zone not in shared]
    text = "in " + " and ".join(zone_words(zone) for zone in (*own, *shared))
    if plain:
        text += f" (our source draws it in {and_words([zone_words(zone) for zone in plain])})"
    return text
