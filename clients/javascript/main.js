// Every area, or those named as arguments: `keystay lab exec -- node main.js keys signing`.

import { control } from "./lab.js";
import { runAll } from "./report.js";

const AREAS = [
  "credentials",
  "msal",
  "tokens",
  "challenge",
  "keys",
  "signing",
  "encryption",
  "certificates",
  "certificate_import",
  "contacts",
  "secrets",
  "lists",
  "recovery",
  "backup",
  "access",
  "errors",
  "retries",
  "rotation",
];

// all cases together make more keys in ten seconds than a vault allows
await control("PUT", "/lab/throttling", { enabled: false });
for (const area of AREAS) await import(`./${area}.js`);
process.exit((await runAll(process.argv.slice(2))) > 0 ? 1 : 0);
