#!/usr/bin/env bash
# A trainer in a shell (bash 4): it trains nothing, reports with `printf`, and takes pause, resume and stop.
#
#   genai-tui run -- bash shell_trainer.sh [STEPS]
#
# It speaks the protocol (docs/trainer-protocol.md) through whatever here speaks to a Unix socket: socat, nc, or Python.
set -u

steps=${1:-200}

speak() {
  if command -v socat >/dev/null; then
    socat - "UNIX-CONNECT:$1"
  elif nc -h 2>&1 | grep -q -- -U; then
    nc -U "$1"
  else
    python3 -c '
import socket, sys, threading
link = socket.socket(socket.AF_UNIX)
link.connect(sys.argv[1])
def down():
    for line in link.makefile():
        print(line, end="", flush=True)
threading.Thread(target=down, daemon=True).start()
for line in sys.stdin:
    link.sendall(line.encode())
' "$1"
  fi
}

if [ -z "${GENAI_TUI_SOCKET:-}" ]; then
  # Without the panel: lines that it would read, too.
  step=0
  while [ "$step" -lt "$steps" ]; do
    step=$((step + 1))
    printf 'step [%d/%d], loss: 0.%03d\n' "$step" "$steps" $((1000 - 900 * step / steps - 1))
    sleep 0.05
  done
  exit
fi

folder=$(mktemp -d)
trap 'rm -f "$folder/up" "$folder/down"; rmdir "$folder"' EXIT
mkfifo "$folder/up" "$folder/down"
speak "$GENAI_TUI_SOCKET" <"$folder/up" >"$folder/down" &
exec 3>"$folder/up" 4<>"$folder/down"

say() {
  # The format is the first argument.
  # shellcheck disable=SC2059
  printf "$@" >&3
  printf '\n' >&3
}

# One message of the panel, if there is one within a twentieth of a second: its type and its id.
hear() {
  local line
  IFS= read -r -t 0.05 line <&4 || return 1
  kind='' id=''
  [[ $line =~ \"type\":\ *\"([a-z_]+)\" ]] && kind=${BASH_REMATCH[1]}
  [[ $line =~ \"id\":\ *([0-9]+) ]] && id=${BASH_REMATCH[1]}
  true
}

say '{"type":"hello","protocol":1,"client":"shell_trainer.sh","metrics":[{"name":"loss","role":"loss","good":"lower"}],"commands":["pause","resume","stop"],"progress":{"steps":%d}}' "$steps"

step=0
is_paused=no
while [ "$step" -lt "$steps" ]; do
  if hear; then
    case $kind in
      pause) is_paused=yes ;;
      resume) is_paused=no ;;
      stop) steps=$step ;;
      *)
        [ -n "$id" ] && say '{"type":"rejected","id":%d,"reason":"this script does not know %s"}' "$id" "$kind"
        continue
        ;;
    esac
    say '{"type":"applied","id":%d,"step":%d}' "$id" "$step"
    continue
  fi
  [ $is_paused = yes ] && continue
  step=$((step + 1))
  say '{"type":"log","step":%d,"metrics":{"loss":0.%03d}}' "$step" $((1000 - 900 * step / steps - 1))
done
say '{"type":"finished","step":%d}' "$step"
exec 3>&-
wait
