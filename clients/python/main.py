"""Every area, or those named as arguments: `keystay lab exec -- python main.py keys signing`."""

import importlib
import sys

import report
from lab import control

AREAS = [
    "challenge",
    "credentials",
    "msal_library",
    "tokens",
    "graph_directory",
    "keys",
    "signing",
    "encryption",
    "certificates",
    "certificate_import",
    "contacts",
    "secrets_of_users",
    "lists",
    "recovery",
    "backup",
    "resource_manager",
    "access",
    "errors",
    "retries",
    "rotation",
]

# all cases together make more keys in ten seconds than a vault allows
control("PUT", "/lab/throttling", {"enabled": False})
for area in AREAS:
    importlib.import_module(area)
sys.exit(min(report.run(sys.argv[1:]), 1))
