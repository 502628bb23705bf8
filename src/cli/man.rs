//! `genai-tui man`: manual pages, generated from the same definitions as the help.

use std::path::PathBuf;

use clap::{Args, Command, ValueHint};
use clap_mangen::Man;

use super::{Failure, path_arg, stdout};

/// Print a manual page, or write those of all commands into a directory.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  genai-tui man | man -l -                             read it
  genai-tui man eval | man -l -                        the page of one command
  genai-tui man --dir ~/.local/share/man/man1          install all of them")]
pub struct ManArgs {
    /// The command whose page to print [default: the program's own page]
    #[arg(conflicts_with = "dir")]
    command: Option<String>,
    /// Write the pages of all commands into this directory instead
    #[arg(long, value_parser = path_arg::path(), value_hint = ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

/// Prints a page of `program`, or writes all.
///
/// # Errors
/// [`Failure::Input`] when there is no such command, [`Failure::Run`] when stdout or the folder cannot be written.
pub fn run(args: &ManArgs, program: Command) -> Result<(), Failure> {
    let mut program = without_help(program);
    program.build();
    if let Some(dir) = &args.dir {
        std::fs::create_dir_all(dir)
            .and_then(|()| clap_mangen::generate_to(program, dir))
            .map_err(|error| {
                Failure::Run(anyhow::anyhow!(
                    "cannot write manual pages into {}: {error}",
                    dir.display()
                ))
            })?;
        return Ok(());
    }
    let command = match &args.command {
        None => program,
        Some(name) => {
            let names: Vec<String> = program
                .get_subcommands()
                .map(|c| c.get_name().to_owned())
                .collect();
            program.find_subcommand(name).cloned().ok_or_else(|| {
                Failure::Input(anyhow::anyhow!(
                    "there is no command `{name}`; expected one of {}",
                    names.join(", ")
                ))
            })?
        }
    };
    let mut page = Vec::new();
    Man::new(command).render(&mut page).map_err(Failure::run)?;
    stdout::print(page)
}

/// The same without the `help` commands, which need no pages.
fn without_help(command: Command) -> Command {
    command
        .disable_help_subcommand(true)
        .mut_subcommands(without_help)
}
