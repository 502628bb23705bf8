#!/usr/bin/env bash
# The averaged generator against the raw weights as a run goes on: FID of 5,000 samples of each, as a table in Markdown.
#
#   scripts/average-table.sh [--seeds N] [--preset NAME] [--steps N] FOLDER [PROGRAM]
#
# FOLDER gets a run for each seed and the FID of each checkpoint; what is there is not made again, so an interrupted table can
# be continued, and scripts/quality-table.sh takes the same runs. PROGRAM is genai-tui (default: target/release/genai-tui). Needs
# jq. A run takes 20,000 steps (--steps): about five minutes on two cores for gan, a step of wgan-gp is five times as long.
set -euo pipefail

seeds=3
preset=gan
steps=20000
while [ $# -gt 2 ]; do
  case $1 in
  --seeds) seeds=$2 ;;
  --preset) preset=$2 ;;
  --steps) steps=$2 ;;
  *) break ;;
  esac
  shift 2
done
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
folder=$1
program=$(realpath "${2:-target/release/genai-tui}")
mkdir -p "$folder/average"
cd "$folder"

at=$(printf '%s\n' 1000 2000 5000 10000 20000 | awk -v last="$steps" '$1 < last' && echo "$steps")
echo "| preset, seed | step | raw | averaged | averaged / raw |"
echo "|---|---|---|---|---|"
for seed in $(seq 0 $((seeds - 1))); do
  name=$preset-$seed
  if [ "$(jq -r .outcome "$name/summary.json" 2>/dev/null)" != completed ]; then
    rm -rf "$name" "average/$name"-*
    checkpoints=()
    for step in $at; do checkpoints+=(--at "$step:checkpoint"); done
    "$program" --no-tui --dataset mnist --preset "$preset" --batch-size 64 --steps "$steps" --seed "$seed" \
      --run-dir "$name" --set samples.keep_every_steps=0 --set evaluation.every_steps=0 "${checkpoints[@]}" \
      >/dev/null 2>"$name.log" || { echo "$name: the run failed, see $folder/$name.log" >&2; continue; }
  fi
  for step in $at; do
    for weights in raw ema; do
      file=average/$name-$step-$weights.json
      [ -s "$file" ] ||
        { "$program" eval "$name@$step" --n 5000 "--$weights" --format json >"$file.part" && mv "$file.part" "$file"; }
    done
    jq -rs --arg run "$preset, $seed" --arg step "$step" '
      [.[].measures.fid.value] | map(. * 10 | round / 10) as [$raw, $average] |
      "| \($run) | \($step) | \($raw) | \($average) | \(.[1] / .[0] * 100 | round / 100) |"' \
      "average/$name-$step-raw.json" "average/$name-$step-ema.json"
  done
done
