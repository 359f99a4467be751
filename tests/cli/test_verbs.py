"""Lines in, answers out."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tests_cli_terminal import in_terminal
