"""The trial of killed schedulers and workers in its short form; `make trial` runs it for two minutes."""

from __future__ import annotations

from pathlib import Path

from tests.trials import killed


def test_processes_killed_at_random_send_and_load_nothing_twice_and_lose_nothing(
    postgres_url: str, tmp_path: Path
) -> None:
    result = killed.run(tmp_path, 12, postgres_url, least=3)
    assert int(str(result["kills"])) >= 3
    assert int(str(result["mails"])) > 0
    assert {name: result[name] for name in killed.PROBLEMS} == dict.fromkeys(killed.PROBLEMS, 0)
