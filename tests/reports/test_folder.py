"""A folder appears complete or not at all, whatever happens while it is made."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reports.folder import OutputError, appearing, check_writable, explained, sweep

FILES = 12
KILLS = 25

# Fills a folder with numbered files as fast as it can, over and over, each time replacing the one before.
WRITER = """
import sys
from pathlib import Path
from reports.folder import appearing

target = Path(sys.argv[1])
print("started", flush=True)
while True:
    with appearing(target, lambda existing: None) as hidden:
        for number in range({files}):
            (hidden / f"{{number}}.txt").write_text("x" * 10_000)
"""


def replace(existing: Path) -> None:
    """Allow whatever stands at the target to be replaced."""


def refuse(existing: Path) -> None:
    """Allow nothing to be replaced."""
    raise OutputError(f"{existing} stands there")


def listing(folder: Path) -> list[str]:
    """Every name in a folder, hidden ones included."""
    return sorted(entry.name for entry in folder.iterdir())


def test_folder_appears_with_its_files_and_nothing_beside_it(tmp_path: Path) -> None:
    """The target holds what was put in, parents are made, no hidden folder stays."""
    target = tmp_path / "a" / "b" / "plan"
    with appearing(target, refuse) as hidden:
        (hidden / "one.txt").write_text("1")
        assert not target.exists()
    assert listing(target) == ["one.txt"]
    assert listing(target.parent) == ["plan"]


def test_failure_leaves_nothing_not_even_new_parents(tmp_path: Path) -> None:
    """An error inside removes the hidden folder and the parents that were made for it."""
    with pytest.raises(ValueError, match="stop"), appearing(tmp_path / "a" / "plan", refuse) as hidden:
        (hidden / "one.txt").write_text("1")
        raise ValueError("stop")
    assert listing(tmp_path) == []


def test_interrupt_leaves_the_old_folder_untouched(tmp_path: Path) -> None:
    """Ctrl-C while a plan is being replaced keeps the plan that was there."""
    target = tmp_path / "plan"
    target.mkdir()
    (target / "old.txt").write_text("old")
    with pytest.raises(KeyboardInterrupt), appearing(target, replace):
        raise KeyboardInterrupt
    assert listing(target) == ["old.txt"]
    assert listing(tmp_path) == ["plan"]


def test_replacing_swaps_whole_folders(tmp_path: Path) -> None:
    """After a replacement only the new files are there."""
    target = tmp_path / "plan"
    for name in ("old.txt", "new.txt"):
        with appearing(target, replace) as hidden:
            (hidden / name).write_text(name)
    assert listing(target) == ["new.txt"]
    assert listing(tmp_path) == ["plan"]


def test_loser_of_a_race_is_told_and_changes_nothing(tmp_path: Path) -> None:
    """A folder that appears while ours is being filled wins when replacing is not allowed."""
    target = tmp_path / "plan"
    with pytest.raises(OutputError, match="stands there"), appearing(target, refuse) as hidden:
        (hidden / "mine.txt").write_text("mine")
        target.mkdir()
        (target / "theirs.txt").write_text("theirs")
    assert listing(target) == ["theirs.txt"]
    assert listing(tmp_path) == ["plan"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EFBIG, "largest size allowed"),
        (errno.EROFS, "choose another folder"),
        (errno.EACCES, "choose another folder"),
        (errno.EIO, "cannot write in"),
    ],
)
def test_errors_of_the_system_become_sentences(tmp_path: Path, number: int, words: str) -> None:
    """Every error of the operating system names the folder and says that nothing was written."""
    with pytest.raises(OutputError, match=words) as caught, explained(tmp_path):
        raise OSError(number, os.strerror(number))
    assert str(tmp_path) in str(caught.value)
    assert "nothing was written" in str(caught.value)


def test_file_too_large_for_the_system_leaves_nothing(tmp_path: Path) -> None:
    """With a file size limit of 64 KB a larger file ends in a sentence and an empty folder."""
    code = (
        "import resource, sys; from pathlib import Path; from reports.folder import appearing\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "with appearing(Path(sys.argv[1]), lambda existing: None) as hidden:\n"
        "    (hidden / 'large.txt').write_text('x' * 1_000_000)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "plan")], capture_output=True, text=True, timeout=60, check=False
    )
    assert "would pass the largest size allowed here" in done.stderr
    assert listing(tmp_path) == []


def test_place_below_a_file_is_refused_before_the_work(tmp_path: Path) -> None:
    """A target whose parent is a file cannot be made, and the check says so without leaving anything."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write in"):
        check_writable(tmp_path / "file" / "plan")
    assert listing(tmp_path) == ["file"]


def test_sweep_takes_only_what_dead_writers_left(tmp_path: Path) -> None:
    """A dead writer's folder goes; a living writer's, foreign files and other targets' folders stay."""
    target = tmp_path / "plan"
    dead = tmp_path / ".plan.new-0123abcd.wattsplit"
    other = tmp_path / ".other.new-0123abcd.wattsplit"
    foreign = tmp_path / ".plan.new-notours"
    for folder in (dead, other, foreign):
        folder.mkdir()
        (folder / "some.txt").write_text("")
    with appearing(target, replace) as living:
        sweep(target)
        assert living.is_dir()
    assert listing(tmp_path) == sorted([other.name, foreign.name, "plan"])


def test_sweep_puts_back_a_plan_that_a_dead_writer_had_moved_aside(tmp_path: Path) -> None:
    """A death between moving the old plan aside and putting the new one in place loses nothing."""
    target = tmp_path / "plan"
    aside = tmp_path / ".plan.old-0123abcd.wattsplit"
    aside.mkdir()
    (aside / "old.txt").write_text("old")
    sweep(target)
    assert listing(target) == ["old.txt"]
    assert listing(tmp_path) == ["plan"]


def test_killed_writers_leave_a_complete_folder_or_none(tmp_path: Path) -> None:
    """SIGKILL at random moments: what stands at the target is always whole, and the next writer cleans up."""
    target = tmp_path / "plan"
    moments = random.Random(20270101)
    complete = {f"{number}.txt" for number in range(FILES)}
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER.format(files=FILES), str(target)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(moments.uniform(0, 0.03))
            writer.send_signal(signal.SIGKILL)
        sweep(target)
        if target.exists():
            assert set(listing(target)) == complete
            assert all((target / name).stat().st_size == 10_000 for name in complete)
        assert [name for name in listing(tmp_path) if name != "plan"] == []
