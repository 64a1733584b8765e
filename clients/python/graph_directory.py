"""Microsoft Graph by its own SDK: apps, their credentials, what they may do, and a customer's people."""

import asyncio
import base64
import hashlib
import time
import uuid

import jwt
from azure.identity import CertificateCredential, ClientSecretCredential, WorkloadIdentityCredential
from azure.keyvault.certificates import CertificateClient
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.applications.applications_request_builder import ApplicationsRequestBuilder
from msgraph.generated.applications.item.add_key.add_key_post_request_body import AddKeyPostRequestBody
from msgraph.generated.applications.item.add_password.add_password_post_request_body import AddPasswordPostRequestBody
from msgraph.generated.applications.item.remove_password.remove_password_post_request_body import (
    RemovePasswordPostRequestBody,
)
from msgraph.generated.models.app_role_assignment import AppRoleAssignment
from msgraph.generated.models.application import Application
from msgraph.generated.models.federated_identity_credential import FederatedIdentityCredential
from msgraph.generated.models.key_credential import KeyCredential
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.password_credential import PasswordCredential
from msgraph.generated.models.service_principal import ServicePrincipal
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core.tasks.page_iterator import PageIterator

import assertion
from files import downloaded_pfx, file_with
from lab import APP, GRAPH, HOME, JUNIPER, VAULT, control, fresh, operations
from report import case

GRAPH_APP = "00000003-0000-0000-c000-000000000000"
USER_READ_ALL = "df021288-bdef-4463-88db-98f22de89214"


def graph(credential=operations):
    return GraphServiceClient(credential, [GRAPH])


def graph_case(name):
    """A case that is a coroutine."""

    def register(function):
        case("graph", name)(lambda: asyncio.run(function()))
        return function

    return register


async def registered(client, **properties):
    """A new app with its service principal at home."""
    app = await client.applications.post(Application(display_name=fresh("app"), **properties))
    principal = await client.service_principals.post(ServicePrincipal(app_id=app.app_id))
    return app, principal


@graph_case("app: registered, found by its client id, changed, deleted")
async def app_life():
    client = graph()
    app, _ = await registered(client, sign_in_audience="AzureADMultipleOrgs")
    query = ApplicationsRequestBuilder.ApplicationsRequestBuilderGetQueryParameters(filter=f"appId eq '{app.app_id}'")
    found = await client.applications.get(RequestConfiguration(query_parameters=query))
    assert [one.id for one in found.value] == [app.id]
    await client.applications.by_application_id(app.id).patch(Application(display_name="another name"))
    assert (await client.applications.by_application_id(app.id).get()).display_name == "another name"
    await client.applications.by_application_id(app.id).delete()
    try:
        await client.applications.by_application_id(app.id).get()
    except ODataError as error:
        assert error.response_status_code == 404 and error.error.code == "Request_ResourceNotFound", error
    else:
        raise AssertionError("it is still there")


@graph_case("client secret: added, used, removed")
async def secret():
    client = graph()
    app, _ = await registered(client)
    body = AddPasswordPostRequestBody(password_credential=PasswordCredential(display_name="pipeline"))
    made = await client.applications.by_application_id(app.id).add_password.post(body)
    assert made.secret_text.startswith(made.hint)
    use = ClientSecretCredential(HOME, app.app_id, made.secret_text)
    assert assertion.claims(use.get_token(GRAPH).token)["appid"] == app.app_id
    body = RemovePasswordPostRequestBody(key_id=made.key_id)
    await client.applications.by_application_id(app.id).remove_password.post(body)
    assert (await client.applications.by_application_id(app.id).get()).password_credentials == []


@graph_case("federated credential: added, used by a workload")
async def federated():
    client = graph()
    app, _ = await registered(client)
    issuer, subject = "https://oidc.cluster.test", f"system:serviceaccount:harbor:{fresh('job')}"
    trust = FederatedIdentityCredential(
        name="cluster", issuer=issuer, subject=subject, audiences=["api://AzureADTokenExchange"]
    )
    await client.applications.by_application_id(app.id).federated_identity_credentials.post(trust)
    token = control("POST", "/lab/oidc-tokens", {"issuer": issuer, "subject": subject})["token"]
    with file_with(token.encode()) as path:
        use = WorkloadIdentityCredential(tenant_id=HOME, client_id=app.app_id, token_file_path=path)
        assert assertion.claims(use.get_token(GRAPH).token)["appid"] == app.app_id


def proof(app, key, certificate):
    """Possession of a key the app has (RFC 7523 in Graph's form)."""
    now = int(time.time())
    der = certificate.public_bytes(serialization.Encoding.DER)
    claims = {"aud": "00000002-0000-0000-c000-000000000000", "iss": app.id, "nbf": now, "exp": now + 600}
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    return jwt.encode(claims, key, algorithm="PS256", headers={"x5t#S256": thumbprint})


@graph_case("certificate: an app adds its next one with a proof of the old one (addKey)")
async def roll_certificate():
    key, certificate, _ = pkcs12.load_key_and_certificates(downloaded_pfx(), None)
    der = certificate.public_bytes(serialization.Encoding.DER)
    owner = graph()
    old = KeyCredential(type="AsymmetricX509Cert", usage="Verify", key=der)
    app, _ = await registered(owner, key_credentials=[old])
    itself = CertificateCredential(HOME, app.app_id, certificate_data=downloaded_pfx())
    signer = CertificateClient(VAULT, operations).get_certificate("harbor-signer")
    new = KeyCredential(type="AsymmetricX509Cert", usage="Verify", key=bytes(signer.cer))
    body = AddKeyPostRequestBody(key_credential=new, proof=proof(app, key, certificate))
    await graph(itself).applications.by_application_id(app.id).add_key.post(body)
    assert len((await owner.applications.by_application_id(app.id).get()).key_credentials) == 2


@graph_case("app role granted to a service principal is in its next token")
async def app_role():
    client = graph()
    app, principal = await registered(client)
    (resource,) = [one for one in (await client.service_principals.get()).value if one.app_id == GRAPH_APP]
    grant = AppRoleAssignment(
        principal_id=uuid.UUID(principal.id), resource_id=uuid.UUID(resource.id), app_role_id=uuid.UUID(USER_READ_ALL)
    )
    await client.service_principals.by_service_principal_id(principal.id).app_role_assignments.post(grant)
    body = AddPasswordPostRequestBody(password_credential=PasswordCredential(display_name="pipeline"))
    made = await client.applications.by_application_id(app.id).add_password.post(body)
    use = ClientSecretCredential(HOME, app.app_id, made.secret_text)
    assert assertion.claims(use.get_token(GRAPH).token)["roles"] == ["User.Read.All"]


@graph_case("people of a customer, in pages of 2")
async def people():
    client = graph(CertificateCredential(JUNIPER, APP, certificate_data=downloaded_pfx()))
    query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(top=2, select=["userPrincipalName"])
    page = await client.users.get(RequestConfiguration(query_parameters=query))
    assert len(page.value) == 2 and page.odata_next_link
    names = set()
    await PageIterator(page, client.request_adapter).iterate(lambda user: names.add(user.user_principal_name) or True)
    assert len(names) == 7


@graph_case("403 for a permission the customer did not give")
async def forbidden():
    client = graph(CertificateCredential(JUNIPER, APP, certificate_data=downloaded_pfx()))
    try:
        await client.applications.get()
    except ODataError as error:
        assert error.response_status_code == 403 and error.error.code == "Authorization_RequestDenied", error
    else:
        raise AssertionError("the apps were listed")
