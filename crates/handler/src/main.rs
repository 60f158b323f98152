//! `bootstrap`: what Lambda starts.

use std::process::ExitCode;

use penstock_delivery::Hooks;
use penstock_handler::runtime;

fn main() -> ExitCode {
    runtime::main(Hooks)
}
