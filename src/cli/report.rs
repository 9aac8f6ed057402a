//! `needscast report`: the documents of a finished run, made again from its tables, or those of a copy to share.

use std::io::Write;

use super::documents::{Makers, PUBLISHED, write_documents_of, write_publication};
use super::log::Log;
use super::{InvalidInputs, ReportArguments};
use crate::engine::batch::Workers;
use crate::input::run_folder::{check_tables, read_record};
use crate::input::run_tables::read_tables_of;
use crate::report::run_folder::{Place, ReportError, RunFolder};

/// The folder of the documents within a run folder, which its own files are not touched for.
const DOCUMENTS: &str = "documents";

pub fn report(arguments: &ReportArguments, log: Log) -> anyhow::Result<()> {
    let record = read_record(&arguments.run).map_err(InvalidInputs)?;
    // Documents of tables that somebody changed would pass for the run's.
    check_tables(&arguments.run, &record).map_err(InvalidInputs)?;
    let tables = read_tables_of(&arguments.run, record).map_err(InvalidInputs)?;
    let folder = if arguments.publish.is_some() { PUBLISHED } else { DOCUMENTS };
    let target = arguments.out.clone().unwrap_or_else(|| arguments.run.join(folder));
    let id = tables.record.id.clone();
    let Place::Free(out) = RunFolder::claim(&target, &id)? else {
        return Err(ReportError::Occupied { path: target, holds: "the run itself".to_string() }.into());
    };
    let workers = Workers::new(0)?;
    let makers = Makers { workers: &workers, log };
    let blank = match arguments.publish {
        Some(threshold) => {
            let withheld = write_publication(makers, &out, "", tables, threshold)?;
            format!("; {} of {} rows of forecast.csv are blank", withheld.blank, withheld.rows)
        }
        None => {
            write_documents_of(makers, &out, "", &tables)?;
            String::new()
        }
    };
    out.place()?;
    if !log.quiet {
        writeln!(std::io::stdout().lock(), "documents of run {id} in {}{blank}", target.display())?;
    }
    Ok(())
}
