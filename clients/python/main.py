"""Every area, or those named as arguments: `keystay lab exec -- python main.py keys signing`."""

import importlib
import sys

import report

AREAS = [
    "challenge",
    "credentials",
    "msal_library",
    "tokens",
    "keys",
    "signing",
    "certificates",
    "certificate_import",
    "secrets_of_users",
    "lists",
    "recovery",
    "errors",
    "retries",
]

for area in AREAS:
    importlib.import_module(area)
sys.exit(min(report.run(sys.argv[1:]), 1))
