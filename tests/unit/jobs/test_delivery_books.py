"""What people read of the ledger."""

from __future__ import annotations

import datetime as dt
import json

from rlm.domain.delivery import Batch, DeliveredFile, FileCounts
from rlm.jobs.clean_sources.books import delivery_books, manifest

LANDING = "s3://rlm-dev-landing/venues"


def delivered(day: int, name: str) -> DeliveredFile:
    date = dt.date(2026, 6, day)
    return DeliveredFile(
        f"{LANDING}/delivery_date={date}/{name}", f"etag-{name}", 10, "venues", date
    )


def test_each_delivered_file_is_a_line_with_what_became_of_its_rows() -> None:
    good, bad = delivered(1, "good.csv"), delivered(2, "bad, indeed.csv")
    first = Batch(
        "venues",
        "b1",
        (good, bad),
        (
            FileCounts(good.uri, good.etag, rows_in=12, rows_quarantined=2),
            FileCounts(bad.uri, bad.etag, reason='header has "nmae"'),
        ),
        run_id="scheduled",
    )
    uncounted = Batch("venues", "b2", (delivered(3, "early.csv"),))
    assert delivery_books([first, uncounted]).splitlines() == [
        "source,delivery_date,file,size_bytes,rows_in,rows_quarantined,is_rejected,reason,batch_id,run_id",
        "venues,2026-06-01,good.csv,10,12,2,0,,b1,scheduled",
        'venues,2026-06-02,"bad, indeed.csv",10,0,0,1,"header has ""nmae""",b1,scheduled',
        "venues,2026-06-03,early.csv,10,0,0,0,,b2,",
    ]


def test_source_without_deliveries_has_a_header() -> None:
    assert len(delivery_books([]).splitlines()) == 1


def test_manifest_names_the_folder_of_all_books() -> None:
    document = json.loads(manifest("s3://rlm-dev-lake"))
    assert document["fileLocations"] == [{"URIPrefixes": ["s3://rlm-dev-lake/ledger/deliveries/"]}]
    assert document["globalUploadSettings"]["containsHeader"] == "true"
