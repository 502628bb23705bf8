//! The program in a real tmux and a real GNU screen: it does not send what they cannot draw.

use std::path::Path;
use std::process::{Command, Stdio};

use super::terminal::{BINARY, Terminal, interactive};
use crate::workbench::{Bench, poll_until};

/// Returns whether a program is available; otherwise says that the test is skipped.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn is_there(program: &str) -> bool {
    let found = ["/usr/bin", "/bin"]
        .iter()
        .any(|dir| Path::new(dir).join(program).exists());
    if !found {
        println!("skipped: {program} is not installed");
    }
    found
}

/// A separate multiplexer server, which ends with this value; before it the run, which would outlive it.
struct Server {
    stop: Command,
    end: Command,
}

impl Drop for Server {
    fn drop(&mut self) {
        for command in [&mut self.stop, &mut self.end] {
            let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}

/// The program in tmux, without tmux's own variables in the environment: as through ssh.
fn in_tmux(bench: &Bench, environment: &[&str], flags: &[&str]) -> (Server, Terminal) {
    let socket = bench.path("tmux").to_string_lossy().into_owned();
    let settings = bench.path("tmux.conf");
    std::fs::write(
        &settings,
        "set -g default-terminal tmux-256color\nset -g allow-passthrough on\n",
    )
    .unwrap();
    let settings = settings.to_string_lossy().into_owned();
    let mut command = vec![
        "-S",
        &socket,
        "-f",
        &settings,
        "new-session",
        "/usr/bin/env",
    ];
    command.extend(environment);
    command.push(BINARY);
    let run = interactive(&[&["--at", "4:pause"], flags].concat());
    command.extend(run);
    let mut end = Command::new("tmux");
    end.args(["-S", &socket, "kill-server"]);
    let terminal = Terminal::start_around(bench, "/usr/bin/tmux", &command, &[]);
    let stop = bench.command(&["stop", "a"]);
    (Server { stop, end }, terminal)
}

fn in_screen(bench: &Bench, environment: &[&str], flags: &[&str]) -> (Server, Terminal) {
    let sockets = bench.path("screens");
    std::fs::create_dir(&sockets).unwrap();
    let mut permissions = std::fs::metadata(&sockets).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o700);
    std::fs::set_permissions(&sockets, permissions).unwrap();
    let sockets = sockets.to_string_lossy().into_owned();
    let mut command = vec!["-U", "-c", "/dev/null", "-S", "a", "-m", "/usr/bin/env"];
    command.extend(environment);
    command.push(BINARY);
    command.extend(interactive(&[&["--at", "4:pause"], flags].concat()));
    let mut end = Command::new("screen");
    end.args(["-S", "a", "-X", "quit"])
        .env("SCREENDIR", &sockets);
    let terminal = Terminal::start_around(
        bench,
        "/usr/bin/screen",
        &command,
        &[("SCREENDIR", &sockets), ("COLORTERM", "truecolor")],
    );
    let stop = bench.command(&["stop", "a"]);
    (Server { stop, end }, terminal)
}

/// Returns whether samples are drawn with quadrants, each with its own colours.
fn draws_quadrants(screen: &vt100::Screen) -> bool {
    let (rows, columns) = screen.size();
    let cells = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
    let quadrants = cells
        .filter_map(|(row, column)| screen.cell(row, column))
        .filter(|cell| {
            "▘▝▖▗▌▐▞▚▛▜▙▟▀▄".contains(cell.contents())
                && !cell.contents().is_empty()
                && cell.fgcolor() != cell.bgcolor()
        });
    quadrants.count() > 10
}

#[test]
fn tmux_detected_by_name_gets_no_pictures_it_would_drop() {
    if !is_there("tmux") {
        return;
    }
    for environment in [
        &["-u", "TMUX", "LC_TERMINAL=iTerm2", "TERM_PROGRAM=iTerm.app"][..],
        // Not even the terminal's name reveals it; its answers do.
        &["-u", "TMUX", "TERM=xterm-kitty", "TERM_PROGRAM=WezTerm"],
    ] {
        let bench = Bench::new();
        let (_server, terminal) = in_tmux(&bench, environment, &[]);
        terminal.shows(&["PAUSED", "Samples"]);
        let is_drawn = |screen: &vt100::Screen| {
            let sextants = |c: char| ('\u{1FB00}'..'\u{1FB3C}').contains(&c);
            draws_quadrants(screen)
                || screen.contents().chars().filter(|c| sextants(*c)).count() > 10
        };
        terminal.wait_until("samples in characters", is_drawn);
        assert_eq!(terminal.written("1337;File="), 0);
        // Otherwise the query for graphics would become the title of its window.
        assert!(!terminal.text().contains("Gi=31"), "{}", terminal.text());
    }
}

#[test]
fn requested_notifications_and_pictures_are_wrapped_for_tmux() {
    if !is_there("tmux") {
        return;
    }
    let bench = Bench::new();
    let flags = ["--set", "ui.notify=osc", "--set", "ui.graphics=iterm2"];
    let (_server, terminal) = in_tmux(&bench, &["A=b"], &flags);
    terminal.shows(&["PAUSED", "allow-passthrough"]);
    let shown = || terminal.written("\x1b]1337;File=");
    assert!(poll_until(shown, |count| *count > 0));
}

#[test]
fn gnu_screen_gets_256_colours_whatever_the_environment_says() {
    if !is_there("screen") {
        return;
    }
    let bench = Bench::new();
    let (_server, terminal) = in_screen(&bench, &["-u", "STY"], &[]);
    terminal.shows(&["PAUSED", "Samples"]);
    terminal.wait_until("samples in quarters", draws_quadrants);
}
