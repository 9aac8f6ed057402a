//! The command line: one file per subcommand, exit codes, progress.

mod backtest;
mod check;
mod command_line;
mod compare;
mod documents;
mod forecast;
mod import;
mod log;
mod outlook_notes;
mod progress;
mod report;
mod returns;
mod run;
mod runs;
mod score;
mod tables;
mod verify;

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use self::log::{Log, LogFormat};
use crate::domain::statutory_return::ReturnForm;
use crate::fit::estimate::FitError;
use crate::input::area_folder::{MOST_REPLICATES, MOST_YEARS};
use crate::input::problem::Problems;
use crate::input::run_archive::ARCHIVE;
use crate::report::run_folder::ReportError;
use crate::scenario::lever::BASELINE;

/// How a command ends. Scripts rely on these numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    Done = 0,
    CheckFailed = 1,
    Usage = 2,
    InputsInvalid = 3,
    CannotWrite = 4,
    Bug = 70,
}

/// Forecasts SEND demand for an English local area.
#[derive(Debug, Parser)]
#[command(name = "needscast", version, about, max_term_width = 100)]
struct Arguments {
    /// What log lines on stderr look like: sentences, or a JSON object each for a scheduler's log
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", global = true)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check, fit, simulate and report an area folder
    Run(RunArguments),
    /// Check an area folder and list its problems
    Check(CheckArguments),
    /// Score forecasts from past Januaries, for all local authorities of the open data
    Backtest(BacktestArguments),
    /// Write a finished run into the workbook of a statutory return
    Returns(ReturnsArguments),
    /// Make the documents of a finished run again, or a copy of it to share
    Report(ReportArguments),
    /// List the runs of an archive
    Runs(RunsArguments),
    /// Hold a run folder against its record, then run again on its copies of the inputs and compare every byte
    Verify(VerifyArguments),
    /// Print completions for a shell
    Completions(CompletionsArguments),
    /// Print the manual page, or that of a command
    Manual(ManualArguments),
    /// Say what changed between two runs of an area: inputs, rates, results, and how last's forecast fared
    Compare(CompareArguments),
    /// Hold a finished run against what came: errors, intervals, and what they say of later years
    Score(ScoreArguments),
    /// Make area folders from published figures
    #[command(subcommand)]
    Import(ImportCommand),
}

#[derive(Debug, Subcommand)]
enum ImportCommand {
    /// From the releases of the DfE and the ONS, as downloaded
    OpenData(ImportArguments),
}

#[derive(Debug, clap::Args)]
struct ImportArguments {
    /// Local authority by name or code, or all
    #[arg(long, value_name = "CODE|NAME|all")]
    la: String,
    /// Releases of education, health and care plans: zips as downloaded, or folders
    #[arg(long, value_name = "ZIP", num_args = 1.., required = true)]
    ehc: Vec<PathBuf>,
    /// Population estimates by single year of age, .csv or .csv.gz
    #[arg(long, value_name = "CSV", num_args = 1.., required = true)]
    population: Vec<PathBuf>,
    /// Population projections, .csv or .csv.gz
    #[arg(long, value_name = "CSV", num_args = 1..)]
    projection: Vec<PathBuf>,
    /// Shares of pupils on SEN support, as of the local authority interactive tool, .csv or .csv.gz
    #[arg(long, value_name = "CSV", requires = "pupils")]
    sen_support: Option<PathBuf>,
    /// Pupils by age, of the school census, .csv or .csv.gz
    #[arg(long, value_name = "CSV", requires = "sen_support")]
    pupils: Option<PathBuf>,
    /// Folder for the area folders, one each, and England beside them
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Debug, clap::Args)]
struct RunArguments {
    /// Area folder, such as data/somerset
    area: PathBuf,
    /// Folder for the results [default: runs/<area>/<id>, the id a hash of inputs and settings]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Scenario to run beside the baseline; repeatable [default: all of the folder]
    #[arg(long, value_name = "NAME")]
    scenario: Vec<String>,
    /// Simulated futures per scenario
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_REPLICATES)))]
    replicates: Option<u32>,
    /// Years to forecast
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_YEARS as i64))]
    years: Option<u16>,
    /// January census to forecast from; nothing known later is used
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(u16).range(2011..=2090))]
    base_year: Option<u16>,
    /// Seed of the random streams
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Write tables only: no report, workbook or Parquet; 'report' makes them later
    #[arg(long, conflicts_with = "publish")]
    tables_only: bool,
    /// Also write a copy to share, in published/: counts of children below N (5 if left out) are blank, and so is what they
    /// could be worked out from
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = USUAL_THRESHOLD, value_parser = clap::value_parser!(u32).range(2..=100))]
    publish: Option<u32>,
    /// Also write every simulated future of every figure, in draws/: some 100 MB for each scenario and 1,000 futures
    #[arg(long)]
    draws: bool,
    /// Threads; results do not depend on it [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print nothing but problems
    #[arg(long)]
    quiet: bool,
}

/// Official statistics on children do not tell counts of 1 to 4.
const USUAL_THRESHOLD: &str = "5";

#[derive(Debug, clap::Args)]
struct CheckArguments {
    /// Area folder, such as data/somerset
    area: PathBuf,
}

#[derive(Debug, clap::Args)]
struct ReportArguments {
    /// Run folder, such as runs/somerset/1c3a21f7a924
    run: PathBuf,
    /// Folder for the documents; it must be new or empty [default: documents, or published, in the run folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Make a copy to share: counts of children below N (5 if left out) are blank, and so is what they could be worked out
    /// from
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = USUAL_THRESHOLD, value_parser = clap::value_parser!(u32).range(2..=100))]
    publish: Option<u32>,
}

#[derive(Debug, clap::Args)]
struct RunsArguments {
    /// Archive of runs, the runs of one area, or one run
    #[arg(default_value = ARCHIVE)]
    archive: PathBuf,
}

#[derive(Debug, clap::Args)]
struct VerifyArguments {
    /// Run folder, such as runs/somerset/1c3a21f7a924
    run: PathBuf,
    /// Threads; results do not depend on it [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Hold files against the record only, without running again
    #[arg(long)]
    files_only: bool,
    /// Print nothing but problems
    #[arg(long)]
    quiet: bool,
}

#[derive(Debug, clap::Args)]
struct CompletionsArguments {
    /// The shell, such as bash or powershell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
struct ManualArguments {
    /// A command, such as run
    #[arg(value_name = "COMMAND")]
    of: Option<String>,
}

#[derive(Debug, clap::Args)]
struct CompareArguments {
    /// Run folder of the earlier run
    last: PathBuf,
    /// Run folder of the later one
    this: PathBuf,
    /// Folder for the tables of all changes
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct ScoreArguments {
    /// Run folder, such as runs/somerset/1c3a21f7a924
    run: PathBuf,
    /// Counts that came since, with the columns of observations.csv
    #[arg(long, value_name = "FILE")]
    actuals: PathBuf,
    /// Scenario of the run to score
    #[arg(long, value_name = "NAME", default_value = BASELINE)]
    scenario: String,
    /// Table of all cells to write; it must not be there yet
    #[arg(long, value_name = "CSV")]
    out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct BacktestArguments {
    /// A DfE release of EHC plans, as downloaded or unpacked; repeatable
    #[arg(long, value_name = "ZIP", required = true, num_args = 1..)]
    ehc: Vec<PathBuf>,
    /// Mid-year population estimates by single year of age, as first published; repeatable
    #[arg(long, value_name = "CSV", required = true, num_args = 1..)]
    population: Vec<PathBuf>,
    /// First and last January to forecast from
    #[arg(long, value_name = "FIRST..LAST", default_value = "2018..2024", value_parser = parse_origins)]
    origins: RangeInclusive<u16>,
    /// Years to forecast
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=10))]
    horizon: u16,
    /// Folder for the results
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Simulated futures per forecast
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_REPLICATES)))]
    replicates: u32,
    /// Seed of the random streams
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Threads; results do not depend on it [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print nothing but problems
    #[arg(long)]
    quiet: bool,
}

#[derive(Debug, clap::Args)]
struct ReturnsArguments {
    /// Run folder, such as runs/somerset/1c3a21f7a924
    run: PathBuf,
    /// School capacity return, local SEND reform plan, or management plan of the dedicated schools grant
    #[arg(long, value_enum)]
    form: FormArgument,
    /// Workbook to write; it must not be there yet
    #[arg(long, value_name = "FILE.xlsx")]
    out: PathBuf,
    /// Scenario of the run to return
    #[arg(long, value_name = "NAME", default_value = BASELINE)]
    scenario: String,
    /// Scenario for the mitigated version (dsg only)
    #[arg(long, value_name = "NAME")]
    mitigated: Option<String>,
    /// Academic years of primary tables (scap only) [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_YEARS as i64))]
    primary_years: Option<u16>,
    /// Academic years of secondary tables (scap only) [default: 7]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_YEARS as i64))]
    secondary_years: Option<u16>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FormArgument {
    Scap,
    Lsrp,
    Dsg,
}

impl From<FormArgument> for ReturnForm {
    fn from(form: FormArgument) -> ReturnForm {
        match form {
            FormArgument::Scap => ReturnForm::SchoolCapacity,
            FormArgument::Lsrp => ReturnForm::ReformPlan,
            FormArgument::Dsg => ReturnForm::GrantPlan,
        }
    }
}

/// `2018..2024`, both included.
fn parse_origins(text: &str) -> Result<RangeInclusive<u16>, String> {
    let year = |text: &str| text.parse::<u16>().ok().filter(|year| (1990..=2100).contains(year));
    let ends = text.split_once("..").map(|(first, last)| (year(first), year(last.trim_start_matches('='))));
    match ends {
        Some((Some(first), Some(last))) if first <= last => Ok(first..=last),
        _ => Err("two Januaries, the earlier first, such as 2018..2024".to_string()),
    }
}

/// Parses the command line, runs the command, prints what went wrong, and says how it ended.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are not errors; clap knows which stream each belongs to.
            if !error.use_stderr() {
                drop(error.print());
                return ExitCode::Done;
            }
            if wants_json(std::env::args_os()) {
                let said = error.render().to_string();
                let log = Log { format: LogFormat::Json, quiet: false };
                log.error(said.trim().trim_start_matches("error: "), ExitCode::Usage as u8);
            } else {
                drop(error.print());
            }
            return ExitCode::Usage;
        }
    };
    let log = Log { format: arguments.log_format, quiet: false };
    // A panic has said what and where by now; what is left is how it ends.
    match std::panic::catch_unwind(|| carry_out(arguments.command, log)) {
        Ok(Ok(())) => ExitCode::Done,
        Ok(Err(error)) => explain(&error, log),
        Err(_) => explain(&anyhow::anyhow!("needscast stopped itself"), log),
    }
}

/// Whether log lines are asked for as JSON on a command line that cannot be read as a whole.
fn wants_json(arguments: impl Iterator<Item = OsString>) -> bool {
    let arguments: Vec<OsString> = arguments.collect();
    let apart = |pair: &[OsString]| pair[0] == "--log-format" && pair[1] == "json";
    arguments.windows(2).any(apart) || arguments.iter().any(|argument| argument == "--log-format=json")
}

fn carry_out(command: Command, log: Log) -> anyhow::Result<()> {
    match command {
        Command::Run(arguments) => run::run(&arguments, log.hushed(arguments.quiet)),
        Command::Check(arguments) => check::check(&arguments),
        Command::Backtest(arguments) => backtest::backtest(&arguments, log.hushed(arguments.quiet)),
        Command::Returns(arguments) => returns::write_return(&arguments),
        Command::Report(arguments) => report::report(&arguments, log),
        Command::Runs(arguments) => runs::list_runs(&arguments),
        Command::Verify(arguments) => verify::verify(&arguments, log.hushed(arguments.quiet)),
        Command::Completions(arguments) => command_line::print_completions(&arguments),
        Command::Manual(arguments) => command_line::print_manual(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::Score(arguments) => score::score(&arguments, log),
        Command::Import(ImportCommand::OpenData(arguments)) => import::import_open_data(&arguments, log),
    }
}

/// A wrong word on the command line that only the area folder can tell.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct UsageError(String);

/// Problems of an area folder, as an error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct InvalidInputs(Problems);

/// A check that did not pass.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct CheckFailed(String);

fn explain(error: &anyhow::Error, log: Log) -> ExitCode {
    let code = code_of(error);
    match (code, error.downcast_ref()) {
        (ExitCode::Done, _) => {}
        (_, Some(InvalidInputs(problems))) => {
            let plural = if problems.count() == 1 { "problem" } else { "problems" };
            problems.to_string().lines().for_each(|line| log.problem(line));
            log.error(format_args!("{} {plural} in the inputs; nothing was written", problems.count()), code as u8);
        }
        (ExitCode::Bug, _) => {
            log.error(format_args!("{error:#}"), code as u8);
            log.problem("this is a bug of needscast: please report it with the run's inputs");
        }
        // Files are named by errors of their own.
        _ if error.is::<std::io::Error>() => log.error(format_args!("standard output: {error}"), code as u8),
        _ => log.error(format_args!("{error:#}"), code as u8),
    }
    code
}

fn code_of(error: &anyhow::Error) -> ExitCode {
    let io = error.downcast_ref::<std::io::Error>();
    if io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe) {
        ExitCode::Done
    } else if error.is::<CheckFailed>() {
        ExitCode::CheckFailed
    } else if error.is::<UsageError>() {
        ExitCode::Usage
    } else if error.is::<InvalidInputs>() || error.is::<FitError>() {
        ExitCode::InputsInvalid
    } else if error.is::<ReportError>() || io.is_some() {
        ExitCode::CannotWrite
    } else {
        ExitCode::Bug
    }
}
