//! `genai-tui report`: one page that needs nothing else.

use std::fs;
use std::path::Path;

use crate::workbench::{Bench, names};

/// A page that was written, as text.
fn page(bench: &Bench, arguments: &[&str], name: &str) -> String {
    let done = bench.run(&[&["report"], arguments, &["-o", name]].concat());
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(done.out, "");
    fs::read_to_string(bench.path(name)).unwrap()
}

/// Nothing in it is fetched from anywhere.
fn assert_self_contained(html: &str) {
    for (at, _) in html.match_indices("src=\"") {
        let target = &html[at + 5..];
        assert!(
            target.starts_with("data:image/png;base64,"),
            "{}",
            &target[..40]
        );
    }
    for (at, _) in html.match_indices("href=\"") {
        assert!(html[at + 6..].starts_with('#'));
    }
    for (at, _) in html.match_indices("http") {
        let rest = &html[at..];
        let is_known =
            rest.starts_with("http://www.w3.org/2000/svg'") || rest.starts_with("http-equiv");
        assert!(is_known, "{}", &rest[..40]);
    }
    assert!(!html.contains("url(") && !html.contains("@import"));
}

#[test]
fn a_page_has_charts_groups_samples_commands_quality_and_energy_of_own_runs() {
    let bench = Bench::new();
    for (name, seed, objective) in [
        ("a-0", "0", "gan"),
        ("a-1", "1", "gan"),
        ("b", "0", "lsgan"),
    ] {
        let flags = [
            "--seed",
            seed,
            "--objective",
            objective,
            "--steps",
            "12",
            "--set",
            "events.every_batches=1",
            "--set",
            "samples.every_steps=4",
            "--set",
            "samples.keep_every_steps=4",
            "--at",
            "6:lr /2",
            "--at",
            "7:note half way",
        ];
        bench.trained(name, &flags);
    }
    let html = page(&bench, &["runs"], "r.html");
    assert_self_contained(&html);
    assert!(html.contains("<title>3 runs</title>"), "{}", &html[..600]);
    assert!(html.contains("prefers-color-scheme:dark"));
    // A chart for each loss, in which groups are means of two runs and of one.
    assert!(
        html.contains("aria-label=\"d_loss by step\"")
            && html.contains("aria-label=\"g_loss by step\"")
    );
    assert!(html.contains("\"n\":\"gan (mean of 2)\"") && html.contains("\"n\":\"lsgan\""));
    assert!(html.contains("class=\"band c0\"") && html.contains("class=\"faint c0\""));
    // Samples of all runs at several steps.
    for run in ["a-0", "a-1", "b"] {
        for step in ["4", "12"] {
            assert!(
                html.contains(&format!("alt=\"samples of {run} at step {step}\"")),
                "{run} {step}"
            );
        }
    }
    // Only settings that differ; what was done, and what was remarked.
    assert!(html.contains("<code>objective</code>") && !html.contains("<code>batch_size</code>"));
    assert!(html.contains("<code>lr *0.5 · optimizer.d.lr ") && html.contains("half way"));
    assert!(html.contains("id=\"energy\">Energy") && html.contains("estimated from the load"));
    // The same without groups, and of one run.
    let alone = page(&bench, &["runs", "--no-groups"], "alone.html");
    assert!(alone.contains("\"n\":\"a-1\"") && !alone.contains("mean of"));
    let one = page(
        &bench,
        &["b", "--metrics", "g_loss", "--title", "Only <b>"],
        "one.html",
    );
    assert!(one.contains("<title>Only &lt;b&gt;</title>"));
    assert!(
        one.contains("aria-label=\"g_loss by step\"")
            && !one.contains("aria-label=\"d_loss by step\"")
    );
    assert!(
        one.contains("<code>batch_size</code>"),
        "a single run has all its settings"
    );
    let some = page(
        &bench,
        &["runs", "--filter", "cfg.objective = gan"],
        "some.html",
    );
    assert!(some.contains("a-1") && !some.contains("lsgan"));
}

#[test]
fn runs_of_other_tools_are_on_one_page_and_their_names_do_no_harm() {
    let bench = Bench::new();
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs");
    let hostile = "<img src=x onerror=alert(1)>'\"&";
    let dir = bench.path("logs").join(hostile);
    fs::create_dir_all(&dir).unwrap();
    let lines: Vec<String> = (0..200)
        .map(|step| {
            let value = match step {
                50 => "NaN".to_owned(),
                51 => "-Infinity".to_owned(),
                52 => "1e300".to_owned(),
                _ => format!("0.{step:03}"),
            };
            format!("{{\"step\": {step}, \"</script><script>alert(2)//\": {value}}}\n")
        })
        .collect();
    fs::write(dir.join("metrics.jsonl"), lines.concat()).unwrap();
    fs::write(bench.path("logs/broken.csv"), "step,loss\n1,2\n\"").unwrap();
    let html = page(&bench, &[logs.to_str().unwrap(), "logs"], "r.html");
    assert_self_contained(&html);
    assert!(!html.contains("<img src=x") && !html.contains("<script>alert"));
    assert_eq!(
        html.matches("</script>").count(),
        html.matches("<script").count()
    );
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;&#39;&quot;&amp;"));
    // What is not finite is a cross, and what the crosshair reads is JSON.
    assert!(html.contains("class=\"odd "));
    for (at, _) in html.match_indices("<script type=\"application/json\">") {
        let json = &html[at + 32..];
        let json = &json[..json.find("</script>").unwrap()];
        let data: serde_json::Value = serde_json::from_str(json).unwrap();
        assert!(data["lines"][0]["x"].is_array());
    }
    // Pictures, texts and settings of other tools.
    for text in [
        "samples of pytorch at step",
        "a *note*",
        "tf2/train",
        "net.width",
    ] {
        assert!(html.contains(text), "{text}");
    }
    let path = logs.join("wandb");
    let text = page(&bench, &[path.to_str().unwrap()], "w.md");
    assert!(text.contains("| seed1 | failed | W&B |"), "{text}");
}

#[test]
fn markdown_has_its_pictures_beside_it() {
    let bench = Bench::new();
    bench.trained(
        "a|b",
        &[
            "--steps",
            "8",
            "--set",
            "samples.every_steps=4",
            "--set",
            "samples.keep_every_steps=4",
        ],
    );
    let text = page(&bench, &["runs"], "my report.md");
    assert!(text.starts_with("# a\\|b\n"), "{text}");
    assert!(
        text.contains("(my%20report_files/samples-00-00000004.png)"),
        "{text}"
    );
    let files = names(&bench.path("my report_files"));
    assert!(
        files.contains(&"samples-00-00000008.png".to_owned()),
        "{files:?}"
    );
    assert!(text.contains('▁') || text.contains('▇'), "{text}");
    let done = bench.run(&["report", "runs", "-o", "-", "--format", "md"]);
    assert!(
        done.out.contains("## Runs") && !done.out.contains("## Samples"),
        "{}",
        done.out
    );
}

#[test]
fn what_is_no_run_and_no_page_is_refused() {
    let bench = Bench::new();
    fs::create_dir(bench.path("empty")).unwrap();
    let refused = |arguments: &[&str], expected: &str| {
        let done = bench.run(&[&["report"], arguments].concat());
        assert_eq!(done.code, Some(2), "{arguments:?}: {}", done.err);
        assert!(done.err.contains(expected), "{arguments:?}: {}", done.err);
    };
    refused(&["empty", "-o", "r.html"], "no run in `empty`");
    refused(
        &["empty", "-o", "r.pdf"],
        "expected FILE.html, FILE.md or --format",
    );
    refused(&["empty"], "--output");
    bench.trained("a", &["--steps", "2"]);
    refused(
        &["a", "--filter", "steps > 99", "-o", "r.html"],
        "no run matches `steps > 99`; there are 1",
    );
    refused(&["a", "-o", "empty/", "--format", "html"], "folder");
    assert!(!bench.path("r.html").exists());
}

#[test]
fn a_sweep_has_its_trials_and_each_parameter_against_the_metric() {
    let bench = Bench::new();
    let new = [
        "sweep",
        "new",
        "s",
        "--param",
        "optimizer.g.lr=log(1e-4,1e-2)",
        "--param",
        "batch_size=choice(4,8)",
        "--trials",
        "3",
        "--metric",
        "g_loss",
        "--steps",
        "4",
        "--set",
        "arch.width=16",
        "--set",
        "threads=1",
        "--set",
        "samples.count=4",
    ];
    let dataset = format!("dataset={}", bench.path(crate::workbench::TINY).display());
    let done = bench.run(&[&new[..], &["--set", &dataset]].concat());
    assert_eq!(done.code, Some(0), "{}", done.err);
    // One that has just begun, too.
    assert!(page(&bench, &["s"], "early.html").contains("0 of 3 trials have a value of g_loss."));
    let done = bench.run(&["sweep", "work", "s"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let html = page(&bench, &["s"], "s.html");
    assert_self_contained(&html);
    assert!(html.contains("<title>Sweep s</title>"));
    assert!(
        html.contains("3 of 3 trials have a value of g_loss. The best is trial "),
        "{html}"
    );
    assert!(html.contains("aria-label=\"optimizer.g.lr against g_loss\""));
    assert!(html.contains("aria-label=\"batch_size against g_loss\""));
    assert!(html.contains("class=\"best\"") && html.contains("3 runs"));
    assert!(page(&bench, &["s"], "s.md").contains("## Sweep"));
}

#[test]
fn every_tag_of_pictures_is_shown_beside_the_samples() {
    use genai_tui::logs::{Encoded, Events};
    let bench = Bench::new();
    let png = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/charts.png")).unwrap();
    for (name, tags) in [
        ("a", &["generated", "real <images>", "samples"][..]),
        ("b", &["generated"]),
    ] {
        fs::create_dir_all(bench.path("logs").join(name)).unwrap();
        let path = bench
            .path("logs")
            .join(name)
            .join("events.out.tfevents.1.h");
        let mut events = Events::begin(fs::File::create(path).unwrap(), 1.7e9).unwrap();
        for step in [10, 20] {
            events.scalars(step, 1.7e9, [("loss", 0.5)]).unwrap();
            for tag in tags {
                let image = Encoded {
                    width: 1,
                    height: 1,
                    channels: 3,
                    png: &png,
                };
                events.image(tag, step, 1.7e9, &image).unwrap();
            }
        }
        events.flush().unwrap();
    }
    let html = page(&bench, &["logs"], "r.html");
    // What each run has for its samples stands in one table, and says what it is where a run has more.
    for text in [
        "alt=\"samples of a at step 20\"",
        "alt=\"samples of b at step 20\"",
        "</span></span><small>samples</small>",
        "<h3>generated</h3>",
        "alt=\"generated of a at step 10\"",
        "<h3>real &lt;images&gt;</h3>",
    ] {
        assert!(html.contains(text), "{text}");
    }
    assert!(!html.contains("generated of b"), "it is shown already");
    assert_self_contained(&html);
    let text = page(&bench, &["logs"], "r.md");
    assert!(text.contains("| a (samples) |"), "{text}");
    assert!(text.contains("\n### real \\<images\\>\n"), "{text}");
    let files = names(&bench.path("r_files"));
    assert_eq!(files.len(), 8, "{files:?}");
}
