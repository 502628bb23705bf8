//! The screens of a sweep, on trials that never happened.

use std::path::Path;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use genai_tui::picture::ColorDepth;
use genai_tui::sweep::{
    Budget, Change, Definition, Goal, Importance, ReplicateSeen, Sampler, Scheduler, Seen, Share,
    TrialSeen, TrialState,
};
use genai_tui::terminal::caps::Charset;
use genai_tui::tui::Appearance;
use genai_tui::tui::workspace::{Effect, Workspace};
use genai_tui::workspace::Remembered;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;

fn definition() -> Definition {
    let params = [
        "batch_size=choice(16,32,64)",
        "critic.r1=log(0.01,10) if objective=hinge",
        "objective=choice(gan,hinge)",
        "optimizer.g.lr=log(1e-5,1e-2)",
    ];
    Definition {
        params: params.iter().map(|text| text.parse().unwrap()).collect(),
        set: Vec::new(),
        sampler: Sampler::Random,
        scheduler: Scheduler::Asha,
        metric: "fid".to_owned(),
        goal: Goal::Min,
        trials: 16,
        seeds: 2,
        seed: 0,
        budget: Budget::Steps(9_000),
        first_rung: 1_000,
        factor: 3,
        base: None,
    }
}

/// Twelve trials: the larger their number, the better they are; one failed, one is trained, one waits.
fn seen() -> Seen {
    let definition = definition();
    let trial = |number: u64| {
        let state = match number {
            0 => TrialState::Failed,
            10 => TrialState::Training,
            11 => TrialState::Waiting,
            9 => TrialState::Done,
            _ => TrialState::Paused,
        };
        let value = (1..=10).contains(&number).then(|| 300.0 / number as f64);
        let is_hinge = number % 2 == 1;
        let place = number as f64 / 12.0;
        let mut values = vec![
            ("batch_size", definition.params[0].domain.at(place)),
            (
                "objective",
                if is_hinge { "hinge" } else { "gan" }.to_owned(),
            ),
            ("optimizer.g.lr", definition.params[3].domain.at(place)),
        ];
        if is_hinge {
            values.push(("critic.r1", definition.params[1].domain.at(0.5)));
        }
        let values: std::collections::BTreeMap<String, String> = values
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        TrialSeen {
            number,
            places: definition
                .params
                .iter()
                .map(|param| param.domain.place_of(values.get(&param.key)?))
                .collect(),
            values,
            runs: vec![ReplicateSeen {
                name: format!("{number:04}-0"),
                state,
                amount: number * 100,
                seconds: number as f64 * 61.0,
                host: Some("node7".to_owned()),
                job: Some("4711_3".to_owned()),
                failure: (state == TrialState::Failed).then(|| "diverged at step 12".to_owned()),
            }],
            rank: value.map(|_| (10 - number) as usize),
            value,
            seeds: u64::from(value.is_some()) + u64::from(state == TrialState::Done),
            spread: None,
            rung: value.map(|_| usize::from(number > 6)),
            state,
            by_hand: 0,
        }
    };
    let share = |share, chance| Share { share, chance };
    Seen {
        trials: (0..12).map(trial).collect(),
        lost: Vec::new(),
        to_come: 4,
        is_done: false,
        importance: (
            Importance::Shares(vec![
                share(0.1, 0.2),
                share(0.05, 0.1),
                share(0.3, 0.1),
                share(0.5, 0.1),
            ]),
            1,
        ),
        definition,
    }
}

struct Stage(Workspace);

impl Stage {
    fn new(colours: ColorDepth, charset: Charset) -> Self {
        let look = Appearance::new(colours, charset);
        let tops = vec!["s/runs".into()];
        let mut workspace = Workspace::new(look, tops, Remembered::default(), None)
            .with_sweep(Path::new("s"), true);
        workspace.resize(Rect::new(0, 0, 120, 40));
        workspace.take_sweep(Ok(Arc::new(seen())));
        Self(workspace)
    }

    fn key(&mut self, code: KeyCode) -> Option<Effect> {
        self.0.on_key(&KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn keys(&mut self, keys: &str) -> Option<Effect> {
        let keys = keys.chars().map(|c| self.key(KeyCode::Char(c)));
        keys.last().flatten()
    }

    fn text(&mut self, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        self.0.resize(Rect::new(0, 0, width, height));
        terminal.draw(|frame| drop(self.0.draw(frame))).unwrap();
        super::text(terminal.backend().buffer())
    }
}

fn stage() -> Stage {
    Stage::new(ColorDepth::TrueColor, Charset::Unicode)
}

/// The trials in the order of the table.
fn order(text: &str) -> Vec<u64> {
    let rows = text.lines().filter(|line| line.contains("node7"));
    rows.map(|row| {
        let words: Vec<&str> = row
            .split([' ', '│', '▸'])
            .filter(|w| !w.is_empty())
            .collect();
        words[1].parse().unwrap()
    })
    .collect()
}

#[test]
fn trials_are_listed_from_the_best_on_with_all_that_is_known_of_them() {
    let text = stage().text(220, 40);
    for expected in [
        "1 training",
        "4 to come",
        "critic.r1",
        "30.00",
        "3k 2/3",
        "10:10",
        "node7",
        "4711_3",
        "trial 10",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert_eq!(order(&text), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 11]);
}

#[test]
fn trials_are_sorted_by_any_column_and_those_without_a_value_come_last_either_way() {
    let mut stage = stage();
    stage.keys("soptimizer");
    stage.key(KeyCode::Enter);
    assert_eq!(order(&stage.text(220, 40))[..3], [0, 1, 2]);
    stage.keys("r");
    assert_eq!(order(&stage.text(220, 40))[..3], [11, 10, 9]);
    stage.keys("svalue");
    stage.key(KeyCode::Enter);
    stage.keys("r");
    let order = order(&stage.text(220, 40));
    assert_eq!(order[..2], [1, 2]);
    assert_eq!(order[10..], [0, 11]);
}

#[test]
fn trials_say_how_far_they_are_that_they_were_changed_and_who_ended_them() {
    let mut seen = seen();
    // On its way to the first rung; stopped by a person; changed while it trained.
    seen.trials[10].rung = None;
    seen.trials[8].state = TrialState::Cancelled;
    seen.trials[8].runs[0].failure = Some("stopped by a person".to_owned());
    seen.trials[9].by_hand = 2;
    let mut stage = stage();
    stage.0.take_sweep(Ok(Arc::new(seen)));
    let text = stage.text(220, 40);
    for expected in ["1k 0/3", "done, by hand", "1 cancelled", "1 failed"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    stage.key(KeyCode::Down);
    let text = stage.text(220, 40);
    assert!(
        text.contains("trial 9 was changed by hand 2 times"),
        "{text}"
    );
    stage.key(KeyCode::Down);
    assert!(stage.text(220, 40).contains("stopped by a person"));
    stage.keys("S");
    let text = stage.text(220, 40);
    assert!(
        text.contains("trial 8 is over already: cancelled"),
        "{text}"
    );
}

#[test]
fn one_far_value_below_zero_does_not_flatten_the_others() {
    let mut seen = seen();
    for trial in &mut seen.trials {
        trial.value = trial.value.map(|value| -value / 100.0);
    }
    seen.trials[3].value = Some(-50_000.0);
    let mut stage = stage();
    stage.0.take_sweep(Ok(Arc::new(seen)));
    stage.keys("7");
    let text = stage.text(120, 40);
    assert!(text.contains("-1┤") && text.contains('▼'), "{text}");
    // All of it is a key away.
    stage.keys("y");
    let text = stage.text(120, 40);
    assert!(!text.contains("-1┤") && !text.contains('▼'), "{text}");
}

#[test]
fn a_command_to_a_trial_that_is_not_live_is_typed_and_goes_nowhere() {
    let mut stage = stage();
    stage.key(KeyCode::Down);
    assert_eq!(stage.keys(":"), None);
    let text = stage.text(120, 40);
    assert!(text.contains("trial 9 is not live: done"), "{text}");
    assert_eq!(stage.keys("lr /2 q"), None);
    assert!(stage.text(120, 40).contains("to no live run: lr /2 q"));
    assert_eq!(stage.key(KeyCode::Enter), None);
    let text = stage.text(120, 40);
    assert!(text.contains("trial 9 is not live: done"), "{text}");
    assert!(!text.contains("to no live run"), "{text}");
    stage.key(KeyCode::Esc);
    assert_eq!(stage.keys("P"), None);
    let text = stage.text(120, 40);
    assert!(text.contains("trial 9 is not live: done"), "{text}");
}

#[test]
fn a_sweep_that_cannot_be_looked_at_any_more_says_so_on_each_of_its_screens() {
    let mut stage = stage();
    stage.0.take_sweep(Err("s: put that file back".to_owned()));
    for part in ["6", "7", "8"] {
        stage.keys(part);
        let text = stage.text(80, 24);
        assert!(text.contains("s: put that file back"), "{part}: {text}");
    }
    stage.0.take_sweep(Ok(Arc::new(seen())));
    assert!(!stage.text(80, 24).contains("put that file back"));
}

#[test]
fn a_trial_that_is_done_says_with_how_many_of_its_seeds() {
    let mut seen = seen();
    seen.trials[8].state = TrialState::Done;
    let mut stage = stage();
    stage.0.take_sweep(Ok(Arc::new(seen)));
    let text = stage.text(220, 40);
    assert_eq!(text.matches("done, 1 of 2 seeds").count(), 1, "{text}");
}

#[test]
fn parameters_stand_in_the_order_of_their_importance_and_chance_is_named() {
    let mut stage = stage();
    stage.keys("7");
    let text = stage.text(200, 60);
    let at = |name: &str| text.find(name).unwrap();
    assert!(at("optimizer.g.lr") < at("objective") && at("objective") < at("batch_size"));
    for expected in ["50 %", "may be chance", "1e-4", "at 3k steps", "log"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    stage.keys("8");
    let text = stage.text(120, 40);
    for expected in ["Parallel coordinates", "hinge", "fid", "1e-5"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn parameters_for_which_there_is_no_room_are_a_key_away() {
    let mut stage = stage();
    for (part, (width, height), pages) in [
        (
            "7",
            (80, 24),
            [
                &["optimizer.g.lr", "objective"][..],
                &["critic.r1", "batch_size"],
            ],
        ),
        (
            "8",
            (56, 24),
            [&["optimizer.g.lr", "objective"][..], &["r1", "batch_size"]],
        ),
    ] {
        stage.keys(part);
        let numbers = ["parameters 1-", "parameters 3-4 of 4"];
        for (page, (keys, number)) in pages.iter().zip(numbers).enumerate() {
            let text = stage.text(width, height);
            // The importance of all stands above.
            let charts: String = text.lines().skip(if part == "7" { 7 } else { 1 }).collect();
            assert!(charts.contains(number), "{part}: {text}");
            for key in *keys {
                assert!(charts.contains(key), "{part}: {page}: {key}: {text}");
            }
            // There are no more than two pages.
            stage.keys("]");
            stage.text(width, height);
            stage.keys("]");
        }
        stage.keys("[[");
        assert!(stage.text(width, height).contains("parameters 1-"));
    }
    // With room for all there is no page.
    stage.keys("7]");
    assert!(!stage.text(200, 60).contains("parameters 1-"));
}

#[test]
fn a_name_that_is_too_long_keeps_its_last_parts() {
    let mut stage = stage();
    stage.keys("8");
    let text = stage.text(80, 24);
    assert!(text.contains("g.lr") && !text.contains('…'), "{text}");
    stage.keys("6");
    let text = stage.text(60, 24);
    let head = text.lines().nth(2).unwrap();
    assert!(head.contains("  r1 ") && head.ends_with("  │"), "{text}");
    // What is said above the table does not run into what part of it this is.
    assert!(
        text.contains(" 8 paused ─") && text.contains("─ 1-8 of 12 "),
        "{text}"
    );
}

#[test]
fn before_anything_was_trained_no_scale_is_invented() {
    let mut stage = stage();
    let mut seen = seen();
    seen.trials.clear();
    seen.to_come = 16;
    stage.0.take_sweep(Ok(Arc::new(seen)));
    let text = stage.text(120, 40);
    assert!(
        text.contains("`genai-tui sweep work s` starts a worker"),
        "{text}"
    );
    assert!(text.contains("no trial has it yet"), "{text}");
    for part in ["7", "8"] {
        stage.keys(part);
        let text = stage.text(120, 40);
        assert!(!text.contains("0.2") && !text.contains("0.6"), "{text}");
    }
    // The runs of a sweep have its screens among their keys.
    stage.keys("3");
    assert!(stage.text(120, 40).contains("1-8 views"));
}

#[test]
fn the_line_of_a_trial_without_a_parameter_passes_beneath_its_axis() {
    let rows_beside = |number: u64| {
        let mut stage = stage();
        let mut seen = seen();
        seen.trials.retain(|trial| trial.number == number);
        stage.0.take_sweep(Ok(Arc::new(seen)));
        stage.keys("8");
        let text = stage.text(120, 40);
        let rows: Vec<Vec<char>> = text.lines().map(|row| row.chars().collect()).collect();
        let name: Vec<char> = "critic.r1".chars().collect();
        let (head, column) = rows
            .iter()
            .enumerate()
            .find_map(|(y, row)| Some((y, row.windows(name.len()).position(|w| w == name)?)))
            .unwrap();
        let is_drawn = |row: &Vec<char>| ('\u{2801}'..='\u{28ff}').contains(&row[column - 1]);
        let drawn = |y: &usize| rows.get(*y).is_some_and(is_drawn);
        (head..rows.len()).filter(drawn).collect::<Vec<_>>()
    };
    // One is in the middle of its range, the other has none.
    let (with, without) = (rows_beside(9), rows_beside(10));
    assert!(with.iter().all(|row| (10..30).contains(row)), "{with:?}");
    assert!(without.iter().all(|row| *row >= 36), "{without:?}");
    assert!(!with.is_empty() && !without.is_empty());
}

#[test]
fn trials_are_added_and_stopped_only_on_a_clear_word() {
    let mut stage = stage();
    stage.keys("+many");
    assert_eq!(stage.key(KeyCode::Enter), None);
    assert!(stage.text(120, 40).contains("expected a number of trials"));
    stage.key(KeyCode::Esc);
    stage.keys("+20");
    let effect = stage.key(KeyCode::Enter);
    assert_eq!(effect, Some(Effect::Sweep(Change::Add(20), Vec::new())));
    stage.keys("Sstop");
    let effect = stage.key(KeyCode::Enter);
    assert_eq!(effect, Some(Effect::Sweep(Change::Stop(10), Vec::new())));
    // The next one is done.
    stage.key(KeyCode::Down);
    stage.keys("S");
    assert!(stage.text(120, 40).contains("trial 9 is over already"));
    // One that has not begun has no dashboard.
    stage.key(KeyCode::End);
    assert_eq!(stage.key(KeyCode::Enter), None);
    assert!(stage.text(120, 40).contains("trial 11 has not begun"));
}

#[test]
fn a_trial_without_a_run_to_open_says_what_is_so() {
    let mut stage = stage();
    for (place, words) in [
        (
            0,
            "trial 10: a worker on node7 has it, and its run is not there yet",
        ),
        (1, "trial 9: done, and its run s/runs/0009-0 was not found"),
        (
            10,
            "trial 0: failed, and its run s/runs/0000-0 was not found",
        ),
        (11, "trial 11 has not begun"),
    ] {
        stage.key(KeyCode::Home);
        for _ in 0..place {
            stage.key(KeyCode::Down);
        }
        assert_eq!(stage.key(KeyCode::Enter), None);
        let text = stage.text(120, 40);
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn what_cannot_be_read_is_said_and_the_sweep_comes_back() {
    let mut stage = stage();
    stage
        .0
        .take_sweep(Err("sweep.toml: found nothing".to_owned()));
    assert!(stage.text(120, 40).contains("sweep.toml: found nothing"));
    stage.0.take_sweep(Ok(Arc::new(seen())));
    assert!(!stage.text(120, 40).contains("sweep.toml"));
    // Without a sweep its screens are not there.
    let look = Appearance::new(ColorDepth::TrueColor, Charset::Unicode);
    let mut other = Stage(Workspace::new(
        look,
        vec!["runs".into()],
        Remembered::default(),
        None,
    ));
    other.keys("7");
    let text = other.text(160, 40);
    assert!(
        text.contains("`genai-tui sweep watch DIR` shows it") && !text.contains("Importance"),
        "{text}"
    );
}

#[test]
fn every_size_and_every_terminal_draws_all_screens() {
    for (colours, charset) in [
        (ColorDepth::TrueColor, Charset::Unicode),
        (ColorDepth::Ansi16, Charset::Ascii),
        (ColorDepth::None, Charset::Plain),
    ] {
        let mut stage = Stage::new(colours, charset);
        for (width, height) in [(20, 5), (40, 10), (61, 13), (80, 24), (149, 33), (300, 90)] {
            for part in ["6", "7", "8"] {
                stage.keys(part);
                let text = stage.text(width, height);
                assert!(!text.trim().is_empty(), "{width}x{height}: {part}");
                assert!(charset != Charset::Ascii || text.is_ascii(), "{text}");
            }
        }
    }
}
