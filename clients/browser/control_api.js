// The description of the control API, read by a validator that others wrote.

import assert from "node:assert/strict";

import { Validator } from "@seriousme/openapi-schema-validator";

import { control } from "./lab.js";
import { define } from "./report.js";

define("control API", "its description is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(await control("GET", "/lab/openapi.json"));
  assert.ok(valid, JSON.stringify(errors, undefined, 2));
  assert.equal(validator.version, "3.1");
});
