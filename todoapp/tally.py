"""What a request has cost so far, counted by its thread; the log and the metrics tell it."""

import threading


class Tally(threading.local):
    """The sums of each thread, since it called `begin` last."""

    #: SQL statements, however they were run.
    statements = 0
    #: What the database took for them and for COMMIT, in seconds.
    seconds = 0.0
    #: Seconds in SQLite's queue of writers; None: it was not in there.
    queued: float | None = None
    #: Wrong passwords and codes.
    failed_logins = 0

    def begin(self) -> None:
        """Count from nothing."""
        self.statements = self.failed_logins = 0
        self.seconds = 0.0
        self.queued = None

    def add(self, seconds: float) -> None:
        """Count a statement that took so long."""
        self.statements += 1
        self.seconds += seconds


tally = Tally()
