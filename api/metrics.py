"""What Prometheus may know: counts and times, never a word of what was said."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

TURN_BUCKETS = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 6.0, 12.0)


class Metrics:
    """The metrics of one API process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        r = self._registry
        self.messages = Counter("deskmate_messages", "Messages stored, by sender.", ["sender"], registry=r)
        self.turns = Counter("deskmate_turns", "Turns ended, by the message's outcome.", ["outcome"], registry=r)
        self.decisions = Counter("deskmate_decisions", "Hand-off decisions.", ["decision"], registry=r)
        self.turn_seconds = Histogram(
            "deskmate_turn_seconds", "From a turn's begin to its end.", buckets=TURN_BUCKETS, registry=r
        )
        self.turn_failures = Counter("deskmate_turn_failures", "Turns that broke off and are tried again.", registry=r)
        self.search_failures = Counter("deskmate_search_failures", "Messages without a suggestion set.", registry=r)
        self.sockets = Gauge("deskmate_sockets", "Open sockets, by kind.", ["kind"], registry=r)
        self.slow_readers = Counter("deskmate_slow_readers", "Sockets closed for falling behind.", registry=r)
        self.inbox = Gauge("deskmate_inbox_open", "Messages that wait for their turn.", registry=r)
        self.judged_answers = Gauge("deskmate_judged_answers", "Judged answers of the last 30 days.", registry=r)
        self.wrong_answers = Gauge("deskmate_wrong_answers", "Of these, the wrong ones.", registry=r)
        self.promise_kept = Gauge("deskmate_promise_kept", "1 while these agree with the error budget.", registry=r)
        self.ready = Gauge("deskmate_part_ready", "1 while a part answers.", ["part"], registry=r)

    def turn_ended(self, outcome: str, decision: str, took_s: float) -> None:
        """Count one turn."""
        self.turns.labels(outcome).inc()
        self.decisions.labels(decision).inc()
        self.turn_seconds.observe(took_s)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)
