//! Whether a run outlives what started it: the first process of a container, the step of a batch system, a login. Known
//! beforehand, so that no message promises that a run continues which ends a moment later.

mod ancestry;
mod logout;

use std::path::Path;

pub use ancestry::Process;
use ancestry::Then;
pub use logout::{ADVICE as LINGER, Logout, logout};

/// What becomes of a run that leaves its terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Outlook {
    /// It continues.
    #[default]
    Lasts,
    /// It continues until its user logs out.
    UntilLogout(Reason),
    /// It ends with something that may end at any moment.
    MayEnd(Reason),
    /// It ends at once.
    Ends(Reason),
}

/// Why it does not last, and what does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What it ends with.
    pub why: String,
    /// What to do instead.
    pub instead: String,
}

impl Outlook {
    /// Why it does not last.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Lasts => None,
            Self::UntilLogout(reason) | Self::MayEnd(reason) | Self::Ends(reason) => Some(reason),
        }
    }

    /// Returns whether the run continues at least as long as its user is logged in.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Lasts | Self::UntilLogout(_))
    }
}

/// What is looked at.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The process that the shell waits for, and those that it came from.
    pub ancestors: Vec<Process>,
    /// Whether the last of them has no parent in its namespace.
    pub complete: bool,
    /// Process 1.
    pub first: Option<Process>,
    /// The text of `/proc/PID/cgroup`.
    pub cgroup: String,
    /// What a logout does.
    pub logout: Option<Logout>,
}

/// Those of the process `front`, which the shell waits for.
#[must_use]
pub fn surroundings(front: i32) -> Surroundings {
    let proc = Path::new("/proc");
    let (ancestors, complete) = ancestry::of(front, proc);
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    Surroundings {
        ancestors,
        complete,
        first: ancestry::look(1, proc).map(|(process, _)| process),
        cgroup: std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default(),
        logout: logout(Path::new("/"), &user.unwrap_or_default()),
    }
}

/// That of this process, whether it is a front or the host of one.
#[must_use]
pub fn outlook() -> Outlook {
    let front = super::front::parent().unwrap_or_else(rustix::process::getpid);
    let surroundings = surroundings(front.as_raw_nonzero().get());
    judge(&surroundings, |name| std::env::var(name).ok())
}

/// How sure it is that one process ends with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Certainty {
    Sure,
    Likely,
    /// When a person leaves a shell.
    Later,
}

/// What ends with the process that the shell waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct End<'a> {
    /// The outermost process that ends with it.
    top: &'a Process,
    certainty: Certainty,
    /// The process that then ends all the others.
    by: By<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By<'a> {
    /// The kernel, as the first process of the namespace is gone.
    Kernel,
    /// The process that runs a pod.
    Pod,
    /// The daemon of a batch system.
    Batch(&'a str),
    /// systemd, as the service has ended.
    Service,
}

/// Daemons of batch systems that end a job with all its processes.
const BATCH: &[&str] = &[
    "slurmstepd",
    "pbs_mom",
    "sge_shepherd",
    "condor_starter",
    "res",
    "sbatchd",
    "flux-shell",
    "oarexec",
];

/// Finds out what ends with the front, and then with all that it started.
fn end(found: &Surroundings) -> Option<End<'_>> {
    let mut certainty = Certainty::Sure;
    for (i, top) in found.ancestors.iter().enumerate() {
        let by = |by| Some(End { top, certainty, by });
        if top.pid == 1 {
            return by(By::Kernel);
        }
        let Some(parent) = found.ancestors.get(i + 1) else {
            // A process put into a container from outside has no parent there either, so this is not certain.
            let in_pod = found.first.as_ref().is_some_and(|p| p.name == "pause");
            certainty = certainty.max(Certainty::Likely);
            return (found.complete && in_pod).then_some(End {
                top,
                certainty,
                by: By::Pod,
            });
        };
        if BATCH.contains(&parent.name.as_str()) {
            return by(By::Batch(&parent.name));
        }
        let in_service = found
            .cgroup
            .lines()
            .any(|line| line.trim_end().ends_with(".service"));
        if parent.name == "systemd" && in_service {
            return by(By::Service);
        }
        certainty = certainty.max(match parent.then() {
            Then::Ends => Certainty::Sure,
            Then::Script => Certainty::Likely,
            Then::Prompt => Certainty::Later,
            Then::Stays => return None,
        });
    }
    None
}

/// What becomes of a run in these surroundings.
#[must_use]
pub fn judge(found: &Surroundings, variable: impl Fn(&str) -> Option<String>) -> Outlook {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(End { top, certainty, by }) = end(found) {
        let is_front = found.ancestors.first() == Some(top);
        let who = if is_front {
            "this process".to_owned()
        } else {
            format!("`{}`", top.in_words())
        };
        let when = match certainty {
            _ if is_front => "",
            Certainty::Sure => ", which ends when this process does",
            Certainty::Likely => ", which most likely ends when this process does",
            Certainty::Later => ", the shell that you are in",
        };
        let (what, instead) = match by {
            By::Kernel | By::Pod if set("KUBERNETES_SERVICE_HOST").is_some() => (
                "this container ends with",
                "let the pod run it with --no-tui, and look with `kubectl exec -it POD -- genai-tui attach`".to_owned(),
            ),
            By::Kernel | By::Pod => (
                "this container or PID namespace ends with",
                "Ctrl-P Ctrl-Q leaves a container of docker or podman running; or `docker run -d`, and \
                 `docker exec -it CONTAINER genai-tui attach`"
                    .to_owned(),
            ),
            By::Service => (
                "this service of systemd ends with",
                "`systemd-run --user --scope` in place of a service, or genai-tui with --no-tui as the service".to_owned(),
            ),
            By::Batch("slurmstepd") => ("this Slurm step ends with", slurm(&set)),
            By::Batch(_) => ("this job ends with", BATCH_WAY.to_owned()),
        };
        let reason = Reason {
            why: format!("{what} {who}{when}"),
            instead,
        };
        return if certainty == Certainty::Sure {
            Outlook::Ends(reason)
        } else {
            Outlook::MayEnd(reason)
        };
    }
    if let Some(reason) = job(&set) {
        return Outlook::MayEnd(reason);
    }
    match &found.logout {
        Some(logout) if logout.ends(&found.cgroup) => Outlook::UntilLogout(Reason {
            why: format!("it ends when you log out ({})", logout.why()),
            instead: LINGER.to_owned(),
        }),
        _ => Outlook::Lasts,
    }
}

const BATCH_WAY: &str = "let the job's script run it with --no-tui, and look with `genai-tui attach` from a shell on that \
                         node, or use tmux outside of the job";

/// What works with Slurm.
fn slurm(set: &impl Fn(&str) -> Option<String>) -> String {
    let job = set("SLURM_JOB_ID").unwrap_or_else(|| "JOB".to_owned());
    format!(
        "let `sbatch` run it with --no-tui, and look with `srun --overlap --jobid {job} --pty genai-tui attach`; or run srun \
         in tmux on the login node"
    )
}

/// The job that this process is in by its environment, and that is over at some time with all that was started in it.
fn job(set: &impl Fn(&str) -> Option<String>) -> Option<Reason> {
    let reason = |why: String, instead: &str| {
        Some(Reason {
            why,
            instead: instead.to_owned(),
        })
    };
    // The shell of `salloc` has only the job's number, and what it starts is on the login node.
    if set("SLURM_STEP_ID")
        .or_else(|| set("SLURM_PROCID"))
        .is_some()
    {
        let number = set("SLURM_JOB_ID").unwrap_or_default();
        return reason(
            format!("it ends with this step or script of Slurm job {number}"),
            &slurm(set),
        );
    }
    for (variable, system) in [
        ("PBS_JOBID", "PBS"),
        ("LSB_JOBID", "LSF"),
        ("SGE_TASK_ID", "Grid Engine"),
        ("_CONDOR_JOB_AD", "HTCondor"),
        ("FLUX_JOB_ID", "Flux"),
        ("OAR_JOB_ID", "OAR"),
    ] {
        if let Some(number) = set(variable) {
            return reason(
                format!("it ends with this {system} job ({variable}={number})"),
                BATCH_WAY,
            );
        }
    }
    for (variable, system) in [
        ("RUNNER_TRACKING_ID", "GitHub's runner"),
        ("GITLAB_CI", "GitLab's runner"),
        ("JENKINS_NODE_COOKIE", "Jenkins"),
        ("VSTS_PROCESS_LOOKUP_ID", "Azure's agent"),
        ("TEAMCITY_VERSION", "TeamCity's agent"),
        ("BUILDKITE", "Buildkite's agent"),
    ] {
        if set(variable).is_some() {
            return reason(
                format!("{system} ends what a job leaves behind ({variable} is set)"),
                "within the job `genai-tui stop` ends it with a checkpoint; else leave --detach out",
            );
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Surroundings whose processes were started like this, the front first; `name arguments`, and the last one may be
    /// process 1 or come from outside the namespace.
    fn under(lines: &[&str], first_is_last: bool) -> Surroundings {
        let process = |(i, line): (usize, &&str)| Process {
            pid: if first_is_last && i + 1 == lines.len() {
                1
            } else {
                90 - i32::try_from(i).unwrap_or_default()
            },
            name: line.split(' ').next().unwrap_or_default().to_owned(),
            arguments: line.split(' ').map(str::to_owned).collect(),
        };
        Surroundings {
            ancestors: lines.iter().enumerate().map(process).collect(),
            complete: true,
            ..Surroundings::default()
        }
    }

    fn word(outlook: &Outlook) -> &'static str {
        match outlook {
            Outlook::Lasts => "lasts",
            Outlook::UntilLogout(_) => "until logout",
            Outlook::MayEnd(_) => "may end",
            Outlook::Ends(_) => "ends",
        }
    }

    #[test]
    fn the_cause_that_ends_with_the_front_decides() {
        let cases: &[(&[&str], bool, &str)] = &[
            // docker run -it image genai-tui; the same with --init; through a shell; from the shell's prompt.
            (&["genai-tui"], true, "ends"),
            (&["genai-tui", "tini -- genai-tui"], true, "ends"),
            (&["genai-tui", "sh -c genai-tui"], true, "may end"),
            (&["genai-tui", "bash"], true, "may end"),
            (&["genai-tui", "bash -l", "docker-init"], true, "may end"),
            // docker exec; ssh; a terminal emulator; tmux in a container.
            (&["genai-tui"], false, "lasts"),
            (&["genai-tui", "bash"], false, "lasts"),
            (
                &["genai-tui", "bash", "sshd", "sshd", "systemd"],
                true,
                "lasts",
            ),
            (
                &["genai-tui", "bash", "tmux new", "sleep 1d"],
                true,
                "lasts",
            ),
            (&["genai-tui", "bash", "konsole", "systemd"], true, "lasts"),
            // srun genai-tui; srun --pty bash; a script of sbatch.
            (&["genai-tui", "slurmstepd", "systemd"], true, "ends"),
            (
                &["genai-tui", "bash", "slurmstepd", "systemd"],
                true,
                "may end",
            ),
            (
                &["genai-tui", "bash /var/spool/job7", "slurmstepd", "systemd"],
                true,
                "may end",
            ),
        ];
        for (lines, first_is_last, expected) in cases {
            let outlook = judge(&under(lines, *first_is_last), |_| None);
            assert_eq!(word(&outlook), *expected, "{lines:?}: {outlook:?}");
        }
    }

    #[test]
    fn the_main_process_of_a_service_ends_it_and_a_login_does_not() {
        let mut found = under(&["genai-tui", "systemd"], true);
        assert_eq!(judge(&found, |_| None), Outlook::Lasts);
        found.cgroup = "0::/system.slice/run-u7.service\n".to_owned();
        assert_eq!(word(&judge(&found, |_| None)), "ends");
    }

    #[test]
    fn a_job_is_detected_by_its_environment() {
        let found = under(&["genai-tui", "bash", "tmux", "systemd"], true);
        for (variables, expected) in [
            (&[("SLURM_JOB_ID", "42")][..], "lasts"),
            (&[("SLURM_JOB_ID", "42"), ("SLURM_STEP_ID", "0")], "may end"),
            (&[("PBS_JOBID", "7.server")], "may end"),
            (&[("RUNNER_TRACKING_ID", "github_x")], "may end"),
            (&[("PBS_JOBID", "")], "lasts"),
        ] {
            let outlook = judge(&found, |name| {
                let value = variables.iter().find(|(known, _)| *known == name);
                value.map(|(_, value)| (*value).to_owned())
            });
            assert_eq!(word(&outlook), expected, "{variables:?}");
            let said = outlook.reason().map(|r| format!("{} {}", r.why, r.instead));
            if expected == "may end" && variables[0].0 == "SLURM_JOB_ID" {
                assert!(said.is_some_and(|said| said.contains("--jobid 42")));
            }
        }
    }
}
