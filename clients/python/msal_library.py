"""MSAL for Python by itself, as programs use it that speak to Graph without an Azure SDK."""

from urllib.parse import parse_qsl, urlsplit

import msal
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import pkcs12

import assertion
from files import as_pem, downloaded_pfx, file_with
from lab import APP, GRAPH, HOME, JUNIPER, OPERATOR, SEED
from report import case

AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"


def authority(tenant):
    return f"https://login.microsoftonline.com/{tenant}"


def app_with(credential, client_id=APP, tenant=JUNIPER):
    return msal.ConfidentialClientApplication(client_id, client_credential=credential, authority=authority(tenant))


def token_of(result):
    assert "access_token" in result, result.get("error_description")
    return result["access_token"]


@case("msal", "client secret")
def secret():
    app = app_with(OPERATOR["client_secret"], OPERATOR["client_id"], HOME)
    token_of(app.acquire_token_for_client([GRAPH]))


@case("msal", "certificate with its SHA-1 thumbprint (RS256)")
def certificate_sha1():
    pfx = downloaded_pfx()
    _, certificate, _ = pkcs12.load_key_and_certificates(pfx, None)
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex()
    token_of(
        app_with({"private_key": as_pem(pfx).decode(), "thumbprint": thumbprint}).acquire_token_for_client([GRAPH])
    )


@case("msal", "certificate in a PFX (PS256)")
def certificate_pfx():
    with file_with(downloaded_pfx(), ".pfx") as path:
        app = app_with({"private_key_pfx_path": path, "public_certificate": True})
    token_of(app.acquire_token_for_client([GRAPH]))


@case("msal", "assertion from a callback")
def callback():
    key, certificate, _ = pkcs12.load_key_and_certificates(downloaded_pfx(), None)
    app = app_with({"client_assertion": lambda: assertion.signed_here(key, certificate)})
    token_of(app.acquire_token_for_client([GRAPH]))


@case("msal", "second request comes from its cache")
def cache():
    app = app_with(OPERATOR["client_secret"], OPERATOR["client_id"], HOME)
    first = app.acquire_token_for_client([GRAPH])
    second = app.acquire_token_for_client([GRAPH])
    assert second["token_source"] == "cache" and token_of(second) == token_of(first)


@case("msal", "managed identity")
def managed_identity():
    client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=requests.Session())
    token_of(client.acquire_token_for_client(resource="https://vault.azure.net"))


@case("msal", "user name and password")
def password():
    app = msal.PublicClientApplication(AZURE_CLI, authority=authority(JUNIPER))
    juniper = SEED["juniper"]
    result = app.acquire_token_by_username_password(juniper["user"], juniper["password"], ["User.Read"])
    assert assertion.claims(token_of(result))["upn"] == juniper["user"]
    assert result["id_token_claims"]["tid"] == JUNIPER


@case("msal", "sign-in with a code and PKCE, then another token without asking again")
def sign_in():
    app = msal.PublicClientApplication(AZURE_CLI, authority=authority("organizations"))
    flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri="http://localhost:51234")
    juniper = SEED["juniper"]
    form = {"username": juniper["user"], "password": juniper["password"], "decision": "sign-in"}
    back = requests.post(flow["auth_uri"], data=form, allow_redirects=False).headers["location"]
    result = app.acquire_token_by_auth_code_flow(flow, dict(parse_qsl(urlsplit(back).query)))
    assert assertion.claims(token_of(result))["upn"] == juniper["user"]
    assert result["id_token_claims"]["tid"] == JUNIPER
    [account] = app.get_accounts()
    token_of(app.acquire_token_silent(["https://vault.azure.net/.default"], account))


@case("msal", "refusal carries the AADSTS code")
def refusal():
    result = app_with("not-the-secret", OPERATOR["client_id"], HOME).acquire_token_for_client([GRAPH])
    assert result["error"] == "invalid_client" and 7000215 in result["error_codes"], result
