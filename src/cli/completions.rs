//! `genai-tui completions SHELL`.

use clap::{Args, Command};
use clap_complete::Shell;

use super::{Failure, stdout};

/// Print a completion script for a shell.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bash   genai-tui completions bash > ~/.local/share/bash-completion/completions/genai-tui
  zsh    genai-tui completions zsh > \"${fpath[1]}/_genai-tui\"
  fish   genai-tui completions fish > ~/.config/fish/completions/genai-tui.fish")]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints the script for `program`.
///
/// # Errors
/// [`Failure::Run`] if stdout cannot be written.
pub fn run(args: &CompletionsArgs, mut program: Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "genai-tui", &mut script);
    stdout::print(script)
}
