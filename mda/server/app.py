"""The application: every route of web/WIRE.md over a `NodeView`, and the built page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import FastAPI, Query, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from mda.clock import from_datetime
from mda.config import Config
from mda.errors import MdaError, StoreError
from mda.model import Act, ActKind, NodeView
from mda.picture.geojson import picture_geojson
from mda.server.body import case_body, finding_body, refusal, wire
from mda.server.events import EventPump, EventStream
from mda.server.guard import HEADERS, Guard
from mda.server.positions import PositionStream
from mda.units import US_PER_S

TRY_AGAIN_LATER: Final = 1013
NO_PAGE: Final = "The page is not built. Run: make deps\n"

Longitude = Annotated[float, Query(ge=-180, le=180)]
Latitude = Annotated[float, Query(ge=-90, le=90)]
Words = Annotated[str, Field(max_length=500)]


class ActBody(BaseModel):
    """What a desk sends. `id` is the desk's own, so that sending it twice is one act."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    act: ActKind
    desk: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Words = ""
    until: AwareDatetime | None = None
    to: Annotated[str, Field(max_length=64)] = ""

    def problem(self) -> str:
        """What the act lacks, in words; empty where it is complete."""
        if self.act in ("suspend", "false") and not self.reason.strip():
            return "reason: say why"
        if self.act == "suspend" and self.until is None:
            return "until: say until when"
        if self.act == "transfer" and not self.to.strip():
            return "to: say to which system"
        if self.act == "note" and not self.reason.strip():
            return "reason: a note without words"
        return ""


def create_app(node: NodeView, page_dir: Path, config: Config | None = None) -> FastAPI:
    """The application for one node. `page_dir` holds the built page."""
    config = config or Config.load()
    pump = EventPump(node)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        pump.start()
        try:
            yield
        finally:
            pump.close()

    app = FastAPI(title="CARIBSIS", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.pump = pump
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(Guard, allowed_hosts=config.texts("server.allowed_hosts"))
    _errors(app)
    _streams(app, node, pump, config)
    _reads(app, node)
    _zones(app, node)
    _health(app, node)
    _acts(app, node)
    _page(app, page_dir)
    return app


def _errors(app: FastAPI) -> None:
    """Every error is JSON in clear words."""

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> Response:
        problems = [
            f"{'.'.join(str(p) for p in e['loc'][1:]) or 'request'}: {e['msg']}"
            for e in error.errors()
        ]
        return refusal(422, "; ".join(problems), "See /openapi.json")

    @app.exception_handler(HTTPException)
    async def _refused(request: Request, error: HTTPException) -> Response:
        words = str(error.detail)
        if error.status_code == 404 and words == "Not Found":
            words = f"there is nothing at {request.url.path}"
        return refusal(error.status_code, words)

    @app.exception_handler(MdaError)
    async def _broken(_request: Request, error: MdaError) -> Response:
        status = 503 if isinstance(error, StoreError) else 400
        return refusal(status, error.what, error.do or "")

    @app.exception_handler(Exception)
    async def _mistake(_request: Request, _error: Exception) -> Response:
        answer = refusal(500, "the node made a mistake", "Its log says which")
        answer.headers.update(HEADERS)  # this handler stands outside the guard
        return answer


def _streams(app: FastAPI, node: NodeView, pump: EventPump, config: Config) -> None:
    most = config.integer("server.most_streams")
    heartbeat_s = config.number("server.heartbeat_s")
    frame_s = config.number("server.frame_s")
    whole_every_s = config.number("server.whole_every_s")

    @app.get("/api/events")
    async def events(request: Request, run: str | None = None) -> Response:
        """Server-sent events; `Last-Event-ID` resumes."""
        if pump.open["events"] >= most:
            return refusal(503, f"{most} event streams are open", "Close a page")
        last_id = request.headers.get("last-event-id")
        stream = EventStream(node, pump, heartbeat_s)

        async def counted() -> AsyncIterator[str]:
            pump.open["events"] += 1
            try:
                async for text in stream.messages(last_id, run):
                    yield text
            finally:
                pump.open["events"] -= 1

        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(counted(), media_type="text/event-stream", headers=headers)

    @app.websocket("/api/positions")
    async def positions(socket: WebSocket) -> None:
        """Binary frames of the picture."""
        if pump.open["positions"] >= most:
            await socket.close(TRY_AGAIN_LATER)
            return
        pump.open["positions"] += 1
        try:
            await PositionStream(node, pump, frame_s, whole_every_s).serve(socket)
        finally:
            pump.open["positions"] -= 1


def _reads(app: FastAPI, node: NodeView) -> None:
    """What can be asked. These run in the thread pool, so they may wait for the node."""

    @app.get("/api/node")
    def node_info() -> Response:
        return JSONResponse(wire(node.info()))

    @app.get("/api/picture")
    def picture() -> Response:
        body = picture_geojson(node.picture())
        return JSONResponse(body, media_type="application/geo+json")

    @app.get("/api/vessels")
    def vessels() -> Response:
        found = {str(key): wire(body) for key, body in node.vessels().items()}
        return JSONResponse({"picture_version": node.picture().version, "vessels": found})

    @app.get("/api/vessels/{key}")
    def vessel(key: str) -> Response:
        card = node.vessel(int(key)) if _is_key(key) else None
        if card is None:
            return refusal(404, f"no vessel {key}", "Keys are in /api/vessels")
        return JSONResponse(wire(card))

    @app.get("/api/trails")
    def trails(minutes: Annotated[int, Query(ge=1, le=2880)] = 120) -> Response:
        now = node.picture()
        tracks = node.trails(now.at_us - minutes * 60 * US_PER_S)
        body = {
            str(key): [[at_us / 1000.0, round(lon, 6), round(lat, 6)] for at_us, lon, lat in track]
            for key, track in tracks.items()
        }
        return JSONResponse({"picture_version": now.version, "trails": body})

    @app.get("/api/cases")
    def cases() -> Response:
        return JSONResponse({"cases": [case_body(case) for case in node.cases()]})

    @app.get("/api/cases/{case_id}")
    def case(case_id: str) -> Response:
        found = node.case(case_id)
        if found is None:
            return _no_case(case_id)
        findings = [finding_body(finding) for finding in found[1]]
        body = {"case": case_body(found[0]), "findings": findings}
        return JSONResponse({**body, "first_look": node.first_look(found[0])})


def _zones(app: FastAPI, node: NodeView) -> None:
    @app.get("/api/zones.geojson")
    def zones() -> Response:
        return Response(node.zones_geojson(), media_type="application/geo+json")

    @app.get("/api/zones/at")
    def zones_at(lon: Longitude, lat: Latitude, at: AwareDatetime | None = None) -> Response:
        """Whose water a point is and who says so; of zones that hold at `at` (now)."""
        at_us = None if at is None else from_datetime(at)
        return JSONResponse(wire(node.locate(lon, lat, at_us)))


def _health(app: FastAPI, node: NodeView) -> None:
    @app.get("/api/stations")
    def stations() -> Response:
        """How well each station hears, and whether the node's own clock is right."""
        return JSONResponse(wire(node.stations()))


def _acts(app: FastAPI, node: NodeView) -> None:
    @app.post("/api/cases/{case_id}/acts")
    def act(case_id: str, body: ActBody) -> Response:
        """Done once it is durable; the same id again is the same act."""
        problem = body.problem()
        if problem:
            return refusal(422, problem)
        found = node.case(case_id)
        if found is None:
            return _no_case(case_id)
        done = Act(
            id=str(body.id),
            case_id=case_id,
            act=body.act,
            desk=body.desk,
            at_us=node.picture().at_us,
            reason=body.reason,
            until_us=None if body.until is None else from_datetime(body.until),
            to=body.to,
            on_priority=found[0].priority,
        )
        try:
            return JSONResponse({"case": case_body(node.act(done))})
        except KeyError:
            return _no_case(case_id)


def _page(app: FastAPI, page_dir: Path) -> None:
    app.mount("/page", StaticFiles(directory=page_dir, check_dir=False), name="page")

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    def index() -> Response:
        file = page_dir / "index.html"
        if not file.is_file():
            return Response(NO_PAGE, 503, media_type="text/plain")
        return FileResponse(file, media_type="text/html")


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19


def _no_case(case_id: str) -> Response:
    return refusal(404, f"no case {case_id}", "Open cases are in /api/cases")
