//! `genai-tui sweep status`: where each trial stands.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::anyhow;
use clap::Args;
use serde_json::{Value, json};

use super::DirArgs;
use crate::cli::doctor::ReportFormat;
use crate::cli::{Failure, stdout};
use crate::rules::{Condition, When};
use crate::sweep::{Board, Next, Ranked, TrialState, changed_by_hand, decide, ranking};
use crate::text::number::{significant, thousands};
use crate::text::{line, table_line, width};

/// A cell is not wider than this.
const WIDEST: usize = 40;

/// Arguments of `genai-tui sweep status`.
#[derive(Debug, Clone, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    dir: DirArgs,
    /// Exit with 3 if this holds for the best trial: 'fid > 20'
    #[arg(id = "best_fails", long = "fail-if", value_name = "CONDITION")]
    fail_if: Option<Condition>,
    /// Output format
    #[arg(id = "sweep_format", long = "format", value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

pub(super) fn run(args: &StatusArgs) -> Result<u8, Failure> {
    let mut board = Board::open(&args.dir.dir)?;
    if let Some(condition) = &args.fail_if {
        check(condition, &board.definition().metric)?;
    }
    board.look()?;
    let ranked = ranking(&board);
    let next = decide(board.definition(), &board.replicates());
    stdout::print(match args.format {
        ReportFormat::Text => text(&board, &next, &ranked),
        ReportFormat::Json => format!("{}\n", json_of(&board, &next, &ranked)),
    })?;
    let Some(condition) = &args.fail_if else {
        return Ok(0);
    };
    let why = match ranked.first() {
        Some(best) if condition.test.passes(best.median) => format!(
            "trial {} is the best and has {}",
            best.trial.number,
            significant(best.median)
        ),
        Some(_) => return Ok(0),
        // What cannot be checked has not passed.
        None => "no trial has a value that could be checked".to_owned(),
    };
    // The exit code says it, too.
    let _ = writeln!(io::stderr(), "failed: {condition}: {why}");
    Ok(3)
}

/// What is known of a trial is the sweep's metric where it got to: a condition on anything else would never be checked.
fn check(condition: &Condition, metric: &str) -> Result<(), Failure> {
    let wrong = |what: &str, expected: &str| {
        let text = format!("--fail-if '{condition}': found {what}, expected {expected}");
        Err(Failure::Input(anyhow!(text)))
    };
    if condition.metric != metric {
        return wrong(
            &format!("the metric {}", condition.metric),
            &format!("that of the sweep, {metric}"),
        );
    }
    if condition.when != When::Always || condition.steps > 1 {
        return wrong(
            "certain steps",
            "a condition on the value that the best trial has, without `@`, `after` and `for`",
        );
    }
    Ok(())
}

fn text(board: &Board, next: &Next, ranked: &[Ranked]) -> String {
    let definition = board.definition();
    let mut head = vec!["RANK".to_owned(), "TRIAL".to_owned(), "SEEDS".to_owned()];
    head.extend(["STATE".to_owned(), "STEP".to_owned()]);
    head.push(definition.metric.to_uppercase());
    head.extend(definition.params.iter().map(|param| param.key.clone()));
    let mut rows = vec![head];
    let rank = |number| ranked.iter().position(|found| found.trial.number == number);
    let mut trials: Vec<_> = board.trials().collect();
    trials.sort_by_key(|trial| (rank(trial.number).unwrap_or(usize::MAX), trial.number));
    for trial in trials {
        let first = board.run(trial.number, 0);
        let place = rank(trial.number);
        let seeds = place.map_or(0, |place| ranked[place].values.len() as u64);
        let by_hand = board.changes_by_hand(trial.number);
        let mut row = vec![
            place.map_or_else(String::new, |place| (place + 1).to_string()),
            trial.number.to_string(),
            seeds.to_string(),
            TrialState::of_trial(board, next, trial.number)
                .with_remarks(by_hand, (seeds, definition.seeds)),
            first.map_or_else(String::new, |run| thousands(run.steps)),
            place.map_or_else(String::new, |place| significant(ranked[place].median)),
        ];
        let value = |key: &String| trial.values.get(key).cloned().unwrap_or_default();
        row.extend(definition.params.iter().map(|param| value(&param.key)));
        rows.push(row);
    }
    let columns = rows[0].len();
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().map(|row| width(&row[column]));
            cells.max().unwrap_or_default().min(WIDEST)
        })
        .collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().map(String::as_str).zip(widths.iter().copied());
        text.push_str(&table_line(cells));
        text.push('\n');
    }
    let lost = board.lost();
    let drawn = (board.trials().count() + lost.len()) as u64;
    if definition.count() > drawn {
        let more = definition.count() - drawn;
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{more} more trials to come");
    }
    for trial in board.trials() {
        let by_hand = board.changes_by_hand(trial.number);
        if by_hand > 0 {
            let _ = writeln!(text, "{}", changed_by_hand(trial.number, by_hand));
        }
        let failures = (0..definition.seeds).filter_map(|seed| {
            let failure = board.run(trial.number, seed)?.failure.as_ref()?;
            Some(format!(
                "trial {} (seed {seed}): {}\n",
                trial.number,
                line(failure)
            ))
        });
        text.extend(failures);
    }
    text.extend(
        lost.iter()
            .map(|(number, why)| format!("trial {number}: {why}\n")),
    );
    text
}

fn json_of(board: &Board, next: &Next, ranked: &[Ranked]) -> Value {
    let definition = board.definition();
    let rungs = definition.rungs();
    let number = |value: f64| {
        if value.is_finite() {
            json!(value)
        } else {
            json!(value.to_string())
        }
    };
    let trials: Vec<Value> = board
        .trials()
        .map(|trial| {
            let runs = (0..definition.seeds).filter_map(|seed| {
                let run = board.run(trial.number, seed)?;
                let values = run.values.iter().zip(rungs.iter());
                let values = values.filter_map(|(value, rung)| Some((rung, (*value)?)));
                Some(json!({
                    "seed": definition.seed + seed,
                    "state": TrialState::of(board, next, run).word(),
                    "step": run.steps,
                    "rungs": values.map(|(rung, value)| json!([rung, number(value)])).collect::<Vec<_>>(),
                    "failure": run.failure,
                }))
            });
            let found = ranked.iter().position(|found| found.trial.number == trial.number);
            json!({
                "trial": trial.number,
                "params": trial.values,
                "rank": found.map(|place| place + 1),
                "value": found.map(|place| number(ranked[place].median)),
                "changed_by_hand": board.changes_by_hand(trial.number),
                "runs": runs.collect::<Vec<_>>(),
            })
        })
        .collect();
    let (budget, unit) = definition.budget.parts();
    json!({
        "metric": definition.metric,
        "goal": definition.goal,
        "budget": budget,
        "unit": unit,
        "rungs": rungs.iter().collect::<Vec<_>>(),
        "trials_in_all": definition.count(),
        "is_done": !next.is_open,
        "best": ranked.first().map(|best| best.trial.number),
        "lost": board.lost().into_keys().collect::<Vec<_>>(),
        "trials": trials,
    })
}
