#!/bin/bash
# A TURN server's life is its stdin: one line is the hello, the next, `start`, says that its wires are plugged.
IFS= read -r -t 5 || { echo "no hello within 5 s" >&2; exit 1; }
IFS= read -r command || exit 0
[ "$command" = start ] || { echo "expected the line 'start', got '$command'" >&2; exit 1; }

# bash gives a background job /dev/null for stdin, unless it is told which one.
exec 3<&0
turnserver -c /etc/turnlab/turnserver.conf 2>&1 3<&- &
server=$!
cat <&3 > /dev/null &
line=$!
trap 'kill "$server"' TERM INT

wait -n -p ended "$server" "$line"
code=$?
if [ "${ended:-}" = "$line" ]; then
  kill "$server" 2> /dev/null
  exit 0
fi
echo "turnserver ended with exit code $code" >&2
# 0 would read as an orderly end, and a server that leaves on its own has never had one.
exit "$((code == 0 ? 1 : code))"
