"""The benches are plain modules beside the tests, so that a backend's own tests can use them too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
