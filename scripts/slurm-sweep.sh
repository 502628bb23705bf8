#!/usr/bin/env bash
# A sweep under the real Slurm, on this machine: 60 short trials by an array of 8 workers on 2 cores, of which some are killed, one is put
# back into the queue, and whose node is drained for a while. Then the same sweep by one worker that nobody disturbs: all results must be
# the same, every trial must have ended once, and nothing may be left locked. `sweep submit` asks for its workers, starts those again
# that died, and ends them.
#
#   scripts/slurm-sweep.sh [PROGRAM, target/release/genai-tui if not given]
#
# Needs root, apt-get, dpkg and jq; gets Debian's packages of Slurm and unpacks them into a temporary folder. Where that cannot be
# done, it says so and ends with 0.
set -euo pipefail

program=$(realpath "${1:-target/release/genai-tui}")
skip() {
  echo "skipped: $*"
  exit 0
}
[ "$(id -u)" = 0 ] || skip "Slurm wants to be started by root"
for tool in apt-get dpkg jq; do
  command -v $tool >/dev/null || skip "$tool is not there"
done

work=$(mktemp -d)
daemons=()
cleanup() {
  scancel --user=root >/dev/null 2>&1 || true
  sleep 1
  [ ${#daemons[@]} = 0 ] || kill "${daemons[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
cd "$work"
library=$(apt-cache search --names-only '^libslurm[0-9]+$' 2>/dev/null | sed 's/ .*//' | head -1)
# With what they link to, where that is not installed.
apt-get -qq download slurmctld slurmd slurm-client slurm-wlm-basic-plugins ${library:+"$library"} libmunge2 libhwloc15 libnuma1 \
  libjson-c5 liblua5.1-0 libdbus-1-3 libyaml-0-2 >/dev/null 2>&1 || true
ls ./*.deb >/dev/null 2>&1 || skip "Slurm cannot be downloaded"
for package in ./*.deb; do dpkg -x "$package" root; done
lib=$(dirname "$(find "$work/root" -name auth_none.so | head -1)")
export LD_LIBRARY_PATH="$lib:$(dirname "$lib")"
export PATH="$work/root/usr/bin:$work/root/usr/sbin:$PATH" SLURM_CONF="$work/slurm.conf"
ldd "$work"/root/usr/sbin/slurmctld-wlm "$work"/root/usr/sbin/slurmd-wlm | grep -q 'not found' && skip "libraries that Slurm needs are not there"
mkdir -p state spool log
node=$(hostname -s)
cat >slurm.conf <<END
ClusterName=here
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SlurmUser=root
SlurmdUser=root
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
PluginDir=$lib
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/log/slurmctld
SlurmdLogFile=$work/log/slurmd
SlurmdParameters=config_overrides
NodeName=$node NodeAddr=127.0.0.1 CPUs=2 RealMemory=2000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
slurmctld-wlm -D -i >log/slurmctld.out 2>&1 &
daemons+=($!)
slurmd-wlm -D -N "$node" -d "$work/root/usr/sbin/slurmstepd-wlm" >log/slurmd.out 2>&1 &
daemons+=($!)
for _ in $(seq 60); do
  sinfo -h -o %T 2>/dev/null | grep -q idle && break
  sleep 0.5
done
sinfo -h -o %T 2>/dev/null | grep -q idle || {
  for log in log/*; do tail -n 5 "$log"; done
  skip "Slurm does not start here"
}

sweep() {
  "$program" sweep new "$1" --param 'optimizer.g.lr=log(1e-5,1e-2)' --param 'batch_size=choice(8,16)' --trials 60 --steps 40 \
    --metric g_loss --set dataset=digits --set arch.width=16 --set samples.count=4 >/dev/null
}
sweep disturbed
"$program" sweep submit disturbed --slurm --workers 8 --cores 1 --go
workers() { pgrep -f "sweep work $work/disturbed" || true; }
for _ in $(seq 60); do
  [ -n "$(workers)" ] && break
  sleep 0.5
done
killed=0
for round in 1 2 3; do
  sleep 5
  victim=$(workers | head -1)
  [ -n "$victim" ] && kill -KILL "$victim" && killed=$((killed + 1))
  case $round in
    1) scontrol update nodename="$node" state=drain reason=trial ;;
    2) scontrol update nodename="$node" state=resume ;;
    3) job=$(squeue -h -r -t R -o %A | head -1) && [ -n "$job" ] && scontrol requeue "$job" && echo "requeued $job" ;;
  esac
done
echo "killed $killed workers, drained and resumed the node"
"$program" sweep submit disturbed --status
"$program" sweep submit disturbed --again
alive=$(squeue -h -r -o %A | wc -l)
[ "$alive" -ge 8 ] || {
  echo "FAILED: $alive workers after --again, expected 8" >&2
  exit 1
}
# What was put back may start only after two minutes: a person would start a worker by hand.
"$program" sweep work disturbed --threads 1 2>/dev/null
"$program" sweep submit disturbed --cancel
for _ in $(seq 60); do
  [ -z "$(workers)" ] && [ -z "$(squeue -h)" ] && break
  sleep 0.5
done
left=$("$program" sweep submit disturbed --status)
echo "$left"
grep -q -e running -e waiting <<<"$left" && {
  echo "FAILED: workers are left after --cancel" >&2
  exit 1
}
[ "$("$program" sweep submit disturbed --again)" = "nothing is left to do: no worker was submitted" ] || {
  echo "FAILED: --again started workers for a sweep that is done" >&2
  exit 1
}

sweep alone
"$program" sweep work alone --jobs 2 2>/dev/null
results() { "$program" sweep status "$1" --format json | jq -S '[.trials[] | {params, rungs: .runs[0].rungs}]'; }
ended=$("$program" sweep status disturbed --format json | jq '[.trials[].runs[] | select(.state == "done")] | length')
locks=$(find disturbed/claims -name lock 2>/dev/null | wc -l)
echo "ended: $ended of 60 trials; locks left: $locks"
diff <(results disturbed) <(results alone) >/dev/null && [ "$ended" = 60 ] && [ "$locks" = 0 ] || {
  echo "FAILED: the results differ, or something is left" >&2
  exit 1
}
echo "ok: the same results as an undisturbed sweep"
