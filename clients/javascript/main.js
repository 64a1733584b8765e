// Every area, or those named as arguments: `keystay lab exec -- node main.js keys signing`.

import { runAll } from "./report.js";

const AREAS = [
  "credentials",
  "msal",
  "tokens",
  "challenge",
  "keys",
  "signing",
  "certificates",
  "certificate_import",
  "secrets",
  "lists",
  "recovery",
  "errors",
  "retries",
];

for (const area of AREAS) await import(`./${area}.js`);
process.exit((await runAll(process.argv.slice(2))) > 0 ? 1 : 0);
