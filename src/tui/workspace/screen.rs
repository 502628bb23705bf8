//! The workspace on a terminal: its loop, and the dashboards that are opened from it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Select, bounded};
use crossterm::event::Event as Input;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::state::{Effect, Workspace};
use super::steering::{Answer, Runs, Steering};
use crate::protocol::Command;
use crate::session::priority;
use crate::sweep::Watching;
use crate::terminal::{Guard, Placed, job};
use crate::tui::app::Cost;
use crate::tui::appearance::Appearance;
use crate::tui::input::Keys;
use crate::tui::run::{
    Display, EventLoop, Inbox, Left, Motion, Next, Show, TuiError, TuiOptions, look, show_in,
};
use crate::workspace::{Reading, Remembered, RunId};

/// Shows the runs below these directories until the workspace is left. Restores the terminal. Returns why what was decided is not
/// kept, if it is not.
///
/// # Errors
/// When the terminal cannot be used.
pub fn watch(
    tops: Vec<PathBuf>,
    options: &TuiOptions,
    runs: Arc<dyn Runs>,
    sweep: Option<&SweepAt>,
) -> Result<Option<String>, TuiError> {
    match show(tops, options, runs, sweep) {
        Err(error) if error.is_hangup() => Ok(None),
        shown => shown,
    }
}

/// A sweep that the workspace shows besides its runs.
#[derive(Debug, Clone)]
pub struct SweepAt {
    /// Its directory.
    pub dir: PathBuf,
    /// Whether it is what one sees first.
    pub first: bool,
}

fn show(
    tops: Vec<PathBuf>,
    options: &TuiOptions,
    runs: Arc<dyn Runs>,
    sweep: Option<&SweepAt>,
) -> Result<Option<String>, TuiError> {
    let signals = job::listen().map_err(TuiError::while_doing("listen to"))?;
    priority::give_way();
    let file = Remembered::file(&tops);
    let opened = file.as_deref().map(Remembered::open);
    let (remembered, problem) = if let Some(opened) = opened {
        (opened.remembered, opened.problem)
    } else {
        let problem = "notes, tags and the view are not kept: no folder for state is known";
        (Remembered::default(), Some(problem.to_owned()))
    };
    let reading =
        Reading::start(tops.clone()).map_err(TuiError::while_doing("start threads for"))?;
    let watching = sweep.map(|sweep| Watching::start(&sweep.dir));
    let watching = watching
        .transpose()
        .map_err(|error| TuiError::while_doing("follow the sweep for")(io::Error::other(error)))?;
    let _guard = Guard::enter(options.mouse).map_err(TuiError::while_doing("take over"))?;
    let (waker, wake) = bounded(1);
    let steering = Steering::new(runs);
    let mut wakes = vec![reading.wake.clone(), steering.wake.clone()];
    wakes.extend(watching.iter().map(|watching| watching.wake.clone()));
    relay(wakes, waker).map_err(TuiError::while_doing("start threads for"))?;
    let mut workspace = Workspace::new(look(&options.caps, options), tops, remembered, file);
    if let Some(sweep) = sweep {
        workspace = workspace.with_sweep(&sweep.dir, sweep.first);
    }
    let mut screen = Screen {
        workspace,
        reading,
        steering,
        watching,
        opening: None,
    };
    screen.workspace.set_now(Timestamp::now());
    if let Some(problem) = problem {
        screen.workspace.say(problem);
    }
    let mut keys = None;
    loop {
        let drawing = || TuiError::while_doing("draw on");
        let mut display = Display::open(&mut screen, options).map_err(drawing())?;
        if keys.is_some() {
            // A dashboard is still on the screen.
            display.spoil();
        }
        let mut the_loop = EventLoop::new(&mut screen, display, options);
        the_loop.draw().map_err(drawing())?;
        let keys = match &mut keys {
            Some(keys) => keys,
            none => none.insert(Keys::start().map_err(TuiError::while_doing("read keys from"))?),
        };
        let inbox = |wake: &Receiver<()>| Inbox {
            keys: keys.read.clone(),
            signals: signals.clone(),
            wake: wake.clone(),
        };
        let left = the_loop.follow(inbox(&wake), keys);
        if left.as_ref().map_or(true, |left| *left == Left::HungUp) {
            the_loop.abandon();
        }
        let left = left.map_err(TuiError::while_doing("continue on"))?;
        let Some(id) = screen.opening.take().filter(|_| left != Left::HungUp) else {
            return Ok(screen.workspace.save_at_last());
        };
        let Some(entry) = screen.workspace.entry(id) else {
            continue;
        };
        match screen.steering.open(&entry.found) {
            Ok((viewer, of_run)) => {
                let ended = show_in(&viewer, &of_run, signals.clone(), Some(keys), true)?;
                if ended.left == Left::HungUp {
                    return Ok(None);
                }
            }
            Err(problem) => screen.workspace.say(problem),
        }
    }
}

/// Passes on that one of several has news.
fn relay(sources: Vec<Receiver<()>>, waker: crossbeam_channel::Sender<()>) -> std::io::Result<()> {
    std::thread::Builder::new()
        .name("news".to_owned())
        .spawn(move || {
            let mut select = Select::new();
            for source in &sources {
                select.recv(source);
            }
            loop {
                let ready = select.select();
                let Some(source) = sources.get(ready.index()) else {
                    return;
                };
                // A thread that is gone has no news; then the workspace is, too.
                if ready.recv(source).is_err() {
                    return;
                }
                if let Err(crossbeam_channel::TrySendError::Disconnected(())) = waker.try_send(()) {
                    return;
                }
            }
        })?;
    Ok(())
}

/// The workspace, and the threads that work for it.
struct Screen {
    workspace: Workspace,
    reading: Reading,
    steering: Steering,
    watching: Option<Watching>,
    /// The run whose dashboard is to be opened.
    opening: Option<RunId>,
}

impl Screen {
    fn send(&self, runs: Vec<RunId>, command: &Command) {
        for id in runs {
            if let Some(entry) = self.workspace.entry(id) {
                let (name, dir) = (entry.name().to_owned(), entry.found.path.clone());
                self.steering.send(name, dir, command);
            }
        }
    }

    /// Takes in what became of the sweep; returns whether there was anything.
    fn take_sweep(&mut self) -> bool {
        let Some(watching) = &self.watching else {
            return false;
        };
        let newest = watching.seen.try_iter().last();
        let answers: Vec<_> = watching.answers.try_iter().collect();
        let is_news = newest.is_some() || !answers.is_empty();
        if let Some(newest) = newest {
            self.workspace.take_sweep(newest);
        }
        for answer in answers {
            self.workspace.say(answer.unwrap_or_else(|problem| problem));
        }
        is_news
    }

    fn perform(&mut self, effect: Option<Effect>) -> Next {
        let next = match effect {
            Some(Effect::Leave) => Next::Leave(Left::Closed),
            Some(Effect::Suspend) => Next::Suspend,
            Some(Effect::Redraw) => Next::Redraw,
            Some(Effect::Open(id)) => {
                self.opening = Some(id);
                Next::Leave(Left::Back)
            }
            Some(Effect::Send(runs, command)) => {
                self.send(runs, &command);
                Next::GoOn
            }
            Some(Effect::Sweep(change, runs)) => {
                if let Some(watching) = &self.watching {
                    watching.change(change);
                }
                self.send(runs, &Command::Stop);
                Next::GoOn
            }
            Some(Effect::Fork(id, set)) => {
                if let Some(entry) = self.workspace.entry(id) {
                    let (name, path) = (entry.name().to_owned(), entry.found.path.clone());
                    self.steering.fork(name, path, set);
                }
                Next::GoOn
            }
            Some(Effect::AskToDelete(id)) => {
                if let Some(entry) = self.workspace.entry(id) {
                    self.steering.removal(id, entry.found.clone());
                }
                Next::GoOn
            }
            Some(Effect::Delete(id, removal)) => {
                if let Some(entry) = self.workspace.entry(id) {
                    self.steering.delete(entry.name().to_owned(), removal);
                }
                Next::GoOn
            }
            None => Next::GoOn,
        };
        self.reading.want(self.workspace.wanted());
        next
    }
}

impl Show for Screen {
    fn look(&self) -> &Appearance {
        &self.workspace.look
    }

    fn look_mut(&mut self) -> &mut Appearance {
        &mut self.workspace.look
    }

    fn resize(&mut self, area: Rect) {
        self.workspace.resize(area);
        self.reading.want(self.workspace.wanted());
    }

    fn draw(&self, frame: &mut Frame) -> Vec<Placed> {
        self.workspace.draw(frame)
    }

    fn notify(&mut self, text: String) {
        self.workspace.say(text);
    }

    fn take_cost(&mut self, _cost: Cost) {}

    fn tick(&mut self, _now: Duration) {
        self.workspace.set_now(Timestamp::now());
    }

    fn motion(&self) -> Motion {
        self.workspace.tick().map_or(Motion::Still, Motion::Ticking)
    }

    fn answer_no_shell(&mut self) {
        self.workspace
            .say("not started from a shell: there is none to go to".to_owned());
    }

    fn on_input(&mut self, input: &Input) -> Next {
        let effect = match input {
            Input::Key(key) => self.workspace.on_key(key),
            Input::Paste(text) => {
                self.workspace.on_paste(text);
                None
            }
            Input::Mouse(mouse) => {
                self.workspace.on_mouse(mouse);
                None
            }
            _ => None,
        };
        self.perform(effect)
    }

    fn take_news(&mut self) -> Vec<Next> {
        let news: Vec<_> = self.reading.news.try_iter().collect();
        let answers: Vec<_> = self.steering.answers.try_iter().collect();
        let of_sweep = self.take_sweep();
        if news.is_empty() && answers.is_empty() && !of_sweep {
            return Vec::new();
        }
        self.workspace.take(news);
        for answer in answers {
            match answer {
                Answer::Said(title, answer) => self.workspace.answered(title, answer),
                Answer::Removal(id, removal) => self.workspace.ask_to_delete(id, removal),
            }
        }
        self.workspace.save();
        self.reading.want(self.workspace.wanted());
        vec![Next::GoOn]
    }

    fn lost(&mut self) {}

    fn show_in_characters(&mut self, why: String) {
        self.workspace.say(why);
    }
}
