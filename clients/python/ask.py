"""A token as any program asks for one, with nothing said about where it comes from: ask.py CREDENTIAL SCOPE [NAME=VALUE …].

Names are `client_id` and `tenant_id` of the credential, and `tenant`, which is named with the request.
"""

import json
import os
import sys
from functools import partial

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    AzureCliCredential,
    AzureDeveloperCliCredential,
    ClientSecretCredential,
    CredentialUnavailableError,
    DefaultAzureCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

# of an app that serves several tenants
SEVERAL = {"additionally_allowed_tenants": ["*"]}


def client_secret(tenant_id=None):
    tenant = tenant_id or os.environ["AZURE_TENANT_ID"]
    client, secret = os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"]
    return ClientSecretCredential(tenant, client, secret, disable_instance_discovery=True, **SEVERAL)


CREDENTIALS = {
    "ManagedIdentityCredential": ManagedIdentityCredential,
    "DefaultAzureCredential": partial(DefaultAzureCredential, **SEVERAL),
    "WorkloadIdentityCredential": partial(WorkloadIdentityCredential, **SEVERAL),
    "WorkloadIdentityCredential with its token proxy": partial(
        WorkloadIdentityCredential, enable_azure_proxy=True, **SEVERAL
    ),
    "ClientSecretCredential": client_secret,
    "AzureCliCredential": partial(AzureCliCredential, **SEVERAL),
    "AzureDeveloperCliCredential": partial(AzureDeveloperCliCredential, **SEVERAL),
}

name, scope, *pairs = sys.argv[1:]
options = dict(pair.split("=", 1) for pair in pairs)
request = {"tenant_id": options.pop("tenant")} if "tenant" in options else {}
try:
    answer = {"token": CREDENTIALS[name](**options).get_token(scope, **request).token}
except (ClientAuthenticationError, CredentialUnavailableError) as error:
    answer = {"error": error.message}
print(json.dumps(answer))
