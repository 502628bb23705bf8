//! The grammar, the error message of each mistake, and when a rule triggers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use super::{Condition, ConditionError, Filter, Rule, Subject, Watch};
use crate::protocol::{Action, Metrics, Reading, Stat, Triggered, Value, Verdict};

fn written(text: &str) -> String {
    text.parse::<Condition>().map_or_else(
        |error| format!("no condition: {error}"),
        |condition| condition.to_string(),
    )
}

#[test]
fn valid_conditions_and_their_canonical_form() {
    for (text, form) in [
        ("fid > 60 @ 20000", "fid > 60 @ 20000"),
        ("modes < 8 after 5000", "modes < 8 after 5000"),
        ("d_loss < 0.01 for 500", "d_loss < 0.01 for 500"),
        ("images_per_s < 2000", "images_per_s < 2000"),
        ("fid>60@20k", "fid > 60 @ 20000"),
        ("  fid\t>=  6e1 @1e3 ", "fid >= 60 @ 1000"),
        ("modes == 10", "modes == 10"),
        ("modes != 10", "modes != 10"),
        ("d_loss <= -.5", "d_loss <= -0.5"),
        ("d_loss<-1e-9", "d_loss < -1e-9"),
        ("d_loss > +2.5E+3", "d_loss > 2500"),
        ("x > 20_000 for 1_000", "x > 20000 for 1000"),
        ("x > 1.1k after 0", "x > 1100 after 0"),
        ("x > 1.5M", "x > 1.5e6"),
        ("x > -inf", "x > -inf"),
        ("x < inf", "x < inf"),
        ("x > 1 after 20 for 3", "x > 1 after 20 for 3"),
        ("x > 1 for 3 after 20", "x > 1 after 20 for 3"),
        ("x > 1 for 1", "x > 1"),
        ("x is nan", "x is nan"),
        ("x is NaN for 2", "x is nan for 2"),
        ("x is not nan", "x is not nan"),
        ("x is finite @ 5", "x is finite @ 5"),
        ("x is not finite", "x is not finite"),
        ("größe > 1", "größe > 1"),
        ("for > 1 for 2", "for > 1 for 2"),
    ] {
        assert_eq!(written(text), form, "{text}");
        assert_eq!(written(form), form, "the form reads back");
    }
}

/// What is not a condition, the text above the carets, and part of the message.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "",
        "^",
        "expected a condition, such as `fid > 60 @ 20000`; found nothing",
    ),
    ("   ", "^", "found nothing"),
    (
        "60 > fid",
        "^^",
        "expected the name of a metric first; found `60`",
    ),
    ("> 60", "^", "the name of a metric first; found `>`"),
    (
        "fid",
        "   ^",
        "expected a comparison (<, <=, >, >=, ==, !=) or `is`; found nothing",
    ),
    ("fid 60", "    ^^", "a comparison"),
    ("fid = 60", "    ^", "found `=` (did you mean `==`?)"),
    ("fid => 60", "    ^^", "(did you mean `>=`?)"),
    ("fid ≤ 60", "    ^", "(did you mean `<=`?)"),
    ("fid <> 60", "    ^^", "(did you mean `!=`?)"),
    ("größe ~ 60", "      ^", "a comparison"),
    (
        "fid >",
        "     ^",
        "expected a number after `>`; found nothing",
    ),
    (
        "fid > ",
        "     ^",
        "expected a number after `>`; found nothing",
    ),
    (
        "fid > sixty @ 20000",
        "      ^^^^^",
        "expected a number after `>`; found `sixty`",
    ),
    (
        "fid > @ 20000",
        "      ^",
        "expected a number after `>`; found `@`",
    ),
    ("fid > 1e", "      ^^", "a number"),
    ("fid > 1.2.3", "      ^^^^^", "a number"),
    ("fid > 1e3k", "      ^^^^", "a number"),
    ("fid > -", "      ^", "a number"),
    (
        "fid > nan",
        "      ^^^",
        "`is nan` and `is not nan` ask for it",
    ),
    (
        "fid is",
        "      ^",
        "`not finite` after `is`; found nothing",
    ),
    ("fid is not", "          ^", "found nothing"),
    ("fid is 60", "       ^^", "after `is`; found `60`"),
    (
        "fid > 60 20000",
        "         ^^^^^",
        "expected `@ STEP`, `after STEP`, `for STEPS` or the end; found `20000`",
    ),
    ("fid > 60 at 20000", "         ^^", "`@ STEP`"),
    ("fid > 60%", "        ^", "found `%`"),
    (
        "fid > 60 @",
        "          ^",
        "a whole number of steps of at least 1 after `@`; found nothing",
    ),
    (
        "fid > 60 @ 0",
        "           ^",
        "at least 1 after `@`; found `0`",
    ),
    ("fid > 60 @ 1.5", "           ^^^", "found `1.5`"),
    (
        "fid > 60 after -1",
        "               ^^",
        "at least 0 after `after`; found `-1`",
    ),
    (
        "fid > 60 for 0",
        "             ^",
        "at least 1 after `for`; found `0`",
    ),
    ("fid > 60 for 1e20", "             ^^^^", "found `1e20`"),
    ("fid > 60 for inf", "             ^^^", "found `inf`"),
    ("fid > 60 for ever", "             ^^^^", "found `ever`"),
    (
        "fid > 60 @ 5 @ 6",
        "             ^",
        "`@` stands here for the second time",
    ),
    ("fid > 60 for 5 for 6", "               ^^^", "second time"),
    (
        "fid > 60 after 5 after 6",
        "                 ^^^^^",
        "second time",
    ),
    (
        "fid > 60 @ 5 after 6",
        "             ^^^^^",
        "expected one of them",
    ),
    (
        "fid > 60 after 5 @ 6",
        "                 ^",
        "expected one of them",
    ),
    (
        "fid > 60 @ 5 for 6",
        "             ^^^",
        "`after STEP for STEPS` has both",
    ),
    (
        "fid > 60 for 6 @ 5",
        "               ^",
        "`after STEP for STEPS` has both",
    ),
    (
        "fid > 60 or kid > 1",
        "         ^^",
        "give the other separately",
    ),
    ("fid > 60 && kid > 1", "         ^", "two cannot be joined"),
    (
        "fid > 60, kid > 1",
        "        ^",
        "give the other separately",
    ),
];

#[test]
fn an_error_points_at_its_place() {
    for (text, carets, says) in MISTAKES {
        let error = text.parse::<Condition>().unwrap_err();
        let shown = format!("  {}\n  {carets}", text.trim_end());
        assert_eq!(error.excerpt(), shown, "{text}: {error}");
        let message = error.to_string();
        assert!(
            message.contains(says),
            "{text}\n  found    {message}\n  expected {says}"
        );
        let column = carets.chars().count() - carets.trim_start().chars().count() + 1;
        assert!(
            message.ends_with(&format!(" (column {column})")),
            "{message}"
        );
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn a_line_break_or_a_tab_does_not_shift_the_carets() {
    let error = "fid\t>\n x".parse::<Condition>().unwrap_err();
    assert_eq!(error.excerpt(), "  fid >  x\n         ^");
}

#[test]
fn carets_are_placed_after_characters_of_any_width() {
    let problem = || "wrong".to_owned();
    let wide = ConditionError::new("数字 > x", 5, 1, problem());
    assert_eq!(wide.excerpt(), "  数字 > x\n         ^");
    let marked = ConditionError::new("e\u{301} > x", 5, 1, problem());
    assert_eq!(marked.excerpt(), "  e\u{301} > x\n      ^");
    let end = ConditionError::new("数", 1, 1, problem());
    assert_eq!(end.excerpt(), "  数\n    ^");
}

#[test]
fn an_unknown_metric_is_reported_before_later_errors() {
    let known = |name: &str| Err(format!("there is no `{name}`"));
    let error = Condition::parse("nosuch = 5", known).unwrap_err();
    assert_eq!(error.to_string(), "there is no `nosuch` (column 1)");
    assert_eq!(error.excerpt(), "  nosuch = 5\n  ^^^^^^");
    let error = error.within("rule 2");
    assert_eq!(error.to_string(), "rule 2: there is no `nosuch` (column 1)");
}

#[test]
fn comparisons_with_nan_follow_ieee_754() {
    for (text, passes) in [
        ("x < 1", false),
        ("x <= 1", false),
        ("x > 1", false),
        ("x >= 1", false),
        ("x == 1", false),
        ("x != 1", true),
        ("x is nan", true),
        ("x is not nan", false),
        ("x is finite", false),
        ("x is not finite", true),
    ] {
        let condition: Condition = text.parse().unwrap();
        assert_eq!(condition.test.passes(f64::NAN), passes, "{text}");
    }
    let infinite: Condition = "x is not finite".parse().unwrap();
    assert!(infinite.test.passes(f64::INFINITY) && !infinite.test.passes(0.0));
    let exact: Condition = "x == 8".parse().unwrap();
    assert!(exact.test.passes(8.0) && !exact.test.passes(8.000_1));
}

fn watch(rules: &[(&str, Action)]) -> Watch {
    Watch::new(rules.iter().map(|(when, action)| Rule {
        when: when.parse().unwrap(),
        action: *action,
    }))
}

/// The steps at which a rule about `x` triggers when `x` has these values, starting at step 1.
fn triggers(condition: &str, values: &[f64]) -> Vec<u64> {
    let mut watch = watch(&[(condition, Action::Alarm)]);
    (1..)
        .zip(values)
        .filter(|(step, value)| !watch.observe(*step, &[("x", **value)]).is_empty())
        .map(|(step, _)| step)
        .collect()
}

#[test]
fn each_episode_triggers_once() {
    let values = [0.0, 2.0, 2.0, 0.0, 3.0, f64::NAN, 2.0];
    assert_eq!(triggers("x > 1", &values), [2, 5, 7]);
    assert_eq!(triggers("x > 5", &values), [0; 0]);
}

#[test]
fn a_row_counts_from_its_first_step_and_a_failing_value_breaks_it() {
    let values = [2.0, 2.0, 0.0, 2.0, 2.0, 2.0, 2.0, 0.0, 2.0, 2.0, 2.0];
    assert_eq!(triggers("x > 1 for 3", &values), [6, 11]);
    assert_eq!(triggers("x > 1 for 5", &values), [0; 0]);
    let row = [2.0, 2.0, f64::NAN, 2.0, 2.0];
    assert_eq!(triggers("x > 1 for 3", &row), [0; 0]);
    assert_eq!(triggers("x != 1 for 3", &row), [3], "NaN is unequal to all");
}

#[test]
fn at_tests_once_and_after_ignores_earlier_steps() {
    let values = [2.0, 2.0, 0.0, 2.0, 2.0, 2.0];
    assert_eq!(triggers("x > 1 @ 2", &values), [2]);
    assert_eq!(
        triggers("x > 1 @ 3", &values),
        [0; 0],
        "later steps do not count"
    );
    assert_eq!(triggers("x > 1 after 1", &values), [2, 4]);
    assert_eq!(triggers("x > 1 after 0", &values), [1, 4]);
    // Step 2 is ignored, so the row begins with step 4.
    assert_eq!(triggers("x > 1 after 2 for 3", &values), [6]);
}

#[test]
fn rare_measurements_are_tested_when_they_come() {
    let mut watch = watch(&[
        ("fid > 60 @ 20000", Action::Fail),
        ("fid > 50 for 4000", Action::Alarm),
    ]);
    assert!(watch.observe(18_500, &[("fid", 70.0)]).is_empty());
    // The first evaluation at step 20,000 or later.
    let seen = watch.observe(20_500, &[("kid", 1.0), ("fid", 65.0)]);
    assert_eq!(seen[0].condition, "fid > 60 @ 20000");
    assert_eq!(
        seen[0].measured,
        Some(Reading {
            step: 20_500,
            value: 65.0
        })
    );
    assert_eq!(
        seen[0].text,
        "`fid > 60 @ 20000` held at step 20500: fid was 65"
    );
    // Steps without an evaluation do not break a row.
    assert!(watch.observe(22_000, &[("kid", 0.0)]).is_empty());
    let seen = watch.observe(22_500, &[("fid", 55.0)]);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].action, Action::Alarm);
}

#[test]
fn only_metrics_that_rules_need_are_asked_for() {
    let mut watch = watch(&[
        ("x > 1 @ 5", Action::Fail),
        ("y > 1 after 5", Action::Alarm),
        ("z > 1", Action::Alarm),
    ]);
    let asked = |watch: &Watch, step| ["x", "y", "z", "w"].map(|m| watch.asks_for(m, step));
    assert_eq!(asked(&watch, 4), [false, false, true, false]);
    assert_eq!(asked(&watch, 5), [true, false, true, false]);
    let _ = watch.observe(5, &[("x", 0.0)]);
    assert_eq!(asked(&watch, 6), [false, true, true, false]);
}

#[test]
fn the_later_of_two_values_in_a_step_counts() {
    let mut watch = watch(&[("x > 1", Action::Alarm)]);
    assert!(watch.observe(1, &[("x", 2.0), ("x", 0.0)]).is_empty());
    assert_eq!(watch.observe(2, &[("x", 0.0), ("x", 2.0)]).len(), 1);
}

#[test]
fn verdicts_of_conditions() {
    let mut watch = watch(&[
        ("x > 1 for 2", Action::Fail),
        ("x > 9", Action::Fail),
        ("x > 9", Action::Fail),
        ("y > 1", Action::Fail),
        ("x > 1 @ 50", Action::Fail),
        ("x > 1 after 60", Action::Fail),
        ("z > 1", Action::Pause),
    ]);
    assert_eq!(watch.failure(), None);
    let seen: Vec<_> = (1..=3)
        .flat_map(|s| watch.observe(s, &[("x", 2.25)]))
        .collect();
    assert_eq!(seen.len(), 1);
    assert_eq!(watch.failure().as_ref(), Some(&seen[0]));
    assert_eq!(seen[0].text, "`x > 1 for 2` held at step 2: x was 2.25");
    let verdicts: Vec<_> = watch
        .verdicts()
        .into_iter()
        .map(|c| (c.condition, c.verdict, c.measured.map(|m| m.step)))
        .collect();
    let expected = [
        ("x > 1 for 2", Verdict::Held, Some(2)),
        ("x > 9", Verdict::Passed, Some(3)),
        ("y > 1", Verdict::NotMeasured, None),
        ("x > 1 @ 50", Verdict::NotMeasured, None),
        ("x > 1 after 60", Verdict::NotMeasured, None),
    ]
    .map(|(condition, verdict, step)| (condition.to_owned(), verdict, step));
    assert_eq!(verdicts, expected);
    let missing: Vec<String> = watch.not_measured(40).into_iter().map(|t| t.text).collect();
    assert_eq!(
        missing,
        [
            "`y > 1` was never checked: y was never measured, and the run ended at step 40",
            "`x > 1 @ 50` was never checked: x was not measured from step 50 on, and the run ended at step 40",
            "`x > 1 after 60` was never checked: x was not measured after step 60, and the run ended at step 40",
        ]
    );
    let missed = |step| watch.missed(step).map(ToString::to_string);
    assert_eq!(missed(49), None);
    assert_eq!(missed(50).as_deref(), Some("x > 1 @ 50"));
}

#[test]
fn a_restored_watch_continues() {
    let rules = [
        ("x > 1 for 3", Action::Fail),
        ("x > 1", Action::Pause),
        ("x is nan", Action::Alarm),
        ("x > 0 @ 4", Action::Checkpoint),
    ];
    let values = [2.0, f64::NAN, 2.0, 2.0, 2.0, 0.0, 2.0, f64::INFINITY];
    let mut whole = watch(&rules);
    let mut undisturbed: Vec<Triggered> = Vec::new();
    let mut resumed = undisturbed.clone();
    let mut saved = serde_json::to_string(&whole.state()).unwrap();
    for (step, value) in (1..).zip(values) {
        undisturbed.extend(whole.observe(step, &[("x", value)]));
        let mut part = watch(&rules);
        part.restore(&serde_json::from_str(&saved).unwrap());
        resumed.extend(part.observe(step, &[("x", value)]));
        saved = serde_json::to_string(&part.state()).unwrap();
    }
    let texts = |all: &[Triggered]| all.iter().map(|t| t.text.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&resumed), texts(&undisturbed));
    assert_eq!(undisturbed.len(), 6, "{:?}", texts(&undisturbed));
}

#[test]
fn new_conditions_begin_anew() {
    let mut before = watch(&[("x > 1 for 3", Action::Fail)]);
    let _ = before.observe(1, &[("x", 2.0)]);
    let _ = before.observe(2, &[("x", 2.0)]);
    let mut after = watch(&[("x > 1 for 3", Action::Fail), ("x > 1 for 2", Action::Fail)]);
    after.restore(&before.state());
    let seen = after.observe(3, &[("x", 2.0)]);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].condition, "x > 1 for 3");
    after.restore(&BTreeMap::new());
    assert_eq!(after.failure(), None);
}

#[test]
fn a_failed_condition_stays_met_until_the_run_ends() {
    let mut watch = watch(&[("x > 1", Action::Fail), ("x > 1", Action::Alarm)]);
    assert_eq!(watch.observe(1, &[("x", 2.0)]).len(), 2);
    assert!(watch.observe(2, &[("x", 0.0)]).is_empty());
    let again = watch.observe(3, &[("x", 3.0)]);
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].action, Action::Alarm);
    watch.begin_anew(|_| true);
    assert_eq!(watch.failure().and_then(|f| f.measured).unwrap().step, 1);
}

#[test]
fn a_change_of_a_metrics_meaning_restarts_its_rows() {
    let rules = [
        ("x > 1 for 3", Action::Alarm),
        ("y > 1 for 3", Action::Alarm),
    ];
    let mut watch = watch(&rules);
    let both = [("x", 2.0), ("y", 2.0)];
    let _ = watch.observe(1, &both);
    let _ = watch.observe(2, &both);
    watch.begin_anew(|name| name == "x");
    let seen = watch.observe(3, &both);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].metric, "y");
}

/// A run to be filtered.
struct Run;

impl Subject for Run {
    fn value(&self, name: &str) -> Option<Value> {
        Some(match name {
            "state" => Value::Text("live".to_owned()),
            "name" => Value::Text("GAN-2024/wide".to_owned()),
            "age" => Value::Float(5_400.0),
            "cfg.lr" => Value::Float(2e-4),
            "cfg.seed" => Value::Text("3".to_owned()),
            "cfg.ema" => Value::Bool(true),
            "loss/d_loss" => Value::Float(0.5),
            "val loss" => Value::Float(f64::NAN),
            "fid.best" => Value::Float(9.5),
            _ => return None,
        })
    }

    fn texts(&self, seen: &mut dyn FnMut(&str)) {
        seen("GAN-2024/wide");
        seen("digits");
    }

    fn has_tag(&self, tag: &str) -> bool {
        tag == "digits" || tag == "a b"
    }
}

#[test]
fn filters_and_their_canonical_form() {
    for (text, form, wanted) in [
        ("", "", true),
        ("fid.best < 10", "fid.best < 10", true),
        ("fid < 10", "fid < 10", false),
        ("not fid < 10", "not fid < 10", true),
        ("cfg.lr>=1e-4", "cfg.lr >= 1e-4", true),
        ("cfg.lr = 2e-4", "cfg.lr == 2e-4", true),
        ("cfg.seed == 3", "cfg.seed == 3", true),
        ("cfg.ema = true", "cfg.ema = true", true),
        ("state = live", "state = live", true),
        ("state == Live", "state = Live", true),
        ("state != live", "state != live", false),
        ("missing != live", "missing != live", false),
        (
            "loss/d_loss<.6 and -1<0",
            "loss/d_loss < 0.6 and \"-1\" < 0",
            false,
        ),
        ("loss/d_loss > -1e-3", "loss/d_loss > -0.001", true),
        ("\"val loss\" is nan", "\"val loss\" is nan", true),
        ("'val loss' is not finite", "\"val loss\" is not nan", true),
        ("name ~ gan", "name ~ gan", true),
        ("name !~ 2024", "name !~ \"2024\"", false),
        ("age < 2h", "age < 7200", true),
        ("age > 2h", "age > 7200", false),
        ("tag:digits", "tag:digits", true),
        ("tag:\"a b\"", "tag:\"a b\"", true),
        ("has:cfg.lr", "has:cfg.lr", true),
        ("has:cfg.width", "has:cfg.width", false),
        ("WIDE", "WIDE", true),
        ("2024", "\"2024\"", true),
        ("gan-2024/w", "gan-2024/w", true),
        ("/^gan.*e$/", "/^gan.*e$/", true),
        ("/a\\/b/", "/a\\/b/", false),
        ("wide state=live", "wide and state = live", true),
        ("a or wide and not b", "a or (wide and not b)", true),
        ("(a or wide) and b", "(a or wide) and b", false),
        ("not (x or y)", "not (x or y)", true),
        ("\"and\"", "\"and\"", false),
    ] {
        let filter: Filter = text.parse().unwrap();
        let form = form.replace("is not nan", "is not finite");
        assert_eq!(filter.to_string(), form, "{text}");
        assert_eq!(filter.wants(&Run), wanted, "{text}");
        let again: Filter = form.parse().unwrap();
        assert_eq!(again.to_string(), form, "the form reads back");
    }
    let filter: Filter = "a.b < 1 or not (has:c d) e = f".parse().unwrap();
    assert_eq!(filter.names(), ["a.b", "c", "e"]);
}

#[test]
fn a_mistake_in_a_filter_is_pointed_at() {
    for (text, carets, part) in [
        (
            "fid <",
            "     ^",
            "expected a value after `<`; found nothing",
        ),
        (
            "fid < high",
            "      ^^^^",
            "expected a number after `<`; found `high`",
        ),
        ("fid => 3", "    ^^", "(did you mean `>=`?)"),
        ("fid < 3 @ 20", "        ^", "steps are for conditions"),
        ("a and", "     ^", "expected a condition such as"),
        ("(a or b", "       ^", "expected `)`; found nothing"),
        ("a)", " ^", "expected `and`, `or` or the end; found `)`"),
        (
            "/[/",
            "^^^",
            "no regular expression: unclosed character class",
        ),
        ("tag:", "    ^", "a name right after `tag:`"),
        ("a && b", "  ^", "(did you mean `and`?)"),
        ("x is big", "     ^^^", "`nan`, `finite`"),
    ] {
        let error = text.parse::<Filter>().unwrap_err();
        assert!(error.to_string().contains(part), "{text}: {error}");
        assert_eq!(error.excerpt(), format!("  {text}\n  {carets}"), "{error}");
    }
    let deep = format!("{}a", "not ".repeat(100_000));
    assert!(deep.parse::<Filter>().is_err());
}

#[test]
fn names_of_other_programs_metrics_are_names() {
    for text in ["val/loss < 1", "train.loss >= 2", "top-5 is nan"] {
        let parsed: Condition = text.parse().unwrap();
        assert_eq!(parsed.to_string(), text);
    }
    assert!("a/ b < 1".parse::<Condition>().is_err());
}

#[test]
fn a_window_hides_neither_what_triggers_nor_what_breaks_a_row() {
    let watch = |text: &str| Watch::new([Rule::failing(text.parse().unwrap())]);
    let window = |min, max, last| {
        let stat = Stat {
            count: 10,
            min,
            mean: f64::midpoint(min, max),
            max,
            last,
        };
        Metrics::from([("a".to_owned(), stat)])
    };
    let mut spike = watch("a > 9");
    assert_eq!(
        spike.observe_windows(1, 10, &window(0.0, 10.0, 1.0)).len(),
        1
    );
    let mut nan = watch("a is nan");
    assert_eq!(
        nan.observe_windows(1, 10, &window(f64::NAN, f64::NAN, 1.0))
            .len(),
        1
    );
    let mut row = watch("a < 1 for 20");
    assert!(
        row.observe_windows(1, 10, &window(0.0, 0.5, 0.5))
            .is_empty()
    );
    assert!(
        row.observe_windows(11, 20, &window(0.0, 2.0, 0.5))
            .is_empty()
    );
    assert!(
        row.observe_windows(21, 30, &window(0.0, 0.5, 0.5))
            .is_empty()
    );
    assert_eq!(row.observe_windows(31, 40, &window(0.0, 0.5, 0.5)).len(), 1);
    // Which step a value was at is known of the newest one.
    let mut newest = watch("a > 9");
    let held = newest.observe_windows(1, 10, &window(0.0, 10.0, 10.0));
    assert!(held[0].text.contains("held at step 10"), "{}", held[0].text);
    assert_eq!(newest.failure().as_ref(), held.first());
    let mut at = watch("a > 9 @ 5");
    assert!(
        at.observe_windows(1, 10, &window(0.0, 10.0, 1.0))
            .is_empty()
    );
    assert!(at.failure().is_none() && at.not_measured(10).is_empty());
}
