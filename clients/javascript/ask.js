// A token as any program asks for one, with nothing said about where it comes from: ask.js CREDENTIAL SCOPE [CLIENT_ID].

import { DefaultAzureCredential, ManagedIdentityCredential } from "@azure/identity";

const CREDENTIALS = {
  ManagedIdentityCredential: (clientId) => new ManagedIdentityCredential({ clientId }),
  DefaultAzureCredential: () => new DefaultAzureCredential(),
};

const [name, scope, clientId] = process.argv.slice(2);
const credential = CREDENTIALS[name](clientId);
const answer = await credential.getToken(scope).catch((error) => ({ error: String(error) }));
console.log(JSON.stringify(answer));
