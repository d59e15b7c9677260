"""What the definition itself does with parts of the API, before any visual is drawn."""

from __future__ import annotations

from typing import Final

from rlm.quicksight.support import honoured, ignored

SUPPORT: Final = (
    *honoured(
        "DashboardVersionDefinition.DataSetIdentifierDeclarations",
        "DashboardVersionDefinition.Sheets",
        "DashboardVersionDefinition.CalculatedFields",
        "DashboardVersionDefinition.ParameterDeclarations",
        "DashboardVersionDefinition.FilterGroups",
        "CalculatedField.*",
        "DataSetIdentifierDeclaration.*",
    ),
    *ignored(
        "checked for its shape only",
        "DashboardVersionDefinition.TopicIdentifierDeclarations",
        "DashboardVersionDefinition.TooltipSheets",
    ),
)
