//! One program for all targets: they share a running lab, and `KEYSTAY_FUZZ_TARGET` names the one to run.

#![no_main]

use std::{env, sync::LazyLock};

use keystay_lab::fuzzing::Bench;
use libfuzzer_sys::fuzz_target;

static BENCH: LazyLock<(Bench, String)> = LazyLock::new(|| {
    let target = env::var("KEYSTAY_FUZZ_TARGET").expect("`cargo xtask fuzz TARGET` sets KEYSTAY_FUZZ_TARGET");
    (Bench::start(), target)
});

fuzz_target!(|data: &[u8]| {
    let (bench, target) = &*BENCH;
    bench.run(target, data);
});
