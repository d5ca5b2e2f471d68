"""The credit benchmark does what it says, on a city of a few firms."""

from pathlib import Path

from xinyidai.cli.bench.credit import run, write_page


def test_a_small_run_measures_every_part_and_says_that_it_is_small(tmp_path: Path) -> None:
    result = run(100_000, firms=40)
    figures = result["figures"]
    assert figures["intake_rows_per_second"]["rows"] == 10_080
    assert figures["score_all_seconds"]["rows"] == 9_600
    assert figures["one_subject_median"]["figures_of_one"] == 34 * 24
    assert 0 < figures["intake_peak_memory"]["value"] < 300
    write_page(result, tmp_path / "credit.md")
    page = (tmp_path / "credit.md").read_text(encoding="utf-8")
    assert "a smaller run" in page
    assert "| intake_share_of_copy |" in page
