#!/bin/bash
# A TURN server's life is its stdin: a hello, then commands. README.md has the contract.
IFS= read -r -t 5 || { echo "no hello within 5 s" >&2; exit 1; }

readonly END=2 START=3 KILL=4

# One line is read by one job, whose exit code says which: so `wait` waits for a command and for the server alike.
# bash gives a background job /dev/null for stdin, unless it is told which one.
exec 3<&0
listen() {
  {
    IFS= read -r command || exit "$END"
    case "$command" in
      start) exit "$START" ;;
      kill) exit "$KILL" ;;
    esac
    echo "expected the line 'start' or 'kill', got '$command'" >&2
    exit 1
  } <&3 &
  line=$!
}

server=
trap '[ -n "$server" ] && kill "$server" || exit 0' TERM INT

listen
while :; do
  ended=
  wait -n -p ended "$line" ${server:+"$server"}
  code=$?
  if [ "$ended" = "$line" ]; then
    case "$code" in
      "$END")
        [ -z "$server" ] || kill "$server" 2> /dev/null
        exit 0
        ;;
      "$START")
        [ -z "$server" ] || { echo "told to start a server that runs" >&2; exit 1; }
        turnserver -c /etc/turnlab/turnserver.conf 2>&1 3<&- &
        server=$!
        ;;
      "$KILL")
        [ -n "$server" ] || { echo "told to kill a server that does not run" >&2; exit 1; }
        kill -KILL "$server"
        # The next server finds the ports free: this one is gone when the line is read on.
        wait "$server" 2> /dev/null
        server=
        ;;
      *) exit 1 ;;
    esac
    listen
  elif [ -n "$ended" ]; then
    echo "turnserver ended with exit code $code" >&2
    # 0 would read as an orderly end, and a server that leaves on its own has never had one.
    exit "$((code == 0 ? 1 : code))"
  fi
done
