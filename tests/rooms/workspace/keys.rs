//! What keys change, and what they ask for.

use std::fs;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use genai_tui::logs::{Found, Origin, Reached, Removal, State};
use genai_tui::protocol::Command;
use genai_tui::tui::workspace::Effect;
use genai_tui::workspace::{Known, News, Remembered, RunId};

use super::Stage;

/// The first word of a row of the list: the letter of a selected run.
fn letter(stage: &mut Stage, name: &str) -> Option<String> {
    let rows = stage.rows_of(name);
    let row = rows
        .first()
        .unwrap()
        .trim_start_matches(['│', '▸', ' '])
        .to_owned();
    let first = row.split_whitespace().next().unwrap_or_default().to_owned();
    (first.chars().count() == 1).then_some(first)
}

#[test]
fn a_colour_belongs_to_a_run_and_stays_when_others_come_or_go() {
    let mut stage = Stage::new();
    stage.keys("aa");
    for row in ["torn", "tf1", "csv"] {
        stage.keys("/");
        stage.keys(row);
        stage.key(KeyCode::Enter);
        stage.keys(" ");
        stage.keys("/");
        (0..row.len()).for_each(|_| drop(stage.key(KeyCode::Backspace)));
        stage.key(KeyCode::Enter);
    }
    let before = letter(&mut stage, "torn");
    assert!(before.is_some());
    stage.keys("a");
    assert_eq!(letter(&mut stage, "torn"), before);
    stage.keys("a");
    assert_eq!(letter(&mut stage, "torn"), None);
    stage.keys("a");
    assert_eq!(letter(&mut stage, "torn"), before);
}

#[test]
fn a_hidden_run_stays_in_the_list_and_changes_no_number_of_others() {
    let mut stage = Stage::new();
    let before = stage.rows_of("seed1");
    stage.keys("/seed0");
    stage.key(KeyCode::Enter);
    stage.keys("av");
    stage.key(KeyCode::Esc);
    let text = stage.text(160, 44);
    assert!(text.contains("1 hidden"), "{text}");
    assert!(text.contains("seed0"), "{text}");
    let of = |rows: Vec<String>| {
        rows.iter()
            .map(|r| r.trim_start_matches(['│', '▸', ' ']).to_owned())
            .collect::<Vec<_>>()
    };
    let after = of(stage.rows_of("seed1"));
    assert_eq!(of(before).len(), after.len());
}

#[test]
fn a_filter_follows_the_typing_and_escape_restores_the_old_one() {
    let mut stage = Stage::new();
    stage.keys("/state = failed");
    let text = stage.text(120, 40);
    assert!(
        text.contains("seed1") && !text.contains("lightning"),
        "{text}"
    );
    stage.key(KeyCode::Esc);
    assert!(stage.text(120, 40).contains("lightning"));
    // The header has the filter that the list follows: not the one before, nor what cannot be read yet.
    stage.keys("/name ~ wandb");
    stage.key(KeyCode::Enter);
    let head = |stage: &mut Stage| stage.text(200, 40).lines().next().unwrap().to_owned();
    let before = head(&mut stage);
    assert!(before.contains("/ name ~ wandb"), "{before}");
    stage.keys("/");
    (0..40).for_each(|_| drop(stage.key(KeyCode::Backspace)));
    stage.keys("state = failed and");
    let typed = head(&mut stage);
    assert!(
        typed.contains("/ state = failed ") && !typed.contains("wandb"),
        "{typed}"
    );
    stage.key(KeyCode::Esc);
    assert_eq!(head(&mut stage), before);
    stage.key(KeyCode::Esc);
    // A filter that cannot be read is explained, and stays to be mended.
    stage.keys("/cfg.lr >=");
    stage.key(KeyCode::Enter);
    let text = stage.text(120, 40);
    assert!(text.contains("expected"), "{text}");
    stage.key(KeyCode::Esc);
    // Keys and values are completed.
    stage.keys("/sta");
    stage.key(KeyCode::Tab);
    stage.keys(" = fa");
    stage.key(KeyCode::Tab);
    let text = stage.text(120, 40);
    assert!(text.contains("state = failed"), "{text}");
}

#[test]
fn results_and_settings_filter_and_sort() {
    let mut stage = Stage::new();
    stage.keys("/has:d_loss and origin = wandb");
    stage.key(KeyCode::Enter);
    let text = stage.text(160, 40);
    assert!(text.contains("seed1") && !text.contains("tf1"), "{text}");
    stage.key(KeyCode::Esc);
    stage.keys("sname");
    stage.key(KeyCode::Enter);
    stage.keys("2");
    let text = stage.text(160, 40);
    let at = |name: &str| text.find(name).unwrap();
    assert!(at("csv") < at("jsonl") && at("jsonl") < at("trainer"));
    stage.keys("r");
    let text = stage.text(160, 40);
    let at = |name: &str| text.find(name).unwrap();
    assert!(at("csv") > at("jsonl") && at("jsonl") > at("trainer"));
}

#[test]
fn what_was_decided_is_there_the_next_time() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("view.json");
    let mut stage = Stage::with(Remembered::load(&file), Some(file.clone()));
    stage.keys("/torn");
    stage.key(KeyCode::Enter);
    stage.keys("pnslow start");
    stage.key(KeyCode::Enter);
    stage.keys("tx keep");
    stage.key(KeyCode::Enter);
    stage.key(KeyCode::Esc);
    stage.keys("b");
    let mut again = Stage::with(Remembered::load(&file), Some(file));
    again.keys("/tag:keep");
    again.key(KeyCode::Enter);
    let text = again.text(160, 40);
    assert!(text.contains("slow start"), "{text}");
    again.key(KeyCode::Esc);
    // It is pinned: the first row.
    again.keys("2");
    let text = again.text(160, 40);
    let rows: Vec<&str> = text.lines().skip(3).collect();
    assert!(rows[0].contains("torn"), "{text}");
}

#[test]
fn an_archived_run_is_out_of_sight_and_comes_back() {
    let mut stage = Stage::new();
    stage.keys("/torn");
    stage.key(KeyCode::Enter);
    stage.keys("o");
    stage.key(KeyCode::Esc);
    assert!(stage.rows_of("torn").is_empty());
    stage.keys("O/torn");
    stage.key(KeyCode::Enter);
    stage.keys("o");
    stage.keys("O");
    stage.key(KeyCode::Esc);
    assert!(!stage.rows_of("torn").is_empty());
}

#[test]
fn deleting_asks_for_the_name_and_a_live_run_is_refused() {
    let mut stage = Stage::new();
    stage.keys("/torn");
    stage.key(KeyCode::Enter);
    let asked = stage.keys("D");
    let Some(Effect::AskToDelete(id)) = asked else {
        unreachable!("{asked:?}");
    };
    let found = genai_tui::logs::find(&super::samples()).unwrap().runs;
    let removal = Removal::of(&found[id.0], &[super::samples()]).unwrap();
    stage.workspace.ask_to_delete(id, Ok(removal.clone()));
    assert!(
        stage
            .text(160, 40)
            .contains("type torn to delete 1 file in")
    );
    stage.keys("something");
    assert_eq!(stage.key(KeyCode::Enter), None);
    assert!(stage.text(120, 40).contains("nothing was deleted"));
    (0.."something".len()).for_each(|_| drop(stage.key(KeyCode::Backspace)));
    stage.keys("torn");
    let effect = stage.key(KeyCode::Enter);
    assert_eq!(effect, Some(Effect::Delete(id, removal.clone())));
    // It goes on while its name is typed.
    stage.keys("D");
    stage.workspace.ask_to_delete(id, Ok(removal));
    stage.keys("torn");
    let mut known =
        genai_tui::workspace::Known::of(&stage.runs[id.0], genai_tui::logs::Reached::End);
    known.about.is_held = true;
    assert_eq!(known.about.state(super::now()), State::Live);
    stage.workspace.take([News::Known(id, Box::new(known))]);
    assert_eq!(stage.key(KeyCode::Enter), None);
    assert!(stage.text(120, 40).contains("stop it before"));
    assert_eq!(stage.keys("D"), None);
    assert!(stage.text(120, 40).contains("stop it before"));
    // What is in the way is said.
    let why = "other runs lie below it".to_owned();
    stage.workspace.ask_to_delete(id, Err(why.clone()));
    assert!(stage.text(120, 40).contains(&why));
}

#[test]
fn what_another_workspace_noted_meanwhile_stays() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("view.json");
    let open = || Stage::with(Remembered::load(&file), Some(file.clone()));
    let (mut first, mut second) = (open(), open());
    for stage in [&mut first, &mut second] {
        stage.keys("/torn");
        stage.key(KeyCode::Enter);
    }
    first.keys("nimportant");
    first.key(KeyCode::Enter);
    second.keys("p");
    // It is there at once, and there as well.
    assert!(second.text(160, 40).contains("important"));
    assert_eq!(first.workspace.save_at_last(), None);
    let marks = Remembered::load(&file).runs;
    let torn = marks.values().find(|marks| marks.note.is_some()).unwrap();
    assert!(torn.pinned && torn.note.as_deref() == Some("important"));
}

#[test]
fn what_cannot_be_kept_is_said_until_it_can() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("state");
    fs::write(&folder, "in the way").unwrap();
    let file = folder.join("view.json");
    let mut stage = Stage::with(Remembered::load(&file), Some(file.clone()));
    stage.keys("p");
    assert!(stage.text(160, 40).contains("are not kept: "));
    stage.keys("j");
    assert!(stage.text(160, 40).contains("notes are not kept"));
    let why = stage.workspace.save_at_last().unwrap();
    assert!(why.contains("view.json"), "{why}");
    fs::remove_file(&folder).unwrap();
    assert_eq!(stage.workspace.save_at_last(), None);
    stage.keys("k");
    assert!(!stage.text(160, 40).contains("not kept"));
    assert!(
        Remembered::load(&file)
            .runs
            .values()
            .any(|marks| marks.pinned)
    );
}

#[test]
fn a_fork_with_a_wrong_value_is_refused_while_it_is_typed() {
    let mut stage = Stage::new();
    let id = stage.id_of("torn");
    let mut known = Known::of(&stage.runs[id.0], Reached::End);
    known.about.is_held = true;
    let mut found = Found::own(&stage.runs[id.0].about().path);
    found.name = "own".to_owned();
    let own = RunId(stage.runs.len());
    known.about.name = "own".to_owned();
    stage
        .workspace
        .take([News::Found(found), News::Known(own, Box::new(known))]);
    stage.keys("/own");
    stage.key(KeyCode::Enter);
    stage.keys("Acritic.r1=-1");
    assert_eq!(stage.key(KeyCode::Enter), None);
    let text = stage.text(120, 40);
    assert!(text.contains("expected a number of at least 0"), "{text}");
}

#[test]
fn views_of_a_sweep_are_offered_only_with_one() {
    let mut stage = Stage::new();
    assert!(stage.text(160, 44).contains("1-5 views"));
    stage.keys("8");
    let text = stage.text(160, 44);
    assert!(text.contains("parallel coordinates are of one"), "{text}");
}

#[test]
fn commands_need_a_live_run_and_their_answers_are_shown_by_name() {
    let mut stage = Stage::new();
    // What is typed is no key of the list, and goes to nobody.
    assert_eq!(stage.keys(":"), None);
    assert!(
        stage
            .text(120, 40)
            .contains("none is selected or highlighted")
    );
    assert_eq!(stage.keys("pause q"), None);
    let text = stage.text(120, 40);
    assert!(text.contains("to no live run: pause q"), "{text}");
    assert_eq!(stage.key(KeyCode::Enter), None);
    let text = stage.text(120, 40);
    assert!(text.contains("none is selected or highlighted"), "{text}");
    assert!(!text.contains("to no live run"), "{text}");
    stage.key(KeyCode::Esc);
    stage.workspace.answered(
        "pause".to_owned(),
        ("gan-7".to_owned(), true, "step 5: pause".to_owned()),
    );
    stage.workspace.answered(
        "pause".to_owned(),
        ("gan-8".to_owned(), false, "it ended".to_owned()),
    );
    let text = stage.text(120, 40);
    assert!(
        text.contains("gan-7") && text.contains("step 5: pause"),
        "{text}"
    );
    assert!(
        text.contains("gan-8") && text.contains("it ended"),
        "{text}"
    );
    stage.key(KeyCode::Esc);
    assert!(!stage.text(120, 40).contains("it ended"));
    assert!("pause".parse::<Command>().is_ok());
}

#[test]
fn an_answer_takes_no_key_away() {
    let mut stage = Stage::new();
    let answer = || ("gan-7".to_owned(), true, "step 5: pause".to_owned());
    let answered = |stage: &mut Stage| stage.workspace.answered("pause".to_owned(), answer());
    let is_shown = |stage: &mut Stage| stage.text(120, 40).contains("step 5: pause");
    answered(&mut stage);
    stage.keys("2");
    assert!(!is_shown(&mut stage));
    let list = stage.text(120, 40);
    // Who only closes it neither leaves the view nor opens a run.
    for code in [KeyCode::Esc, KeyCode::Enter] {
        answered(&mut stage);
        assert_eq!(stage.key(code), None);
        assert_eq!(stage.text(120, 40), list);
    }
    // It does not take away what is typed, and is there until that is done.
    stage.keys("/gan");
    answered(&mut stage);
    stage.keys("-7");
    assert!(is_shown(&mut stage) && stage.text(120, 40).contains("/ gan-7"));
    stage.key(KeyCode::Esc);
    assert!(is_shown(&mut stage));
    answered(&mut stage);
    assert_eq!(stage.keys("q"), Some(Effect::Leave));
}

#[test]
fn a_run_of_another_tool_opens_as_a_dashboard_as_own_ones_do() {
    let mut stage = Stage::new();
    stage.keys("/tf1");
    stage.key(KeyCode::Enter);
    let opened = stage.key(KeyCode::Enter);
    assert!(matches!(opened, Some(Effect::Open(_))), "{opened:?}");
}

#[test]
fn the_crosshair_says_each_runs_value() {
    let mut stage = Stage::new();
    stage.keys("/seed");
    stage.key(KeyCode::Enter);
    stage.keys("aa");
    stage.keys("a");
    let before = stage.text(120, 40);
    (0..30).for_each(|_| drop(stage.key(KeyCode::Left)));
    let after = stage.text(120, 40);
    assert_ne!(before, after);
    stage.key(KeyCode::Esc);
    assert_eq!(stage.text(120, 40), before);
}

#[test]
fn the_axis_is_of_steps_images_times_or_a_metric_and_the_crosshair_reads_on_each() {
    let mut stage = Stage::new();
    stage.keys("aa/seed");
    stage.key(KeyCode::Enter);
    stage.keys("a3");
    for expected in ["", "by images", "by time since the start", "by time of day"] {
        let before = stage.text(160, 44);
        assert!(before.contains(expected), "{expected}: {before}");
        if expected != "by images" {
            (0..20).for_each(|_| drop(stage.key(KeyCode::Left)));
            let after = stage.text(160, 44);
            assert_ne!(before, after, "{expected}");
            stage.key(KeyCode::Esc);
            assert_eq!(stage.text(160, 44), before, "{expected}");
        }
        stage.keys("x");
    }
    // Steps again; then a metric that is chosen, which x comes back to.
    assert!(!stage.text(160, 44).contains(" by "));
    stage.keys("Xd_loss");
    stage.key(KeyCode::Enter);
    assert!(stage.text(160, 44).contains("over d_loss"));
    let before = stage.text(160, 44);
    (0..50).for_each(|_| drop(stage.key(KeyCode::Left)));
    assert_ne!(stage.text(160, 44), before);
    assert!(stage.workspace.wanted().metrics.contains("d_loss"));
    stage.keys("xxxxx");
    assert!(stage.text(160, 44).contains("over d_loss"));
}

#[test]
fn a_fork_has_the_past_of_the_run_it_came_from() {
    let mut stage = Stage::new();
    stage.keys("aa/seed1");
    stage.key(KeyCode::Enter);
    stage.keys("a");
    let drawn = stage.workspace.wanted().drawn;
    assert_eq!(drawn.len(), 1);
    let fork = *drawn.first().unwrap();
    let parent = stage.id_of("seed0");
    let path = stage.runs[parent.0].about().path.clone();
    let mut known = Known::of(&stage.runs[fork.0], Reached::End);
    known.about.origin = Some(Origin { dir: path, step: 5 });
    stage.workspace.take([News::Known(fork, Box::new(known))]);
    // Its series are read, too, though it is not selected.
    let wanted = stage.workspace.wanted().drawn;
    assert!(
        wanted.contains(&parent) && wanted.contains(&fork),
        "{wanted:?}"
    );
    assert!(stage.text(160, 44).contains("1 selected"));
}

#[test]
fn only_a_live_run_of_this_program_is_forked() {
    let mut stage = Stage::new();
    stage.keys("/tf1");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.keys("A"), None);
    assert!(stage.text(120, 40).contains("is a log of TensorBoard"));
}

#[test]
fn groups_show_means_of_how_many_runs() {
    let mut stage = Stage::new();
    stage.keys("aa/seed");
    stage.key(KeyCode::Enter);
    stage.keys("ag");
    let text = stage.text(120, 40);
    assert!(
        text.contains("mean, min-max") && text.contains("(2 of 3 runs from 18 on)"),
        "{text}"
    );
    assert!(text.contains("Groups"), "{text}");
    stage.keys("u");
    let text = stage.text(120, 40);
    assert!(text.contains("mean, std") && text.contains('±'), "{text}");
    stage.keys("c");
    stage.keys("d_loss.std");
    stage.key(KeyCode::Enter);
    stage.keys("2");
    assert!(stage.text(200, 40).contains("std "));
}

#[test]
fn control_c_and_q_leave_from_everywhere() {
    for keys in ["", "/fid", "c", "?", "n"] {
        let mut stage = Stage::new();
        stage.keys(keys);
        let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(
            stage.workspace.on_key(&control_c),
            Some(Effect::Leave),
            "{keys:?}"
        );
    }
    assert_eq!(Stage::new().keys("q"), Some(Effect::Leave));
}

#[test]
fn differences_and_samples_are_gone_through_with_the_arrows() {
    let mut stage = Stage::new();
    stage.keys("a4");
    stage.key(KeyCode::Right);
    stage.key(KeyCode::Down);
    let text = stage.text(80, 24);
    assert!(
        text.contains(" runs 2-") && text.contains(": Left/Right"),
        "{text}"
    );
    // The list is not shown: the highlight goes from one shown run to the next.
    stage.keys("5");
    let text = stage.text(80, 24);
    assert!(text.contains("runs 1-6 of 14: Up/Down"), "{text}");
    stage.key(KeyCode::End);
    let text = stage.text(80, 24);
    assert!(text.contains("runs 13-14 of 14"), "{text}");
}
