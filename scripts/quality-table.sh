#!/usr/bin/env bash
# How good the presets are: trains each from several seeds on MNIST, judges 10,000 samples of each run, and prints a table in
# Markdown: median over the seeds, with the lowest and the highest.
#
#   scripts/quality-table.sh [--seeds N] [--preset NAME]... [--conditional | --stacked] [--steps N]
#     [--set KEY=VALUE]... [--at 'STEP:COMMAND']... FOLDER [PROGRAM]
#
# FOLDER gets a run for each preset, or each that --preset names, and seed (NAME-SEED) and its numbers (NAME-SEED.json); what is
# there is not made again, so an interrupted table can be continued. PROGRAM is genai-tui (default: target/release/genai-tui).
# --conditional trains by class; --stacked trains on Stacked MNIST and judges 26,000 samples. Both, and --steps, --set and --at, are for every
# run and want a folder of their own. Needs jq.
# A GAN sees 1.28 million real images at batch 64, a VAE 30 epochs. About two minutes a run on two cores, with R1 and R2 longer.
set -euo pipefail

# Each preset and its length; a step of a critic that is updated five times shows it five batches.
all="quick:20000 gan:20000 lsgan:20000 hinge:20000 rpgan:20000 wgan:4000 wgan-gp:4000 vae:28140"

seeds=5 presets= length= dataset=mnist samples=10000 flags=()
columns="fid:2 score:2 precision:3 recall:3 coverage:3 modes:0"
while [ $# -ge 2 ]; do
  case $1 in
    --seeds) seeds=$2 ;;
    --set | --at) flags+=("$1" "$2") ;;
    --steps) length=$2 ;;
    --conditional)
      flags+=(--conditional) columns="$columns class_accuracy:3"
      shift
      continue
      ;;
    --stacked)
      dataset=stacked-mnist samples=26000 columns="modes:0 modes_kl:3 fid:2 precision:3 recall:3"
      shift
      continue
      ;;
    --preset)
      one=$(tr ' ' '\n' <<<"$all" | grep "^$2:") || {
        echo "expected one of $(sed 's/:[0-9]*//g' <<<"$all"); found \`$2\`" >&2
        exit 2
      }
      presets="$presets $one"
      ;;
    *) break ;;
  esac
  shift 2
done
if [ $# -lt 1 ] || [ $# -gt 2 ] || [ "${1#-}" != "$1" ]; then
  sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
presets=${presets:-$all}
folder=$1
program=$(realpath "${2:-target/release/genai-tui}")
mkdir -p "$folder"
cd "$folder"

for seed in $(seq 0 $((seeds - 1))); do
  for preset in $presets; do
    objective=${preset%:*} steps=${length:-${preset#*:}} name=${preset%:*}-$seed
    if [ "$(jq -r .outcome "$name/summary.json" 2>/dev/null)" != completed ]; then
      rm -rf "$name" "$name.json"
      "$program" --no-tui --dataset "$dataset" --preset "$objective" --batch-size 64 --steps "$steps" --seed "$seed" \
        --run-dir "$name" --set samples.keep_every_steps=0 "${flags[@]}" >/dev/null 2>"$name.log" ||
        { echo "$name: the run failed, see $folder/$name.log" >&2; continue; }
    fi
    if [ ! -s "$name.json" ]; then
      "$program" eval "$name" -n "$samples" --format json >"$name.part" 2>>"$name.log" && mv "$name.part" "$name.json"
      echo "$name: $(jq -r '.measures | "fid \(.fid.value), modes \(.modes.value)"' "$name.json")" >&2
    fi
  done
done

names=$(tr ' ' '\n' <<<"$columns" | sed 's/:.*//; s/_/ /g; s/^fid$/FID/; s/^modes kl$/KL/')
echo "| preset | images seen | seeds |$(sed 's/.*/ & |/' <<<"$names" | tr -d '\n')"
echo "|---|---|---|$(sed 's/.*/---|/' <<<"$names" | tr -d '\n')"
for preset in $presets; do
  objective=${preset%:*}
  files=("$objective"-[0-9]*.json)
  [ -s "${files[0]}" ] || continue
  images=$(jq .total_images "$objective"-[0-9]*/summary.json | sort -n | head -1)
  jq -rs --arg preset "$objective" --arg images "$images" --arg columns "$columns" '
    def cell(name; digits): [.[].measures[name].value] | sort |
      def short: . * pow(10; digits) | round / pow(10; digits) | tostring;
      "\(.[length / 2 | floor] | short) (\(.[0] | short)–\(.[-1] | short))";
    . as $all | [$columns | split(" ")[] | split(":") | . as [$name, $digits] |
      $all | cell($name; $digits | tonumber)] |
    "| \($preset) | \($images) | \($all | length) | \(join(" | ")) |"' "${files[@]}"
done
echo
jq -r --arg columns "$columns" '.measures as $measures |
  [$columns | split(" ")[] | split(":")[0] | "\(.) \($measures[.].floor * 1000 | round / 1000)"] |
  "Floor (real training images): \(join(", "))."' "$(ls ./*.json | head -1)"
