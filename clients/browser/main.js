// Every area, or those named as arguments: `keystay lab exec -- node main.js portal`. `report.js` is that of ../javascript.

import { closeBrowsers } from "./browser.js";
import { runAll } from "./report.js";

for (const area of ["portal", "foreign_pages", "consent_page", "control_api", "dashboard", "onboarding"]) await import(`./${area}.js`);
const failed = await runAll(process.argv.slice(2));
await closeBrowsers();
process.exit(failed > 0 ? 1 : 0);
