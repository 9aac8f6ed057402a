//! A progress bar on stderr, when that is a terminal.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::log::{Log, LogFormat};
use crate::engine::batch::Workers;

/// Counts what is done; shows nothing when quiet, when machines read the log, or not on a terminal.
pub struct Progress(ProgressBar);

impl Progress {
    /// `things` are what is counted, such as futures.
    pub fn start(count: u64, things: &str, log: Log) -> Progress {
        let shown = !log.quiet && log.format == LogFormat::Text && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(count), target);
        if let Ok(style) =
            ProgressStyle::with_template(&format!("{{msg:20}} {{bar:30}} {{pos}}/{{len}} {things}, {{eta}} left"))
        {
            bar.set_style(style);
        }
        Progress(bar)
    }

    /// What is worked on, such as a scenario.
    pub fn name(&self, work: &str) {
        self.0.set_message(work.to_string());
    }

    pub fn advance(&self) {
        self.0.inc(1);
    }

    pub fn finish(self) {
        self.0.finish_and_clear();
    }
}

/// Applies `work` to each item on a thread of its own, and counts them as `things` under a name; the first failure in the
/// order of the items is the whole's.
pub fn work_on_each<T: Send, E: Send>(
    (workers, log): (&Workers, Log),
    (name, things): (&str, &str),
    items: Vec<T>,
    work: impl Fn(T) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let progress = Progress::start(items.len() as u64, things, log);
    progress.name(name);
    let done = workers.map_in_order(items, |item| {
        let done = work(item);
        progress.advance();
        done
    });
    progress.finish();
    done.into_iter().collect()
}
