//! Runs the command line and exits with its code.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(needscast::cli::main() as u8)
}
