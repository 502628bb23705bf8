#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

fn up(line: &str) -> Up {
    let (up, problems) = read(line.as_bytes()).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    up
}

fn wrong(line: &str) -> Problem {
    read(line.as_bytes()).unwrap_err()
}

#[test]
fn metrics_are_numbers_or_windows() {
    let line = r#"{"type": "log", "step": 20.0, "from_step": 1, "metrics": {"a": 1, "b": NaN,
        "c": {"count": 20, "min": "-Infinity", "mean": 2, "max": 3, "last": 2.5}}, "merged": 3}"#;
    let Up::Log(log) = up(&line.replace('\n', "")) else {
        unreachable!()
    };
    assert_eq!(
        (log.step, log.from_step, log.merged),
        (Some(20), Some(1), 3)
    );
    assert!(log.metrics["b"].last.is_nan());
    let window = log.metrics["c"];
    assert_eq!((window.count, window.last), (20, 2.5));
    assert!(window.min.is_infinite());
}

#[test]
fn a_wrong_metric_does_not_take_the_others_with_it() {
    let line = r#"{"type":"log","metrics":{"a":1,"b":"x","c d":2,"e":{"count":0,"min":1,"mean":1,"max":1,"last":1}}}"#;
    let (Up::Log(log), problems) = read(line.as_bytes()).unwrap() else {
        unreachable!()
    };
    assert_eq!(log.metrics.keys().collect::<Vec<_>>(), ["a"]);
    let texts: Vec<&str> = problems.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(texts.len(), 3, "{texts:#?}");
    assert!(texts[0].contains("`b`: found a text; expected a number"));
}

#[test]
fn each_kind_of_mistake_has_its_code() {
    for (line, code) in [
        ("half a line", Code::Malformed),
        (r#"{"a": 1}"#, Code::UnknownType),
        (r#"{"type": "fly"}"#, Code::UnknownType),
        (r#"{"type": "log"}"#, Code::Invalid),
        (
            r#"{"type": "log", "metrics": {}, "step": -1}"#,
            Code::Invalid,
        ),
        (r#"{"type": "hello"}"#, Code::Invalid),
        (r#"{"type": "hello", "protocol": 2}"#, Code::Version),
        (r#"{"type": "state", "state": "tired"}"#, Code::Invalid),
        (r#"{"type": "rewound"}"#, Code::Invalid),
        (
            r#"{"type": "distribution", "name": "a", "edges": [1, 0], "counts": [1]}"#,
            Code::Invalid,
        ),
    ] {
        assert_eq!(wrong(line).code, code, "{line}");
    }
    let problem = wrong(r#"{"type": "log", "metrics": {}, "step": "7"}"#);
    assert_eq!(problem.of.as_deref(), Some("log"));
    assert_eq!(
        problem.text,
        "log: `step`: found the text `7`; expected a whole number from 0 to 2^53"
    );
}

#[test]
fn a_window_that_contradicts_itself_is_no_window() {
    let read_one = |window: &str| {
        let line = format!(r#"{{"type":"log","metrics":{{"a":{window}}}}}"#);
        let (Up::Log(log), problems) = read(line.as_bytes()).unwrap() else {
            unreachable!()
        };
        (
            log.metrics.get("a").copied(),
            problems.first().map(|p| p.text.clone()),
        )
    };
    for window in [
        r#"{"count":3,"min":5,"mean":5,"max":0,"last":5}"#,
        r#"{"count":3,"min":0,"mean":9,"max":5,"last":5}"#,
        r#"{"count":3,"min":0,"mean":1,"max":5,"last":6}"#,
    ] {
        let (stat, problem) = read_one(window);
        assert!(
            stat.is_none() && problem.is_some_and(|p| p.contains("from min to max")),
            "{window}"
        );
    }
    // A sum that was rounded, one that is too great, and NaN.
    let (stat, _) =
        read_one(r#"{"count":3,"min":0.1,"mean":0.10000000000000002,"max":0.1,"last":0.1}"#);
    assert_eq!(stat.map(|stat| stat.mean), Some(0.1));
    let (stat, _) =
        read_one(r#"{"count":2,"min":1e308,"mean":"Infinity","max":1.5e308,"last":1e308}"#);
    assert_eq!(stat.map(|stat| stat.mean), Some(1.5e308));
    let (stat, _) = read_one(r#"{"count":2,"min":"NaN","mean":"NaN","max":"NaN","last":1}"#);
    assert_eq!(stat.map(|stat| stat.last), Some(1.0));
}

#[test]
fn of_a_hello_only_what_is_wrong_is_left_out() {
    let line = r#"{"type":"hello","protocol":1,"commands":["pause","fly",3],"progress":{"epochs":0.6},
        "controls":[{"name":"lr","type":"float","value":1}]}"#;
    let (Up::Hello(hello), problems) = read(line.replace('\n', "").as_bytes()).unwrap() else {
        unreachable!()
    };
    assert_eq!(hello.said.commands, Some(vec!["pause".to_owned()]));
    assert_eq!(
        (hello.said.controls.len(), hello.goal),
        (1, Goal::default())
    );
    let texts: Vec<&str> = problems.iter().map(|p| p.text.as_str()).collect();
    assert!(
        texts[0].contains("found fly, 3; expected any of"),
        "{texts:?}"
    );
    assert!(texts[1].contains("`epochs`: found 0.6"), "{texts:?}");
}

#[test]
fn what_is_long_or_empty_is_seen_to() {
    let reason = "x".repeat(5000);
    let Up::Finished { reason, .. } = up(&format!(r#"{{"type":"finished","reason":"{reason}"}}"#))
    else {
        unreachable!()
    };
    assert_eq!(reason.map(|text| text.chars().count()), Some(501));
    for line in [
        r#"{"type":"checkpoint","path":" "}"#,
        r#"{"type":"distribution","name":"d","edges":[0,1,2],"counts":[-1,2]}"#,
    ] {
        assert_eq!(wrong(line).code, Code::Invalid, "{line}");
    }
    let text = wrong(r#"{"type":"progress","steps":-5}"#).text;
    assert!(
        text.contains("`steps`: found -5; expected a whole number"),
        "{text}"
    );
}

#[test]
fn values_become_a_histogram() {
    let Up::Distribution { seen, .. } =
        up(r#"{"type": "distribution", "name": "d", "values": [0, 1, 1, NaN]}"#)
    else {
        unreachable!()
    };
    assert_eq!((seen.edges.len(), seen.counts.len(), seen.odd), (65, 64, 1));
    assert_eq!((seen.counts[0], seen.counts[63]), (1.0, 2.0));
    assert_eq!(
        seen.mean,
        Some(2.0 / 3.0),
        "of the values, not of their bins"
    );
    for values in ["[]", "[NaN]", "[5, 5]", "[1e308, -1e308]"] {
        let line = format!(r#"{{"type":"distribution","name":"d","values":{values}}}"#);
        let Up::Distribution { seen, .. } = up(&line) else {
            unreachable!()
        };
        assert!(seen.edges.iter().all(|edge| edge.is_finite()), "{values}");
        assert!(seen.edges.is_sorted(), "{values}");
        let is_empty = seen.counts.is_empty();
        assert!(
            seen.mean
                .map_or(is_empty, |mean| !is_empty && mean.is_finite()),
            "{values}"
        );
    }
    let Up::Distribution { seen, .. } =
        up(r#"{"type": "distribution", "name": "d", "values": [5, 5]}"#)
    else {
        unreachable!()
    };
    assert_eq!(
        (
            f64::midpoint(seen.edges[0], seen.edges[1]),
            &seen.counts[..]
        ),
        (5.0, &[2.0][..])
    );
}

#[test]
fn a_histogram_may_say_the_mean_of_its_values() {
    let line = |mean: &str| {
        format!(r#"{{"type":"distribution","name":"d","edges":[0,1,9],"counts":[3,1]{mean}}}"#)
    };
    let of = |mean: &str| match up(&line(mean)) {
        Up::Distribution { seen, .. } => seen.mean,
        _ => unreachable!(),
    };
    assert_eq!((of(""), of(r#","mean":0.75"#)), (None, Some(0.75)));
    let text = wrong(&line(r#","mean":10"#)).text;
    assert!(
        text.contains("`mean`: found 10; expected a number within the edges, from 0 to 9"),
        "{text}"
    );
}

#[test]
fn answers_carry_values() {
    let Up::Applied { id, values, .. } =
        up(r#"{"type":"applied","id":4,"step":7,"values":{"lr":0.1}}"#)
    else {
        unreachable!()
    };
    assert_eq!((id, values["lr"].as_f64()), (4, Some(0.1)));
}
