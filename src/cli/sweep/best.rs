//! `genai-tui sweep best`: the best configuration, and how sure that is.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::{Args, ValueHint};
use serde_json::json;

use super::DirArgs;
use crate::cli::doctor::ReportFormat;
use crate::cli::{Failure, path_arg, stdout};
use crate::files::Output;
use crate::sweep::{Board, Ranked, changed_by_hand, is_own_file, ranking};
use crate::text::number::{significant, thousands};

/// Arguments of `genai-tui sweep best`.
#[derive(Debug, Clone, Args)]
pub(super) struct BestArgs {
    #[command(flatten)]
    dir: DirArgs,
    /// Write the whole configuration into a file, for --config; `-` prints it, and nothing else
    #[arg(long, value_name = "FILE.toml", value_parser = path_arg::path(), value_hint = ValueHint::FilePath)]
    apply: Option<PathBuf>,
    /// Output format
    #[arg(id = "best_format", long = "format", value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

pub(super) fn run(args: &BestArgs) -> Result<(), Failure> {
    let output = args.apply.as_deref().map(|path| {
        let output = Output::named(path).map_err(Failure::input)?;
        spare(&args.dir.dir, path).map(|()| output)
    });
    let output = output.transpose()?;
    let mut board = Board::open(&args.dir.dir)?;
    board.look()?;
    // One of them may have been better.
    for (number, why) in board.lost() {
        // Nobody may be there to read it.
        let _ = writeln!(io::stderr(), "trial {number} is not among these: {why}");
    }
    let ranked = ranking(&board);
    let Some(best) = ranked.first() else {
        return Err(Failure::Input(anyhow!(
            "{}: no trial has a value of `{}` yet",
            args.dir.dir.display(),
            board.definition().metric
        )));
    };
    let second = ranked.get(1).filter(|second| second.rung == best.rung);
    let by_hand = board.changes_by_hand(best.trial.number);
    if by_hand > 0 && output.as_ref().is_some_and(Output::is_stdout) {
        let said = changed_by_hand(best.trial.number, by_hand);
        let _ = writeln!(io::stderr(), "{said}");
    }
    let text = match args.format {
        ReportFormat::Text => text(&board, best, second, by_hand),
        ReportFormat::Json => {
            let one = |ranked: &Ranked| {
                json!({
                    "trial": ranked.trial.number,
                    "params": ranked.trial.values,
                    "value": ranked.median,
                    "values": ranked.values,
                })
            };
            let object = json!({
                "metric": board.definition().metric,
                "seeds": board.definition().seeds,
                "best": one(best),
                "best_changed_by_hand": by_hand,
                "runner_up": second.map(one),
                "is_sure": second.and_then(|second| is_sure(best, second)),
            });
            format!("{object}\n")
        }
    };
    if let Some(output) = &output {
        let place = format!("trial {}", best.trial.number);
        let config = board.definition().whole(&best.trial.values, &place)?;
        let toml = config.to_toml().map_err(Failure::input)?;
        stdout::write(output, |out| out.write_all(toml.as_bytes()))?;
        if output.is_stdout() {
            return Ok(());
        }
    }
    stdout::print(text)
}

/// Refuses an output that is a file of the sweep: these say what trials are, and what they reached.
fn spare(dir: &Path, output: &Path) -> Result<(), Failure> {
    if output != Path::new("-") && is_own_file(dir, output) {
        return Err(Failure::Input(anyhow!(
            "`{}`: this file belongs to the sweep; expected another one to write",
            output.display()
        )));
    }
    Ok(())
}

/// Returns whether even the worst seed of the one is better than the best of the other; `None` where each has only one.
fn is_sure(best: &Ranked, second: &Ranked) -> Option<bool> {
    if best.values.len() < 2 && second.values.len() < 2 {
        return None;
    }
    let (least, most) = best.spread();
    let (other_least, other_most) = second.spread();
    Some(most < other_least || least > other_most)
}

fn text(board: &Board, best: &Ranked, second: Option<&Ranked>, by_hand: u64) -> String {
    let definition = board.definition();
    let (_, unit) = definition.budget.parts();
    let rung = definition.rungs().at(best.rung);
    let all = |ranked: &Ranked| -> String {
        let values: Vec<String> = ranked.values.iter().map(|v| significant(*v)).collect();
        values.join(", ")
    };
    let mut text = format!(
        "trial {}: {} {} at {} {unit}\n",
        best.trial.number,
        definition.metric,
        significant(best.median),
        thousands(rung),
    );
    // Writing into a String cannot fail.
    for (key, value) in &best.trial.values {
        let _ = writeln!(text, "  {key} = {value}");
    }
    if by_hand > 0 {
        let said = changed_by_hand(best.trial.number, by_hand);
        let _ = writeln!(text, "{said}");
    }
    if best.values.len() > 1 {
        let _ = writeln!(text, "its seeds: {}", all(best));
    }
    let seeds = definition.seeds;
    if best.rung == definition.rungs().last() && (best.values.len() as u64) < seeds {
        let _ = writeln!(
            text,
            "with a value: {} of its {seeds} seeds",
            best.values.len()
        );
    }
    let Some(second) = second else {
        return text;
    };
    let _ = writeln!(
        text,
        "runner-up: trial {}, {} {}{}",
        second.trial.number,
        definition.metric,
        significant(second.median),
        if second.values.len() > 1 {
            format!(" (its seeds: {})", all(second))
        } else {
            String::new()
        }
    );
    text.push_str(match is_sure(best, second) {
        None if seeds == 1 => {
            "one seed each: which of them is better cannot be told; `seeds = 3` in sweep.toml and a worker tell\n"
        }
        None => "one seed each: which of them is better cannot be told\n",
        Some(true) => "every seed of the best is better than every one of the runner-up's\n",
        Some(false) => "their seeds overlap: the difference may be chance\n",
    });
    text
}
