//! `needscast check`: the problems of an area folder, or what was read.

use std::io::Write;

use super::{CheckArguments, InvalidInputs};
use crate::input::area_folder::{Overrides, read_area_folder};

pub fn check(arguments: &CheckArguments) -> anyhow::Result<()> {
    let folder = read_area_folder(&arguments.area, Overrides::default()).map_err(InvalidInputs)?;
    let world = &folder.world;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}: no problems in {} files", world.area.name, folder.files.len())?;
    writeln!(out, "base census January {}, {} years ahead", world.base, world.years)?;
    writeln!(
        out,
        "{} observations, {} needs, {} settings, {} scenarios beside the baseline",
        world.evidence.observations.rows().len(),
        world.needs.count(),
        world.settings.count(),
        folder.scenarios.len()
    )?;
    for note in &folder.notes {
        writeln!(out, "note: {note}")?;
    }
    Ok(())
}
