"""The grading engine: tests in a trusted process, answers in a sandbox, a cohort on Dask, nbgrader as the record.

Stages, one module each: `intake` (what arrives), `rebuild` (what of it is graded), `examine` (the tests' side), `answer`
(the answers' side, sandboxed), `station` (warm processes of one machine), `cohort` (many submissions on Dask), `record`
(nbgrader's gradebook), `feedback`, `report`, `export`, `doctor`. Nothing that a student imports imports this package.
"""

import sys

# jsonschema, which nbformat and nbgrader import, looks for it to check addresses, which no notebook has; it takes two seconds.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
