"""What can go wrong, by what a caller can do about it.

A message is one sentence that names the object and the way out.
"""


class DondocError(Exception):
    """The root of everything that Dondoc raises on purpose."""

    exit_status = 1


class Refused(DondocError):
    """A rule of the plan forbids it; nothing was changed (exit status 1)."""


class Unreadable(DondocError):
    """The input is not what it should be: a file, a line, a key, a word (exit status 2)."""

    exit_status = 2


class Unreachable(DondocError):
    """A server that is needed does not answer; trying later is safe (exit status 1)."""
