"""A token as any program asks for one, with nothing said about where it comes from: ask.py CREDENTIAL SCOPE [CLIENT_ID]."""

import json
import sys

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

CREDENTIALS = {
    "ManagedIdentityCredential": ManagedIdentityCredential,
    "DefaultAzureCredential": DefaultAzureCredential,
}

name, scope, *client_id = sys.argv[1:]
options = {"client_id": client_id[0]} if client_id else {}
try:
    answer = {"token": CREDENTIALS[name](**options).get_token(scope).token}
except ClientAuthenticationError as error:
    answer = {"error": error.message}
print(json.dumps(answer))
