#!/usr/bin/env bash
# Asynchronous halving against random search, on the real trainer: 8 parameters, 64 trials, three sweeps of each, by one worker with one
# thread. Both draw the same trials (the same sampler and seed); random search trains all of them to the end, halving only the best.
# Prints the rows of the table in docs/sweeps.md.
#
#   scripts/asha-table.sh [PROGRAM, target/release/genai-tui if not given] [FOLDER that keeps the sweeps]
#
# Needs jq and MNIST (`genai-tui data fetch mnist`); takes about 15 minutes on a quiet core. Started again with the same folder it goes
# on where it was.
set -euo pipefail

program=$(realpath "${1:-target/release/genai-tui}")
folder=${2:-$(mktemp -d)}
mkdir -p "$folder"
cd "$folder"

budget=8100
sweep() { # NAME SEED SCHEDULER…
  local name=$1 seed=$2
  shift 2
  [ -f "$name/sweep.toml" ] || "$program" sweep new "$name" --seed "$seed" --trials 64 --steps $budget --metric fid "$@" \
    --param 'optimizer.g.lr=log(3e-4,1e-2)' \
    --param 'optimizer.d.lr=log(3e-4,1e-2)' \
    --param 'optimizer.g.beta1=linear(0,0.9)' \
    --param 'optimizer.d.beta1=linear(0,0.9)' \
    --param 'optimizer.d.beta2=choice(0.9,0.99,0.999)' \
    --param 'batch_size=choice(16,32)' \
    --param 'latent_dim=int(10,100)' \
    --param 'objective=choice(gan,hinge,lsgan)' \
    --set dataset=mnist --set arch.width=16 --set evaluation.every_steps=900 --set evaluation.samples=1000 \
    --set checkpoint.best_by=none --set checkpoint.every_time=0s --set rewind.every_steps=0 \
    --set samples.every_steps=1000000 --set samples.keep_every_steps=0 >/dev/null
  "$program" sweep work "$name" --threads 1 2>>"$name/work.log"
}

echo "| seed | random search: best FID | steps | asha: best FID | steps | share of the steps | random search after as many steps |"
echo "|---|---|---|---|---|---|---|"
for seed in 0 1 2; do
  sweep "asha-$seed" "$seed" --scheduler asha --first-rung 900
  sweep "random-$seed" "$seed"
  "$program" sweep status "asha-$seed" --format json >asha.json
  "$program" sweep status "random-$seed" --format json >random.json
  jq -rn --arg seed "$seed" --argjson budget $budget --slurpfile asha asha.json --slurpfile random random.json '
    def steps: [.trials[].runs[].step] | add;
    def best: [.trials[].runs[].rungs[] | select(.[0] == $budget) | .[1] | numbers] | min;
    def two: . * 100 | round / 100;
    $asha[0] as $a | $random[0] as $r | ($a | steps) as $spent | ($r | steps) as $whole
    | ($r | .trials |= .[:(($spent / $budget) | floor)] | best) as $as_many
    | "| \($seed) | \($r | best | two) | \($whole) | \($a | best | two) | \($spent) | \($spent / $whole * 100 | round) % | \($as_many | two) |"'
done
