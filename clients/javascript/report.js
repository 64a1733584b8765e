// Runs cases and tells what came of each: one JSON line on standard output.

const cases = [];

// Thrown by a case that the SDK has no way to do; the text says why.
export class Unsupported extends Error {}

// Registers a function as a case, or as one case for each variant, whose text goes into the name's `{}`.
export function define(area, name, variants, run) {
  if (!run) {
    cases.push({ area, name, run: variants });
    return;
  }
  for (const variant of variants) {
    cases.push({ area, name: name.replace("{}", variant), run: () => run(variant) });
  }
}

// Runs the cases of these areas, of all when none is named, and returns how many failed.
export async function runAll(areas) {
  let failed = 0;
  for (const { area, name, run } of cases) {
    if (areas.length > 0 && !areas.includes(area)) continue;
    let [outcome, note] = ["pass", ""];
    const start = performance.now();
    try {
      await run();
    } catch (error) {
      [outcome, note] = error instanceof Unsupported ? ["unsupported", error.message] : ["fail", String(error)];
      if (outcome === "fail") {
        console.error(error);
        failed += 1;
      }
    }
    const seconds = Math.round((performance.now() - start) / 10) / 100;
    console.log(JSON.stringify({ area, case: name, outcome, note, seconds }));
  }
  return failed;
}
