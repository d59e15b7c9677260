"""From what a visual's queries found to what a browser shows, as data.

`draw(result, look)` gives a `Drawing`: a chart is an option for ECharts, everything else a small
structure of texts and styles. Nothing here is HTML, so that nothing foreign can become any.
"""

from rlm.quicksight.drawing.draw import draw
from rlm.quicksight.drawing.drawing import Drawing
from rlm.quicksight.drawing.look import Look, look_of
from rlm.quicksight.drawing.themes import Theme, read_theme

__all__ = ["Drawing", "Look", "Theme", "draw", "look_of", "read_theme"]
