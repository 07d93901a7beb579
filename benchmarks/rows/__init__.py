"""Every row, in the order of the table."""

from __future__ import annotations

from ..model import Row
from . import calls, messages, pipelines, scans, starting, tasks, threads, values

ROWS: dict[str, Row] = {
    row.id: row for theme in (calls, pipelines, threads, tasks, values, scans, messages, starting) for row in theme.ROWS
}
