// A token as any program asks for one, with nothing said about where it comes from: ask.js CREDENTIAL SCOPE [NAME=VALUE …].
// Names are `client_id` and `tenant_id` of the credential, and `tenant`, which is named with the request.

import {
  AzureCliCredential,
  AzureDeveloperCliCredential,
  ClientSecretCredential,
  DefaultAzureCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from "@azure/identity";

const environment = process.env;
const [name, scope, ...pairs] = process.argv.slice(2);
const options = Object.fromEntries(pairs.map((pair) => pair.split("=", 2)));

// of an app that serves several tenants
const several = { additionallyAllowedTenants: ["*"], ...(options.tenant_id && { tenantId: options.tenant_id }) };
// an authority that Microsoft does not know, the program must vouch for
const own = environment.AZURE_AUTHORITY_HOST ? { disableInstanceDiscovery: true } : {};

const CREDENTIALS = {
  ManagedIdentityCredential: () => new ManagedIdentityCredential({ clientId: options.client_id }),
  DefaultAzureCredential: () => new DefaultAzureCredential({ ...several, ...own }),
  WorkloadIdentityCredential: () => new WorkloadIdentityCredential({ ...several, ...own }),
  "WorkloadIdentityCredential with its token proxy": () =>
    new WorkloadIdentityCredential({ ...several, enableAzureProxy: true }),
  ClientSecretCredential: () =>
    new ClientSecretCredential(
      options.tenant_id ?? environment.AZURE_TENANT_ID,
      environment.AZURE_CLIENT_ID,
      environment.AZURE_CLIENT_SECRET,
      { ...several, ...own },
    ),
  AzureCliCredential: () => new AzureCliCredential(several),
  AzureDeveloperCliCredential: () => new AzureDeveloperCliCredential(several),
};

const request = options.tenant && { tenantId: options.tenant };
const answer = await CREDENTIALS[name]()
  .getToken(scope, request)
  .catch((error) => ({ error: String(error) }));
console.log(JSON.stringify(answer));
