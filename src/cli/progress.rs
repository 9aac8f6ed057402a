//! A progress bar on stderr, when that is a terminal.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::log::{Log, LogFormat};

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

    pub fn name(&self, scenario: &str) {
        self.0.set_message(scenario.to_string());
    }

    pub fn advance(&self) {
        self.0.inc(1);
    }

    pub fn finish(self) {
        self.0.finish_and_clear();
    }
}
