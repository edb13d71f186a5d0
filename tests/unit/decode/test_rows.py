"""Tables of decoded AIS: each layout, what is masked, what is refused, and why."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from table_rows import EXACT_HEADER, connect, exact_row

sys.path.insert(0, str(Path(__file__).parents[2]))
from plain_kernels import plainly

from mda.clock import parse_at
from mda.decode import LogDecoder, check_map, decoded_table, rows_kernel
from mda.decode.identity import report_id
from mda.decode.rows_cells import split
from mda.decode.rows_columns import private_mmsi
from mda.decode.rows_kernel import read_numbers, row_identities, split_rows
from mda.decode.rows_layouts import recognised
from mda.decode.rows_time import time_reader
from mda.errors import DecodeError
from mda.geo.kernel import plain
from mda.model import Decoded, Lines, MmsiKind, RowKind, Sentence, Valid, mmsi_kind
from mda.model.tables import ColumnMap

MARINE = b"MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,"
MARINE += b"Length,Width,Draft,Cargo,TransceiverClass"
DANISH = (
    b"# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,"
    b"IMO,Callsign,Name,Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,"
    b"Destination,ETA,Data source type,A,B,C,D"
)


def decode(*lines: bytes, columns: ColumnMap | None = None) -> tuple[Decoded, LogDecoder]:
    decoder = LogDecoder({0: "shore"})
    rows = [connect(columns)] if columns else []
    rows += [Sentence(RowKind.LINE, 0, parse_at("2030-01-01T00:00:00Z"), line) for line in lines]
    decoded = decoder.decode(Lines.of(rows))
    assert decoder.books[0].balanced()
    return decoded, decoder


def reasons(decoded: Decoded) -> list[str]:
    return [r.reason for r in decoded.rejected]


def test_marine_cadastre_row_by_row() -> None:
    decoded, decoder = decode(
        MARINE,
        b"636021061,2023-01-11T00:00:01,26.1,-80.0,8.8,272.7,270.0,MSC NAISHA III,IMO9307839,"
        b"5LCB4,70,5.0,208.0,30.0,8.0,70.0,A",
        b"338000001,2023-01-11T00:00:02,91.0,181.0,102.3,360.0,511.0,,IMO0000000,,,15,,,0,,B",
    )
    r, s = decoded.reports, decoded.statics
    assert reasons(decoded) == ["header"]
    assert r.at_us.tolist() == [parse_at(f"2023-01-11T00:00:0{i}Z") for i in (1, 2)]
    assert r.msg_type.tolist() == [1, 18]
    assert (r.lon_deg[0], r.lat_deg[0]) == (-80.0, 26.1)
    assert (r.sog_kn[0], r.cog_deg[0], r.heading_deg[0]) == (
        np.float32(8.8), np.float32(272.7), 270.0,
    )  # fmt: skip
    assert r.nav_status[0] == 5
    assert r.valid.tolist() == [Valid.NAV_STATUS, 0]
    for name in ("lon_deg", "lat_deg", "sog_kn", "cog_deg", "heading_deg"):
        assert np.isnan(getattr(r, name)[1]), name
    assert (s.msg_type.tolist(), s.name[0], s.callsign[0], s.imo[0]) == (
        [5], b"MSC NAISHA III", b"5LCB4", 9307839,
    )  # fmt: skip
    assert (s.ship_type[0], s.length_m()[0], s.beam_m()[0], s.draught_m[0]) == (70, 208, 30, 8.0)
    assert (s.to_bow_m[0], s.to_port_m[0]) == (0, 0), "where the antenna stands is not told"
    assert s.report_id[0] == r.report_id[0]
    assert list(decoder.stations) == ["shore"]


def test_the_newer_marine_cadastre_spelling() -> None:
    head = b"mmsi,base_date_time,longitude,latitude,sog,cog,heading,vessel_name,imo,call_sign,"
    head += b"vessel_type,status,length,width,draft,cargo,transceiver"
    row = b"368000001,2024-06-01 12:00:00,-64.5,17.7,1.5,10.1,11,ANNA,,,1004,0,,,,,A"
    decoded, _ = decode(head, row)
    assert decoded.reports.lon_deg.tolist() == [-64.5]
    assert decoded.statics.ship_type.tolist() == [70], "NOAA's 1004 is a freight ship"


def test_danish_rows_have_the_day_first() -> None:
    decoded, _ = decode(
        DANISH,
        b"02/01/2024 23:59:59,Class A,219000001,55.5,10.25,Under way using engine,-4.5,12.3,90.1,"
        b"91,9000001,OXYZ2,FREJA,Cargo,,20,150,GPS,7.5,AARHUS,,AIS,100,50,12,8",
        b"02/01/2024 23:59:59,Base Station,2190045,55.6,10.3,Unknown value,,,,,Unknown,,,Undefined"
        b",,,,GPS,,Unknown,,AIS,,,,",
        b"02/01/2024 23:59:59,AtoN,992190001,55.7,10.4,Unknown value,,,,,Unknown,,BUOY,,,,,,,,,AIS"
        b",,,,",
        b"02/01/2024 23:59:59,AtoN,992190002,55.7,10.4,Unknown value,,,,,Unknown,,,,,,,,,,,AIS,,,,",
    )
    r, s = decoded.reports, decoded.statics
    assert r.at_us[0] == parse_at("2024-01-02T23:59:59Z")
    assert r.msg_type.tolist() == [1, 4, 21, 21]
    assert r.rot_deg_per_min[0] == -4.5
    assert s.mmsi.tolist() == [219000001, 992190001]
    assert (s.ship_type[0], s.destination[0], s.to_bow_m[0], s.to_stern_m[0]) == (
        70, b"AARHUS", 100, 50,
    )  # fmt: skip
    table = decoded_table(decoded, ["shore"])
    assert len(table["mmsi"]) == 4, "one row a message, with or without static data"  # type: ignore[arg-type]


def test_exact_earth_has_all_types_in_one_table() -> None:
    voyage = exact_row(
        MMSI="538007407", Message_ID="5", Vessel_Name="GH ZONDA            ", Call_sign="V7MF3  ",
        IMO="9436472", Ship_Type="71", Dimension_to_Bow="182", Dimension_to_stern="49",
        Draught="87", Destination="BLUFF", ETA_month="6", ETA_day="30", ETA_hour="24",
        Fixing_device="1",
    )  # fmt: skip
    decoded, decoder = decode(
        EXACT_HEADER,
        exact_row(
            MMSI="432905000", Message_ID="1", Millisecond="680", ROT="-10.0", COG="None",
            UTC_second="61", Navigational_status="0", RAIM_flag="1", Accuracy="0",
            Longitude="-103.63687", Latitude="8.87747666667",
        ),
        voyage,
        exact_row(MMSI="997011013", Message_ID="21", ATON_type="25", ATON_name="BRL 64K6",
                  off_position="1", Virtual_ATON="0", Longitude="1", Latitude="2"),
        exact_row(MMSI="993032015", Message_ID="8", Data="20d1"),
        exact_row(MMSI="2918", Message_ID="9", Altitude="4095", Longitude="1", Latitude="2"),
    )  # fmt: skip
    r, s = decoded.reports, decoded.statics
    assert r.msg_type.tolist() == [1, 21, 9]
    assert r.at_us[0] == parse_at("2021-07-01T18:51:51.680Z")
    assert np.isnan(r.rot_deg_per_min[0]), "10 degrees a minute stands for the sentinel"
    assert (r.position_mode[0], r.raim[0]) == (61, 1)
    assert not r.valid[0] & Valid.SECOND
    assert (r.off_position[1], r.virtual_aid[1]) == (1, 0)
    assert np.isnan(r.altitude_m[2])
    assert s.msg_type.tolist() == [5, 21]
    assert (s.name[0], s.callsign[0], s.draught_m[0]) == (b"GH ZONDA", b"V7MF3", np.float32(8.7))
    assert (s.eta_month[0], s.eta_day[0]) == (6, 30)
    assert not s.valid[0] & Valid.ETA_HOUR
    assert (s.name[1], s.ship_type[1]) == (b"BRL 64K6", 25)
    assert [(o.msg_type, o.mmsi) for o in decoded.others] == [(8, 993032015)]
    assert decoder.books[0].messages_by_type == {1: 1, 5: 1, 8: 1, 9: 1, 21: 1}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"1,2", "bad_row"),
        (b"338000001,yesterday,18.0,-65.0", "bad_time"),
        (b"338000001,1999-01-01T00:00:00,18.0,-65.0", "bad_time"),
        (b"ship,2023-01-11T00:00:00,18.0,-65.0", "bad_mmsi"),
        (b"1234567890123,2023-01-11T00:00:00,18.0,-65.0", "bad_mmsi"),
        (b"338000001,2023-01-11T00:00:00,north,-65.0", "bad_position"),
        (b"338000001,2023-01-11T00:00:00,inf,-65.0", "bad_position"),
        (b'338000001,"2023-01-11T00:00:00,18.0,-65.0', "bad_row"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason(row: bytes, reason: str) -> None:
    good = b"338000001,2023-01-11T00:00:00,18.0,-65.0"
    decoded, _ = decode(b"MMSI,BaseDateTime,LAT,LON", row, good)
    assert [r.reason for r in decoded.rejected] == ["header", reason]
    assert decoded.rejected[1].line == row
    assert decoded.reports.seq.tolist() == [3]


def test_quotes_of_every_kind() -> None:
    decoded, _ = decode(
        b"MMSI,BaseDateTime,LAT,LON,VesselName",
        b'"338000001","2023-01-11T00:00:00","18.0","-65.0","PORT, OF SPAIN"',
        b'338000002,2023-01-11T00:00:00,18.0,-65.0,"THE ""OLD"" LADY"',
        b'338000003,2023-01-11T00:00:00,18.0,-65.0,"NA"ME',
        b'338000004,2023-01-11T00:00:00,18.0,-65.0,""',
    )
    assert decoded.statics.name.tolist() == [b"PORT, OF SPAIN", b'THE "OLD" LADY', b"NAME"]
    assert len(decoded.reports) == 4


def test_a_second_header_changes_the_layout_where_it_stands() -> None:
    decoded, _ = decode(
        b"MMSI,BaseDateTime,LAT,LON",
        b"338000001,2023-01-11T00:00:00,18.0,-65.0",
        b"LON,LAT,BaseDateTime,MMSI",
        b"-65.5,18.5,2023-01-11T00:00:01,338000002",
    )
    assert reasons(decoded) == ["header", "header"]
    assert decoded.reports.lat_deg.tolist() == [18.0, 18.5]


SUEZ = ColumnMap(
    {"at": "t", "vessel_id": "ID", "lon_deg": "lon", "lat_deg": "lat", "sog_kn": "v",
     "rot_deg_per_min": "rot"},
    time_format="%d/%m/%Y %H:%M", separator=";", sog_unit="m/s", rot_unit="ais",
    time_zone="Africa/Cairo",
)  # fmt: skip


def test_a_column_map_reads_any_table() -> None:
    decoded, _ = decode(
        b"note before the header",
        "\ufeffID;t;lon;lat;v;rot".encode(),
        b"132;20/03/2021 02:22;32.3;31.4;10;251",
        b"EV-7;20/03/2021 02:23;32.3;31.4;;128",
        columns=SUEZ,
    )
    r = decoded.reports
    assert reasons(decoded) == ["no_header", "header"]
    assert r.at_us[0] == parse_at("2021-03-20T00:22:00Z")
    assert r.mmsi.tolist() == [790_000_132, private_mmsi("EV-7")]
    assert r.sog_kn[0] == pytest.approx(19.438, abs=1e-3)
    assert r.rot_deg_per_min[0] == pytest.approx(-((5 / 4.733) ** 2))
    assert np.isnan(r.rot_deg_per_min[1])
    assert r.msg_type.tolist() == [0, 0], "a table that does not tell its types"


def test_private_numbers_are_ship_like_and_no_countrys() -> None:
    for name in ("0", "9999999", "10000000", "EV-7"):
        number = private_mmsi(name)
        assert 780_000_000 <= number < 800_000_000
        assert mmsi_kind(number) == MmsiKind.SHIP
    assert private_mmsi("") == -1


def test_speed_in_kilometres_an_hour_and_class_told_by_type() -> None:
    by = {"at": "t", "mmsi": "m", "lon_deg": "x", "lat_deg": "y", "sog_kn": "v", "radio": "c"}
    decoded, _ = decode(
        b"t,m,x,y,v,c",
        b"1490075479,338000001,-61,15,18.52,1234",
        b"1490075479500,338000001,-61,15,-3,",
        columns=ColumnMap(by, time_format="epoch", sog_unit="km/h"),
    )
    assert decoded.reports.sog_kn[0] == pytest.approx(10.0)
    assert np.isnan(decoded.reports.sog_kn[1])
    assert decoded.reports.radio[0] == 1234
    assert decoded.reports.at_us[1] - decoded.reports.at_us[0] == 500_000


@pytest.mark.parametrize(
    ("columns", "options", "says"),
    [
        ({"speed": "v"}, {}, "no such column"),
        ({"at": "t", "mmsi": "m", "lon_deg": "x"}, {}, "lat_deg"),
        ({"at": "t", "lon_deg": "x", "lat_deg": "y"}, {}, "vessel_id"),
        ({"at": "t", "mmsi": "m", "vessel_id": "i", "lon_deg": "x", "lat_deg": "y"}, {}, "mmsi"),
        (None, {"time_zone": "Mars/Olympus"}, "no such time zone"),
        (None, {"time_format": "%Q"}, "%Q"),
        (None, {"time_format": "%H:%M"}, "says no day"),
    ],
)
def test_a_map_that_cannot_work_is_told(
    columns: dict[str, str] | None, options: dict[str, str], says: str
) -> None:
    good = {"at": "t", "mmsi": "m", "lon_deg": "x", "lat_deg": "y"}
    with pytest.raises(DecodeError, match=says):
        check_map(ColumnMap(columns or good, **options))


@pytest.mark.parametrize(
    ("form", "zone", "text", "at"),
    [
        ("", "UTC", "2016-01-12 13:02:11.218", "2016-01-12T13:02:11.218Z"),
        ("", "UTC", "2016-01-12T13:02:11+01:00", "2016-01-12T12:02:11Z"),
        ("", "Europe/Paris", "2016-07-12 13:02:11", "2016-07-12T11:02:11Z"),
        ("%Y%m%d_%H%M%S", "UTC", "20210701_185151", "2021-07-01T18:51:51Z"),
        ("%d.%m.%Y %H:%M:%S.%f", "UTC", "1.7.2021 8:05:01.25", "2021-07-01T08:05:01.25Z"),
        ("epoch", "UTC", "1490075479.5", "2017-03-21T05:51:19.5Z"),
        ("", "UTC", "2016-01-12", None),
        ("", "UTC", "2016-13-12 13:02:11", None),
        ("", "UTC", "0001-01-01 00:00:00+14:00", None),
        ("%d/%m/%Y", "UTC", "31/02/2020", None),
        ("%d/%m/%Y", "UTC", "tomorrow", None),
    ],
)
def test_times(form: str, zone: str, text: str, at: str | None) -> None:
    read = time_reader(form, zone)(text)
    assert read == (-(2**63) if at is None else parse_at(at))


def test_the_kernels_are_their_own_python() -> None:
    data = b'1,-2.5, +3 ,"q",;"a""b",x,1e3,1234567890.12345678,.,-;"open'
    octets = np.frombuffer(data, np.uint8)
    cut = [-1, *[i for i, byte in enumerate(data) if byte == 59], len(data)]
    start = np.array([a + 1 for a in cut[:-1]], np.int64)
    stop = np.array(cut[1:], np.int64)
    slots = np.arange(5)
    ways = []
    for split_them, read, name in (
        (split_rows, read_numbers, row_identities),
        (plain(split_rows), plain(read_numbers), plain(row_identities)),
    ):
        first, last = np.zeros((5, 3), np.int64), np.zeros((5, 3), np.int64)
        state, value, odd = np.zeros(3, np.uint8), np.zeros(3), np.zeros(3, np.uint8)
        split_them(octets, start, stop, 44, slots, first, last, state)
        numbers = []
        for slot in range(5):
            read(octets, first[slot], last[slot], value, odd)
            numbers.append((np.nan_to_num(value, nan=-9).tolist(), odd.tolist()))
        ids = np.zeros(3, np.uint64)
        with pytest.MonkeyPatch.context() as patch, np.errstate(over="ignore"):
            if name is not row_identities:
                plainly(patch, rows_kernel)
            name(octets, start, stop, np.array([5, 6, 7]), ids)
        ways.append((first.tolist(), last.tolist(), state.tolist(), numbers, ids.tolist()))
    assert ways[0] == ways[1]
    assert ways[0][2] == [0, 1, 1]
    assert [row[0][0] for row in ways[0][3]] == [1.0, -2.5, 3.0, -9.0, -9.0]
    assert ways[0][4][0] == report_id(data[: cut[1]], 5)


@pytest.mark.parametrize(
    "text",
    ["0.1", "50.7730133333333", "-000.5", "123456789012345", "9.999999999999999", "1e-3", "7."],
)
def test_a_number_is_what_python_reads(text: str) -> None:
    layout = recognised(b"MMSI,BaseDateTime,LAT,LON")
    assert layout is not None
    row = f"1,2,{text},3".encode()
    cells, whole = split(row, np.array([0]), np.array([len(row)]), layout)
    assert whole.all()
    assert cells.numbers("lat_deg")[0].tolist() == [float(text)]


def test_what_no_layout_knows_is_no_table() -> None:
    for line in (b"MMSI", b"a,b,c", b"epoch,AIS_Sentences", b'"open,quote'):
        assert recognised(line) is None
    decoded, _ = decode(b"a,b,c", b"1,2,3")
    assert reasons(decoded) == ["not_a_sentence"] * 2


def test_bundled_samples_say_where_they_come_from() -> None:
    folder = Path(__file__).parents[3] / "data" / "tables"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for file in folder.iterdir():
        if file.suffix in (".csv", ".gz"):
            assert f"`{file.name}`" in readme
