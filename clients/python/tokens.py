"""Tokens of a multi-tenant app: whose, for whom, and what when a customer has not consented."""

import base64

import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CertificateCredential
from azure.keyvault.certificates import CertificateClient, CertificatePolicy
from azure.keyvault.secrets import SecretClient

import assertion
from files import downloaded_pfx
from lab import APP, GRAPH, JUNIPER, MARLOW, VAULT, control, fresh, operations
from report import case

GRAPH_URL = "https://graph.microsoft.com/v1.0"


def harbor_insights(tenant=JUNIPER, client_id=APP, **options):
    return CertificateCredential(tenant, client_id, certificate_data=downloaded_pfx(), **options)


def graph(method, path, token, **options):
    return requests.request(method, GRAPH_URL + path, headers={"Authorization": f"Bearer {token}"}, **options)


def refusal_of(function):
    try:
        function()
    except ClientAuthenticationError as error:
        return error.message
    raise AssertionError("a token was issued")


@case("tokens", "claims of an app-only Graph token")
def claims():
    told = assertion.claims(harbor_insights().get_token(GRAPH).token)
    assert told["tid"] == JUNIPER and told["appid"] == APP, told
    assert told["aud"] == "https://graph.microsoft.com" and told["roles"] == ["User.ReadBasic.All"], told
    assert told["iss"] == f"https://sts.windows.net/{JUNIPER}/" and told["idtyp"] == "app", told


@case("tokens", "one credential serves two customers")
def two_customers():
    credential = harbor_insights(additionally_allowed_tenants=["*"])
    for tenant in (JUNIPER, MARLOW):
        token = credential.get_token(GRAPH, tenant_id=tenant).token
        assert assertion.claims(token)["tid"] == tenant
        people = graph("GET", "/users?$select=userPrincipalName", token).json()["value"]
        assert len(people) == 7, "the customer's own people"


@case("tokens", "SDK refuses a tenant that was not allowed")
def tenant_not_allowed():
    words = refusal_of(lambda: harbor_insights().get_token(GRAPH, tenant_id=MARLOW))
    assert "additionally_allowed_tenants" in words, words


@case("tokens", "no consent: AADSTS700016, and a token after consent")
def no_consent():
    certificate = CertificateClient(VAULT, operations).get_certificate("harbor-export")
    operator = operations.get_token(GRAPH).token
    made = graph(
        "POST",
        "/applications",
        operator,
        json={
            "displayName": fresh("not-consented"),
            "signInAudience": "AzureADMultipleOrgs",
            "keyCredentials": [
                {
                    "type": "AsymmetricX509Cert",
                    "usage": "Verify",
                    "key": base64.b64encode(certificate.cer).decode(),
                }
            ],
        },
    )
    assert made.status_code == 201, made.text
    app = made.json()["appId"]
    words = refusal_of(lambda: harbor_insights(client_id=app).get_token(GRAPH))
    assert "AADSTS700016" in words, words
    control("PUT", f"/lab/tenants/{JUNIPER}/consents/{app}")
    # another credential: MSAL remembers a refusal for a minute
    assert assertion.claims(harbor_insights(client_id=app).get_token(GRAPH).token)["appid"] == app


@case("tokens", "certificate that is not registered: AADSTS700027")
def not_registered():
    client = CertificateClient(VAULT, operations)
    name = fresh("stranger")
    client.begin_create_certificate(name, CertificatePolicy("Self", subject="CN=stranger", exportable=True)).result()
    pfx = base64.b64decode(SecretClient(VAULT, operations).get_secret(name).value)
    words = refusal_of(lambda: CertificateCredential(JUNIPER, APP, certificate_data=pfx).get_token(GRAPH))
    assert "AADSTS700027" in words, words


@case("tokens", "permission the customer did not give: 403 from Graph")
def no_permission():
    answer = graph("GET", "/applications", harbor_insights().get_token(GRAPH).token)
    assert answer.status_code == 403, answer.text
    assert answer.json()["error"]["code"] == "Authorization_RequestDenied", answer.text


@case("tokens", "unknown tenant: AADSTS90002")
def unknown_tenant():
    nowhere = "4a8b0000-0000-4000-8000-0000000000ff"
    words = refusal_of(lambda: harbor_insights(tenant=nowhere).get_token(GRAPH))
    assert "90002" in words or nowhere in words, words
