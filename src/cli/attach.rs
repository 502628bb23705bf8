//! `genai-tui attach`: the dashboard of a run in another process, or of an ended run.

use std::io::{self, BufRead, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use clap::Args;
use jiff::Timestamp;

use super::dashboard;
use super::job;
use super::live::{facts_of, patiently};
use super::{Failure, runs};
use crate::config::{Sources, resolve};
use crate::record::{CONFIG, RUNS_DIR, RunFacts, Status, survey};
use crate::session::link::{self, Role};
use crate::session::{self, Viewer, signals};
use crate::text::{self, shell_word};
use crate::tui::TuiOptions;
use crate::{headless, terminal, tui};

/// Arguments of `genai-tui attach`.
#[derive(Debug, Clone, Args)]
pub struct AttachArgs {
    /// The run: its directory, or its name under `runs` [default: the one that is training]
    #[arg(value_parser = crate::cli::path_arg::run())]
    run: Option<String>,
    /// Read-only: never take control of the run
    #[arg(long)]
    watch: bool,
    /// Open the dashboard even in a CI job (where CI is set)
    #[arg(long)]
    tui: bool,
    /// Limit output to 4 KB/s, for slow connections
    #[arg(long)]
    low_bandwidth: bool,
    /// Override a setting of `ui` or `keys` for this viewer, as in `--set ui.theme=light`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Shows the run until the viewer quits. Returns the exit code.
///
/// # Errors
/// When there is no such run, nothing to show, or no terminal.
pub fn run(args: &AttachArgs) -> Result<u8, Failure> {
    let of_the_screen = |set: &String| ["ui.", "keys."].iter().any(|part| set.starts_with(part));
    if let Some(set) = args.set.iter().find(|set| !of_the_screen(set)) {
        return Err(Failure::Input(anyhow!(
            "--set {set}: expected a key of `ui` or `keys`: a viewer changes only its own screen; \
             to change the run, use `genai-tui send RUN set KEY VALUE`"
        )));
    }
    let found = match &args.run {
        Some(run) => facts_of(run)?,
        None => choose(Path::new(RUNS_DIR), args.tui)?,
    };
    let without = "without one, use `genai-tui runs`, `send` or `stop`";
    dashboard::needed("attach", args.tui, without)?;
    session::panics::keep_quiet();
    signals::leave_at_once(terminal::restore)
        .context("cannot watch for signals")
        .map_err(Failure::Run)?;
    let role = if args.watch { Role::Watch } else { Role::View };
    let viewer = match found.status {
        Status::Live { .. } => patiently(&found, |dir| link::connect(dir, role))?,
        _ => None,
    };
    if let Some(viewer) = viewer {
        return watch(&viewer, &found, args);
    }
    let past = session::past(&found.dir).map_err(Failure::input)?;
    show(&past, &found, args).map(|_| 0)
}

/// Theme, keys and the like come from the run's configuration, overridden by this environment and by flags.
fn show(viewer: &Viewer, run: &RunFacts, args: &AttachArgs) -> Result<tui::Ended, Failure> {
    let sources = Sources {
        environment: std::env::vars_os().collect(),
        set: args.set.clone(),
        ..Sources::file(run.dir.join(CONFIG))
    };
    let config = match resolve(sources) {
        Ok(resolved) => Some(resolved),
        Err(error) if !args.set.is_empty() => return Err(Failure::input(error)),
        // A run can be shown even if its configuration cannot be read.
        Err(_) => None,
    };
    let options = config.map(|resolved| TuiOptions::new(&resolved.config));
    let mut options = options
        .transpose()
        .map_err(Failure::input)?
        .unwrap_or_default();
    options.attached = true;
    if !matches!(run.status, Status::Live { .. }) {
        // A run that has ended is opened to be read, not to be closed after a delay.
        options.close_after = None;
    }
    options.low_bandwidth |= args.low_bandwidth;
    tui::run(viewer, &options)
        .context("the terminal could not be used")
        .map_err(Failure::Run)
}

/// A live run. When it ends, the summary is printed as by the process that started it.
fn watch(viewer: &Viewer, run: &RunFacts, args: &AttachArgs) -> Result<u8, Failure> {
    let ended = show(viewer, run, args)?;
    if let Some(summary) = &ended.summary {
        let dir = job::left_in(summary, &run.dir);
        // The terminal may be gone.
        let _ = headless::exit_summary(summary, dir, &mut io::stdout().lock());
    }
    if ended.left == tui::Left::Detached {
        let name = &run.name;
        let _ = writeln!(
            io::stdout(),
            "{name} continues; `genai-tui attach {name}` shows it again"
        );
    }
    match ended.failed {
        Some(error) => Err(Failure::Run(anyhow!("run `{}`: {error}", run.name))),
        None if ended.left == tui::Left::HungUp => Ok(129),
        None => Ok(0),
    }
}

/// The only live run, or the one chosen from several.
fn choose(folder: &Path, asked: bool) -> Result<RunFacts, Failure> {
    let all = survey(folder).map_err(Failure::input)?;
    let is_live = |run: &RunFacts| matches!(run.status, Status::Live { .. });
    let (mut live, over): (Vec<_>, Vec<_>) = all.into_iter().partition(is_live);
    match (live.len(), over.first()) {
        (1, _) => Ok(live.remove(0)),
        (0, None) => Err(Failure::Input(anyhow!(
            "there is no run in `{}`; `genai-tui attach DIR` attaches to one elsewhere",
            folder.display()
        ))),
        (0, Some(newest)) => Err(Failure::Input(anyhow!(
            "no run is training in `{}`; the newest is `{}` ({}): `genai-tui attach {}` shows it",
            folder.display(),
            newest.name,
            runs::status(newest),
            shell_word(Path::new(&newest.name)),
        ))),
        (count, _) if dashboard::available(asked).is_ok() => {
            let index = ask_which(&live, count)?;
            Ok(live.swap_remove(index))
        }
        _ => {
            let names: Vec<&str> = live.iter().map(|run| run.name.as_str()).collect();
            Err(Failure::Input(anyhow!(
                "several runs are training; name one: {}",
                names.join(", ")
            )))
        }
    }
}

/// Prints a numbered list and reads the number of one.
fn ask_which(live: &[RunFacts], count: usize) -> Result<usize, Failure> {
    let cannot = |error: io::Error| Failure::run(error);
    let (mut out, mut line) = (io::stdout().lock(), String::new());
    let now = Timestamp::now();
    let row = |run: &RunFacts| {
        let seen = run.last_sign.map(|then| runs::ago(now, then));
        let step = format!("step {}", runs::step(run));
        [text::line(&run.name), step, seen.unwrap_or_default()]
    };
    let rows: Vec<_> = live.iter().map(row).collect();
    for (number, line) in (1..).zip(text::table(&rows)) {
        writeln!(out, "{number:>3}  {line}").map_err(cannot)?;
    }
    write!(out, "Which run? [1-{count}] ").map_err(cannot)?;
    out.flush().map_err(cannot)?;
    io::stdin().lock().read_line(&mut line).map_err(cannot)?;
    let given = line.trim();
    given
        .parse::<usize>()
        .ok()
        .filter(|number| (1..=count).contains(number))
        .map(|number| number - 1)
        .ok_or_else(|| {
            Failure::Input(anyhow!(
                "expected a number from 1 to {count}, found `{given}`"
            ))
        })
}
