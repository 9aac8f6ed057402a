//! `needscast runs`: what an archive holds.

use std::io::Write;

use super::{InvalidInputs, RunsArguments};
use crate::input::run_archive::read_archive;
use crate::report::archive_console::render_runs;

pub fn list_runs(arguments: &RunsArguments) -> anyhow::Result<()> {
    let runs = read_archive(&arguments.archive).map_err(InvalidInputs)?;
    write!(std::io::stdout().lock(), "{}", render_runs(&arguments.archive, &runs))?;
    Ok(())
}
