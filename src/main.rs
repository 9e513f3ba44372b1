//! The command line. See `chairside --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    chairside::cli::run()
}
