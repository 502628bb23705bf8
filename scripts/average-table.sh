#!/usr/bin/env bash
# The averaged generator against the raw weights as a run goes on: FID of 5,000 samples of each, as a table in Markdown.
#
#   scripts/average-table.sh [--seeds N] [--objective NAME] FOLDER [PROGRAM]
#
# FOLDER gets a run for each seed and the FID of each checkpoint; what is there is not made again, so an interrupted table can
# be continued. PROGRAM is genai-tui (default: target/release/genai-tui). Needs jq.
# A run takes 20,000 steps: about five minutes on two cores for gan.
set -euo pipefail

seeds=3
objective=gan
while [ $# -gt 2 ]; do
  case $1 in
  --seeds) seeds=$2 ;;
  --objective) objective=$2 ;;
  *) break ;;
  esac
  shift 2
done
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
folder=$1
program=$(realpath "${2:-target/release/genai-tui}")
mkdir -p "$folder"
cd "$folder"

at="1000 2000 5000 10000 20000"
echo "| objective, seed | step | raw | averaged | averaged / raw |"
echo "|---|---|---|---|---|"
for seed in $(seq 0 $((seeds - 1))); do
  name=$objective-$seed
  if [ ! -s "$name/summary.json" ]; then
    rm -rf "$name"
    checkpoints=()
    for step in $at; do checkpoints+=(--at "$step:checkpoint"); done
    "$program" --no-tui --dataset mnist --objective "$objective" --batch-size 64 --steps 20000 --seed "$seed" \
      --run-dir "$name" --set samples.keep_every_steps=0 --set evaluation.every_steps=0 "${checkpoints[@]}" \
      >/dev/null 2>"$name.log" || { echo "$name: the run failed, see $folder/$name.log" >&2; continue; }
  fi
  for step in $at; do
    for weights in raw ema; do
      file=$name-$step-$weights.json
      [ -s "$file" ] ||
        { "$program" eval "$name@$step" --n 5000 "--$weights" --format json >"$file.part" && mv "$file.part" "$file"; }
    done
    jq -rs --arg run "$objective, $seed" --arg step "$step" '
      [.[].measures.fid.value] | map(. * 10 | round / 10) as [$raw, $average] |
      "| \($run) | \($step) | \($raw) | \($average) | \(.[1] / .[0] * 100 | round / 100) |"' \
      "$name-$step-raw.json" "$name-$step-ema.json"
  done
done
