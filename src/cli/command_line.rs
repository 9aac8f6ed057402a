//! `needscast completions` and `needscast manual`: the command line told to shells and to `man`.

use std::io::Write;

use clap::CommandFactory;

use super::{Arguments, CompletionsArguments, ManualArguments, UsageError};

pub fn print_completions(arguments: &CompletionsArguments) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "needscast", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(())
}

pub fn print_manual(arguments: &ManualArguments) -> anyhow::Result<()> {
    let mut command = Arguments::command();
    // Options that all commands have are told with each.
    command.build();
    let command = match &arguments.of {
        None => command,
        Some(name) => {
            let known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
            let unknown = || UsageError(format!("no command '{name}' (known: {})", known.join(", ")));
            command.find_subcommand(name).cloned().ok_or_else(unknown)?
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    std::io::stdout().lock().write_all(&page)?;
    Ok(())
}
