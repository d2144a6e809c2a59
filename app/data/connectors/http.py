"""The HTTP that connectors share: sign-in, retries by the platform's own signals, counting, redaction.

A connector tells, by a `judge`, what an answer means: good, worth another try (and when), or final.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
import orjson
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from app.clock import Clock, SystemClock
from app.errors import SourceError, SourcePermanent, SourceTransient
from app.text import t

TIMEOUT = httpx.Timeout(60.0, connect=15.0)
ATTEMPTS = 5
DIGITS = 20  # of the largest whole number of 64 bits, or of a sign and the smallest
QUOTED = 200  # characters of an answer that an error shows
# While a person waits for the answer.
HURRIED = httpx.Timeout(15.0, connect=5.0)
HURRIED_ATTEMPTS = 2
HURRIED_WAIT = 3.0
# A platform that asks to wait longer than this is asked again by a later job, not by a sleeping one.
LONGEST_WAIT = 120.0


class SignIn(Protocol):
    """Brings the headers of a signed-in request; `renew` is called once after a refused one."""

    def headers(self) -> Mapping[str, str]: ...

    def renew(self) -> None: ...


class NoSignIn:
    """For calls that need none, such as the sign-in itself."""

    def headers(self) -> Mapping[str, str]:
        return {}

    def renew(self) -> None:
        return None


Judge = Callable[[httpx.Response], SourceError | None]
# Whether the body of a good answer is whole, and what it says. Raises: OtherShape.
Reader = Callable[[httpx.Response], tuple[bool, Any]]


class OtherShape(Exception):
    """A good answer that is whole and does not say what answers of its kind say; the words quote it."""


def any_json(response: httpx.Response) -> tuple[bool, Any]:
    """A body of any shape."""
    with suppress(ValueError):
        return True, orjson.loads(response.content)
    # It refuses a whole page for a number that no float holds, or half a character: a matter of one row.
    with suppress(ValueError, RecursionError):
        return True, _writable(response.json(parse_int=_whole_number))
    return False, None


def _whole_number(text: str) -> float:
    """Beyond 64 bits a float, as orjson reads it, for it writes no larger one."""
    number = int(text) if len(text) <= DIGITS else float(text)
    return number if -(2**63) <= number < 2**64 else float(number)


def _writable(value: Any) -> Any:
    """Without the half of a character that a name was cut in: it is shown as one that cannot be read."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_writable(one) for one in value]
    if isinstance(value, dict):
        return {_writable(name): _writable(one) for name, one in value.items()}
    return value


def json_object(response: httpx.Response) -> tuple[bool, Any]:
    """The usual body: one object. An error that comes with a good status is no answer without rows."""
    whole, body = any_json(response)
    if whole and (not isinstance(body, dict) or body.get("error")):
        raise OtherShape(response.text[:QUOTED])
    return whole, body


def nothing(_response: httpx.Response) -> tuple[bool, None]:
    """For answers whose body says nothing."""
    return True, None


@dataclass
class Session:
    """One conversation with one platform; counts its requests and never shows a secret.

    `secrets`: texts that are blotted out of every error. `sleep`, `clock` and `transport` are replaced by
    tests.
    """

    client: httpx.Client
    source: str
    secrets: tuple[str, ...] = ()
    sleep: Callable[[float], None] = time.sleep
    clock: Clock = field(default_factory=SystemClock)
    sign_in: SignIn = field(default_factory=NoSignIn)
    # told of a refresh token that the platform rotated: losing it would mean losing the source
    keep_refresh_token: Callable[[str], None] = lambda _: None
    requests: int = 0
    # what the platform says against the rows that it sends, by rule: that they are those of a sample
    caveats: dict[str, str] = field(default_factory=dict)
    attempts: int = ATTEMPTS
    longest_wait: float = LONGEST_WAIT

    def hurry(self) -> None:
        """Give up soon from now on, because a person waits for the answer."""
        self.client.timeout = HURRIED
        self.attempts, self.longest_wait = HURRIED_ATTEMPTS, HURRIED_WAIT

    def call(
        self,
        method: str,
        url: str,
        judge: Judge,
        *,
        signed: bool = True,
        read: Reader = json_object,
        **options: Any,
    ) -> Any:
        """What an answer says, after as many tries as its judge finds worth it.

        Raises: SourceTransient when the tries are used up, SourcePermanent at once.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(SourceTransient),
            stop=self._stop,
            wait=_wait,
            sleep=self.sleep,
            reraise=True,
        )
        if signed:
            self.sign_in.headers()  # signing in has tries of its own, which are not to be multiplied
        said = None
        for attempt in retrying:
            with attempt:  # which, unlike a wrapped call, does not hold on to what was answered
                said = self._once(method, url, judge, read, signed, options)
        return said

    def _once(
        self, method: str, url: str, judge: Judge, read: Reader, signed: bool, options: dict[str, Any]
    ) -> Any:
        response = self._send(method, url, signed, options)
        if signed and response.status_code == httpx.codes.UNAUTHORIZED:
            self.sign_in.renew()
            response = self._send(method, url, signed, options)
        whole, body = self._read(response, read if response.is_success else any_json)
        # An error that was cut off says nothing yet; one in another format is left to the judge.
        if (whole or not _claims_json(response)) and (problem := judge(response)):
            raise self.redacted(problem)
        if not whole:
            raise SourceTransient(
                t("connectors.half_a_page", source=self.source, bytes=len(response.content)),
                hint=t("connectors.half_a_page_hint"),
            )
        return body

    def _read(self, response: httpx.Response, read: Reader) -> tuple[bool, Any]:
        try:
            return read(response)
        except OtherShape as odd:
            raise self.redacted(other_shape(self.source, str(odd))) from None

    def _send(self, method: str, url: str, signed: bool, options: dict[str, Any]) -> httpx.Response:
        headers = {**(self.sign_in.headers() if signed else {}), **options.get("headers", {})}
        rest = {name: value for name, value in options.items() if name != "headers"}
        self.requests += 1
        try:
            return self.client.request(method, url, headers=headers, **rest)
        except (httpx.InvalidURL, UnicodeError) as problem:
            raise self.redacted(
                SourcePermanent(
                    t("connectors.unaskable", source=self.source, url=url[:QUOTED], problem=problem),
                    hint=t("connectors.unaskable_hint"),
                    reason="unreachable",
                )
            ) from None
        except (httpx.TransportError, httpx.DecodingError) as problem:
            raise SourceTransient(
                t(
                    "connectors.unreachable",
                    source=self.source,
                    host=httpx.URL(url).host,
                    problem=type(problem).__name__,
                ),
                hint=t("connectors.unreachable_hint"),
                reason="unreachable",
            ) from None

    def _stop(self, state: RetryCallState) -> bool:
        problem = state.outcome.exception() if state.outcome else None
        wait = problem.retry_after if isinstance(problem, SourceTransient) else None
        return (wait or 0.0) > self.longest_wait or stop_after_attempt(self.attempts)(state)

    def redacted(self, problem: SourceError) -> SourceError:
        """The error without the secrets that the platform may have quoted in it."""
        for secret in self.secrets:
            problem.message = problem.message.replace(secret, "***")
            problem.hint = problem.hint.replace(secret, "***")
        problem.args = (problem.message,)
        return problem


def _claims_json(response: httpx.Response) -> bool:
    return "json" in response.headers.get("Content-Type", "")


def _wait(state: RetryCallState) -> float:
    problem = state.outcome.exception() if state.outcome else None
    told = problem.retry_after if isinstance(problem, SourceTransient) else None
    return told if told is not None else min(2.0 ** (state.attempt_number - 1), 30.0)


def open_session(
    source: str,
    secrets: tuple[str, ...],
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Clock | None = None,
) -> Session:
    """A session on the network and real time, or on a transport, waits and a clock that a test brings."""
    client = httpx.Client(timeout=TIMEOUT, transport=transport, headers={"Accept-Encoding": "gzip"})
    kept = tuple(text for text in secrets if len(text) > 3)
    return Session(client, source, kept, sleep, clock or SystemClock())


def by_status(response: httpx.Response, source: str, message: str) -> SourceError | None:
    """What a status means where the platform says nothing more: 5xx and 429 again, other 4xx never."""
    if response.is_success:
        return None
    said = t(
        "connectors.answered",
        source=source,
        status=response.status_code,
        message=message or t("connectors.no_reason"),
    )
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
        return SourceTransient(said, hint=t("connectors.again_hint"), retry_after=retry_after(response))
    if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        # Who is signed in and refused lacks the right to this account, or it is another one.
        reason = "sign_in" if response.status_code == httpx.codes.UNAUTHORIZED else "account"
        hint = t("connectors.renew_hint", source=source)
        return SourcePermanent(said, hint=hint, reason=reason)
    reason = "account" if response.status_code == httpx.codes.NOT_FOUND else ""
    return SourcePermanent(said, hint=t("connectors.final_hint"), reason=reason)


def other_shape(source: str, said: str) -> SourceTransient:
    """A good answer that cannot be read as one; `said` quotes it."""
    return SourceTransient(
        t("connectors.other_shape", source=source, said=said), hint=t("connectors.other_shape_hint")
    )


def rows_in(answer: Mapping[str, Any], name: str, source: str) -> list[dict[str, Any]]:
    """The objects of a list in an answer, none where it is left out. Raises: SourceTransient."""
    rows = answer.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise other_shape(source, f"{name}: {rows!r}"[:QUOTED])
    return rows


def object_in(answer: Mapping[str, Any], name: str, source: str) -> dict[str, Any]:
    """An object of an answer, empty where it is left out. Raises: SourceTransient."""
    told = answer.get(name) or {}
    if not isinstance(told, dict):
        raise other_shape(source, f"{name}: {told!r}"[:QUOTED])
    return told


def count_in(answer: Mapping[str, Any], name: str, source: str) -> int:
    """A whole number of an answer, 0 where it is left out. Raises: SourceTransient."""
    told = answer.get(name, 0)
    if not str(told).isdigit():
        raise other_shape(source, f"{name}: {told!r}"[:QUOTED])
    return int(told)


def message_of(response: httpx.Response) -> str:
    """What the platform says of an error: Google's `error.message`, else the beginning of the body."""
    try:
        return str(any_json(response)[1]["error"]["message"])
    except (KeyError, TypeError):
        return response.text[:QUOTED]


def retry_after(response: httpx.Response) -> float | None:
    """Seconds of a Retry-After header."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None
